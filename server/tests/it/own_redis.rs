//! A Redis of the test's own, to be emptied and killed.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Runs until it is dropped.
pub struct OwnRedis {
    port: u16,
    child: Child,
}

impl OwnRedis {
    pub fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self { port, child: spawn(port) }
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Takes all it knows away; connections stay.
    pub fn flush(&self) {
        assert!(self.ask("FLUSHALL").is_some_and(|answer| answer.starts_with("+OK")));
    }

    /// Ends it without a word.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again, empty, at the same address.
    pub fn start_again(&mut self) {
        self.child = spawn(self.port);
    }

    fn ask(&self, command: &str) -> Option<String> {
        ask(self.port, command)
    }
}

impl Drop for OwnRedis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(port: u16) -> Child {
    let start = |program: &str| {
        Command::new(program)
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
    };
    let child = start("redis-server").or_else(|_| start("valkey-server")).unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while !ask(port, "PING").is_some_and(|answer| answer.starts_with("+PONG")) {
        assert!(Instant::now() < deadline, "Redis does not come up");
        std::thread::sleep(Duration::from_millis(10));
    }
    child
}

fn ask(port: u16, command: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
    stream.write_all(format!("{command}\r\nQUIT\r\n").as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}
