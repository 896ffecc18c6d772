//! A delta as it stands in the stream and on the live channel; `docs/holds.md` has the layout.

use crate::{
    error::{Error, Result},
    record::Claim,
    types::{Delta, DeltaKind, LogEntry},
    wire::Reader,
};
use domain::{
    ids::HoldId,
    seat::{AreaIx, SeatState},
};

const VERSION: u8 = 1;
/// Says that seats are named for the record only.
const STATE_SAME: u8 = 255;

/// Reads a delta.
pub(crate) fn decode(bytes: &[u8]) -> Result<Delta> {
    let mut r = Reader::new(bytes);
    if r.u8()? != VERSION {
        return Err(Error::Corrupt);
    }
    let (epoch, offset, now_ms) = (r.u64()?, r.u64()?, r.u64()?);
    let n = r.u16()?;
    let log = (0..n).map(|_| line(&mut r)).collect::<Result<Vec<_>>>()?;
    let n = r.u16()?;
    let areas = (0..n).map(|_| Ok((AreaIx(r.u16()?), r.u32()?))).collect::<Result<_>>()?;
    let seats =
        log.iter().flat_map(|line| line.seats.iter().filter_map(|seat| Some((*seat, line.state?)))).collect();
    Ok(Delta { epoch, offset, now_ms, seats, areas, log })
}

fn line(r: &mut Reader<'_>) -> Result<LogEntry> {
    let kind = match r.u8()? {
        1 => DeltaKind::Hold,
        2 => DeltaKind::Change,
        3 => DeltaKind::Extend,
        4 => DeltaKind::Release,
        5 => DeltaKind::Expire,
        6 => DeltaKind::Convert,
        8 => DeltaKind::Sold,
        9 => DeltaKind::Freed,
        10 => DeltaKind::Rebuild,
        11 => DeltaKind::Restate,
        _ => return Err(Error::Corrupt),
    };
    let state = match r.u8()? {
        STATE_SAME => None,
        bits @ 0..4 => Some(SeatState::from_bits(bits)),
        _ => return Err(Error::Corrupt),
    };
    let hold = HoldId(r.id()?);
    let Claim { buyer, seats, areas } = Claim::read(r)?;
    Ok(LogEntry { kind, hold, buyer, seats, state, areas })
}
