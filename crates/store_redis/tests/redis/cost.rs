//! What calls cost, in commands that a script gives to Redis: the one figure that does not depend on the machine.

use crate::common::{World, load, url};
use domain::{
    hold::{HoldOutcome, HoldRules},
    seat::AreaIx,
};
use fred::interfaces::KeysInterface;
use futures::future::join_all;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// Listens to everything the server does.
struct Ear(BufReader<TcpStream>);

impl Ear {
    async fn open() -> Self {
        let address = url().trim_start_matches("redis://").split('/').next().unwrap().to_owned();
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"MONITOR\r\n").await.unwrap();
        let mut ear = Self(BufReader::new(stream));
        assert_eq!(ear.line().await, "+OK");
        ear
    }

    async fn line(&mut self) -> String {
        let mut line = Vec::new();
        self.0.read_until(b'\n', &mut line).await.unwrap();
        String::from_utf8_lossy(&line).trim_end().to_owned()
    }

    /// The commands that scripts gave for the event since the last call, beside `TIME` (one a script).
    async fn commands(&mut self, world: &World) -> Vec<String> {
        let _: Option<String> = world.raw.get(world.key("mark")).await.unwrap();
        let mut commands = Vec::new();
        loop {
            let line = self.line().await;
            if !line.contains(&world.event.to_string()) {
                continue;
            }
            if line.contains(":mark\"") {
                return commands;
            }
            if line.contains(" lua] ") {
                commands.push(line.split('"').nth(1).unwrap().to_owned());
            }
        }
    }
}

#[tokio::test]
async fn a_hold_costs_nine_commands_with_everything_on_and_a_conflict_three() {
    let world = World::new(&load(&[400], &[50], HoldRules::default())).await;
    world.held("warm", &[0, 1]).await;
    let mut ear = Ear::open().await;
    let mut request = world.request("anna", &[20, 21]);
    request.areas = vec![(AreaIx(0), 2)];
    assert!(matches!(world.store.hold(request).await.unwrap(), HoldOutcome::Held(_)));
    let all = ["HMGET", "BITFIELD", "BITFIELD", "XADD", "SPUBLISH", "BITFIELD", "HSET", "ZADD"];
    assert_eq!(ear.commands(&world).await, all);
    assert!(matches!(
        world.store.hold(world.request("berta", &[21])).await.unwrap(),
        HoldOutcome::Unavailable { .. }
    ));
    assert_eq!(ear.commands(&world).await, ["HMGET", "BITFIELD"]);
    // The plan is asked for 64 more; they go in two calls, the first alone.
    let more = (0..65).map(|n| world.store.hold(world.request(&format!("b{n}"), &[30 + 4 * n, 31 + 4 * n])));
    assert!(join_all(more).await.into_iter().all(|outcome| matches!(outcome, Ok(HoldOutcome::Held(_)))));
    let spent = ear.commands(&world).await.len();
    assert!(spent <= 4 * all.len(), "{spent} commands for 65 holds");
}
