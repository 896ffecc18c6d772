//! G8: what goes over the wire for 70,000 seats.

use crate::{
    http::{Connection, get, header},
    report::{Bar, Rounds, Row, Table, short},
    stage::Stage,
};
use anyhow::bail;
use domain::seat::{PackedStates, SeatIx, SeatState};
use protocol::live::{ServerMessage, Snapshot};
use std::io::Write;

/// Of a hundred seats so many are taken.
const FILLS: [u32; 7] = [0, 10, 30, 50, 70, 90, 100];

/// Asks for the assets as a browser does and adds the rows.
pub async fn run(stage: &Stage, table: &mut Table) -> anyhow::Result<()> {
    let mut connection = Connection::open(stage.server.address).await?;
    let path = format!("/api/v1/events/{}/seatmap?format=compact", stage.events[0]);
    let mut sizes = Rounds::default();
    let mut frame = 0;
    for fill in FILLS {
        let states = filled(stage.plan.seat_count(), fill);
        stage.renew_with(0, states.clone()).await?;
        let answer = connection.call(&get(&path, Some("br"))).await?;
        if answer.status != 200 || header(answer.head, b"content-encoding") != Some(b"br") {
            bail!("the compact seat map answered {} without brotli", answer.status);
        }
        let snapshot = Snapshot { event: stage.events[0], epoch: 1, offset: 1, states, areas: Vec::new() };
        let bytes = ServerMessage::Snapshot(snapshot).encode()?;
        println!(
            "{fill} % taken: compact seat map {} bytes, packed states alone {}, live frame {} (not compressed)",
            answer.body.bytes().len(),
            brotli(&bytes)?,
            bytes.len()
        );
        frame = frame.max(bytes.len());
        sizes.0.push(kb(answer.body.bytes().len()));
    }
    stage.renew(0).await?;
    let worst = sizes.0.iter().copied().fold(0.0, f64::max);
    table.push(Row {
        name: "G8",
        measure: "availability, compressed, the worst of 7 fills, kB".into(),
        ours: format!("median {} kB", short(sizes.median())),
        yardstick: format!("live frame {} kB", short(kb(frame))),
        value: Rounds(vec![worst]),
        bar: Bar::AtMost(20.0, 13.0),
        fault: None,
    });
    let path = format!("/plans/{}.bin", stage.geometry_hash);
    let plain = connection.call(&get(&path, None)).await?.body.bytes().len();
    let answer = connection.call(&get(&path, Some("br"))).await?;
    table.push(Row {
        name: "G8",
        measure: "layout, compressed, kB".into(),
        ours: String::new(),
        yardstick: format!("plain {} kB", short(kb(plain))),
        value: Rounds(vec![kb(answer.body.bytes().len())]),
        bar: Bar::AtMost(40.0, 25.0),
        fault: (answer.status != 200).then(|| format!("answered {}", answer.status)),
    });
    Ok(())
}

fn kb(bytes: usize) -> f64 {
    bytes as f64 / 1_000.0
}

fn brotli(bytes: &[u8]) -> anyhow::Result<usize> {
    let mut out = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut out, 1 << 16, 5, 22);
    writer.write_all(bytes)?;
    writer.flush()?;
    drop(writer);
    Ok(out.len())
}

/// Seats taken as people take them: runs of one to four neighbours all over the house, most sold, some held.
fn filled(seats: u32, percent: u32) -> PackedStates {
    let mut states = PackedStates::available(seats);
    let mut dice = 0x9e37_79b9_7f4a_7c15_u64;
    let mut roll = |sides: u32| {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        (dice >> 33) as u32 % sides
    };
    let mut ix = 0;
    while ix < seats {
        let run = 1 + roll(4);
        let state = if roll(100) < 85 { SeatState::Sold } else { SeatState::Held };
        if roll(100) < percent {
            (ix..seats.min(ix + run)).for_each(|seat| states.set(SeatIx(seat), state));
        }
        ix += run;
    }
    states
}
