//! What a batch saves. Run by hand: `cargo test -p store_pg --release --test it measure -- --ignored --nocapture`.

use crate::world::*;
use std::time::Instant;

#[tokio::test]
#[ignore = "a measurement, not a test"]
async fn a_batch_against_one_transaction_an_order() {
    let world = World::with_connections(4).await;
    for round in 0..8 {
        let mut captures = Vec::new();
        for n in 0..200 {
            // The store does not know the plan's size: any seat number serves.
            let seat = 1_000 + 2 * (200 * round + n);
            let order = world.place(&[seat, seat + 1], 0).await;
            captures.push(world.capture(&order).await);
        }
        let (single, batch) = captures.split_at(100);
        let start = Instant::now();
        for capture in single {
            world.store().commit_captured(capture, &test_cause()).await.unwrap();
        }
        let single = start.elapsed();
        let start = Instant::now();
        world.store().commit_captured_many(batch, &test_cause()).await;
        let batch = start.elapsed();
        println!("round {round}: {single:?} / {batch:?} = {:.1}", single.as_secs_f64() / batch.as_secs_f64());
    }
}
