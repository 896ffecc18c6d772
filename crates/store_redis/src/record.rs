//! A hold's record: a head that scripts write, the *claim* (whose, which seats and places) that stands in the log just
//! so, and the rest (token digest, client id, payload) that never leaves the record.

use crate::{
    error::{Error, Result},
    wire::{Reader, put_short_text, put_u32s},
};
use domain::{
    hold::{Fence, Hold, HoldRequest, HoldState},
    ids::{EventId, HoldId},
    seat::{AreaIx, SeatIx},
};

/// Seats of one word of the state string, as the scripts read and write it.
const WORD_SEATS: u32 = 16;

/// The part of a record that the scripts write.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub(crate) state: HoldState,
    pub(crate) extensions: u32,
    pub(crate) created_ms: u64,
    pub(crate) expires_ms: u64,
    pub(crate) fence: Fence,
}

impl Head {
    /// Reads the head, and the claim's length with it.
    pub(crate) fn read(r: &mut Reader<'_>) -> Result<(Self, usize)> {
        let state = match r.u8()? {
            0 => HoldState::Held,
            1 => HoldState::Reserved,
            _ => return Err(Error::Corrupt),
        };
        let extensions = u32::from(r.u8()?);
        let _payment_window_used = r.u8()?;
        let (created_ms, expires_ms) = (r.u64()?, r.u64()?);
        let (_held_until_ms, _ttl_ms) = (r.u64()?, r.u32()?);
        let fence = Fence { epoch: r.u64()?, seq: r.u64()? };
        let (_places, claim_len) = (r.u16()?, r.u16()?);
        Ok((Self { state, extensions, created_ms, expires_ms, fence }, usize::from(claim_len)))
    }
}

/// The part of a record that stands in the log.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    pub(crate) buyer: String,
    pub(crate) seats: Vec<SeatIx>,
    pub(crate) areas: Vec<(AreaIx, u32)>,
}

impl Claim {
    pub(crate) fn read(r: &mut Reader<'_>) -> Result<Self> {
        let buyer = r.short_text()?;
        let n = r.u16()?;
        let seats = (0..n).map(|_| r.u32().map(SeatIx)).collect::<Result<_>>()?;
        let n = r.u8()?;
        let areas = (0..n).map(|_| Ok((AreaIx(r.u16()?), r.u32()?))).collect::<Result<_>>()?;
        Ok(Self { buyer, seats, areas })
    }
}

/// Packs a claim.
pub(crate) fn claim(buyer: &str, seats: &[SeatIx], areas: &[(AreaIx, u32)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(4 + buyer.len() + 4 * seats.len() + 6 * areas.len());
    put_short_text(&mut out, buyer);
    out.extend_from_slice(&(seats.len() as u16).to_be_bytes());
    put_u32s(&mut out, seats.iter().map(|s| s.0));
    out.push(areas.len() as u8);
    put_areas(&mut out, areas);
    out
}

/// Appends area, places of six bytes each.
pub(crate) fn put_areas(out: &mut Vec<u8>, areas: &[(AreaIx, u32)]) {
    for (area, places) in areas {
        out.extend_from_slice(&area.0.to_be_bytes());
        out.extend_from_slice(&places.to_be_bytes());
    }
}

/// Packs what follows the claim.
pub(crate) fn rest(token_digest: &str, client_id: &str, payload: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(4 + token_digest.len() + client_id.len() + payload.len());
    put_short_text(&mut out, token_digest);
    put_short_text(&mut out, client_id);
    let payload = &payload.as_bytes()[..payload.len().min(usize::from(u16::MAX))];
    out.extend_from_slice(&(payload.len() as u16).to_be_bytes());
    out.extend_from_slice(payload);
    out
}

/// Seats and places together: what caps count.
pub(crate) fn places(seats: &[SeatIx], areas: &[(AreaIx, u32)]) -> u32 {
    areas.iter().fold(seats.len() as u32, |sum, (_, n)| sum.saturating_add(*n))
}

/// Packs what `hold.lua` decides by: see its header.
pub(crate) fn want(request: &HoldRequest) -> Vec<u8> {
    let words = words(&request.seats);
    let mut out = Vec::with_capacity(9 + 8 * words.len() + 6 * request.areas.len());
    let ttl_ms = request.ttl_ms.map_or(0, |ms| u32::try_from(ms).unwrap_or(u32::MAX).max(1));
    out.extend_from_slice(&ttl_ms.to_be_bytes());
    out.push(u8::from(request.lenient));
    let places = places(&request.seats, &request.areas).min(u32::from(u16::MAX)) as u16;
    out.extend_from_slice(&places.to_be_bytes());
    out.push(words.len() as u8);
    put_u32s(&mut out, words.iter().flat_map(|(word, mask)| [*word, *mask]));
    out.push(request.areas.len() as u8);
    put_areas(&mut out, &request.areas);
    out
}

/// Seats as words of the state string with a mask each, in order; words that only stand beside a seat (the rule looks
/// two seats to both sides) have an empty mask.
fn words(seats: &[SeatIx]) -> Vec<(u32, u32)> {
    let mut words: Vec<(u32, u32)> = Vec::with_capacity(seats.len() + 2);
    for seat in seats {
        let (first, last) = (seat.0.saturating_sub(2) / WORD_SEATS, seat.0.saturating_add(2) / WORD_SEATS);
        let own = seat.0 / WORD_SEATS;
        let mask = 1_u32 << (30 - 2 * (seat.0 % WORD_SEATS));
        for word in first..=last {
            let mask = if word == own { mask } else { 0 };
            match words.iter_mut().find(|(w, _)| *w == word) {
                Some((_, m)) => *m |= mask,
                None => words.push((word, mask)),
            }
        }
    }
    words.sort_unstable_by_key(|(word, _)| *word);
    words
}

/// Reads `now` and a whole record.
pub(crate) fn read_hold(event: EventId, id: Option<HoldId>, bytes: &[u8]) -> Result<Hold> {
    let mut r = Reader::new(bytes);
    let id = match id {
        Some(id) => id,
        None => HoldId(r.id()?),
    };
    let now_ms = r.u64()?;
    let (head, claim_len) = Head::read(&mut r)?;
    let claim = Claim::read(&mut Reader::new(r.bytes(claim_len)?))?;
    let token_digest = r.short_text()?;
    let _client_id = r.short_text()?;
    let n = r.u16()?;
    let payload = r.text(usize::from(n))?;
    let Claim { buyer, seats, areas } = claim;
    let Head { state, extensions, created_ms, expires_ms, fence } = head;
    Ok(Hold {
        id,
        event,
        buyer,
        token_digest,
        seats,
        areas,
        created_ms,
        expires_ms,
        now_ms,
        extensions,
        fence,
        state,
        payload,
    })
}

/// Packs the record of a reservation that PostgreSQL remembers.
pub(crate) fn reserved_record(hold: &Hold) -> Vec<u8> {
    let claim = claim(&hold.buyer, &hold.seats, &hold.areas);
    let rest = rest(&hold.token_digest, "", &hold.payload);
    let mut out = Vec::with_capacity(51 + claim.len() + rest.len());
    out.extend_from_slice(&[1, hold.extensions.min(255) as u8, 0]);
    for ms in [hold.created_ms, hold.expires_ms, hold.expires_ms] {
        out.extend_from_slice(&ms.to_be_bytes());
    }
    let ttl_ms = hold.expires_ms.saturating_sub(hold.created_ms).clamp(1, u64::from(u32::MAX)) as u32;
    out.extend_from_slice(&ttl_ms.to_be_bytes());
    out.extend_from_slice(&hold.fence.epoch.to_be_bytes());
    out.extend_from_slice(&hold.fence.seq.to_be_bytes());
    let places = places(&hold.seats, &hold.areas).min(u32::from(u16::MAX)) as u16;
    out.extend_from_slice(&places.to_be_bytes());
    out.extend_from_slice(&(claim.len() as u16).to_be_bytes());
    out.extend_from_slice(&claim);
    out.extend_from_slice(&rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_carry_masks_in_order_and_reach_two_seats_to_both_sides() {
        let of = |seats: &[u32]| words(&seats.iter().map(|s| SeatIx(*s)).collect::<Vec<_>>());
        assert_eq!(of(&[0]), [(0, 1 << 30)]);
        assert_eq!(of(&[13]), [(0, 1 << 4)]);
        assert_eq!(of(&[14]), [(0, 1 << 2), (1, 0)]);
        assert_eq!(of(&[15, 16]), [(0, 1), (1, 1 << 30)]);
        assert_eq!(of(&[17, 40]), [(0, 0), (1, 1 << 28), (2, 1 << 14)]);
    }
}
