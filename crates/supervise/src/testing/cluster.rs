//! A Redis Cluster of masters alone. One that is killed comes back at its place, empty.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

use super::not_ready;
use crate::error::{Context, Error};
use crate::process::{Launch, find_program, log_to, wait_until};
use crate::redis::{PROGRAMS, account};
use crate::state_dir::{free_port, make_dir};

const NAME: &str = "Redis Cluster";
const SLOTS: usize = 16_384;
const READY: Duration = Duration::from_secs(60);
/// The cluster takes a master for lost that is silent for so long.
const NODE_TIMEOUT_MS: &str = "5000";
const STARTS_MAX: u32 = 3;

/// The masters, each with an equal share of the slots.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<Node>,
    log: PathBuf,
}

#[derive(Debug)]
struct Node {
    port: u16,
    bus_port: u16,
    dir: PathBuf,
    log: PathBuf,
    child: Option<Child>,
}

impl RedisCluster {
    /// Starts `masters` in `dir` and waits until each of them knows all slots. Blocks for some seconds.
    ///
    /// # Errors
    /// When Redis is not installed or the cluster does not come up.
    pub fn start(dir: &Path, masters: usize) -> Result<Self, Error> {
        let mut last = Self::start_once(&dir.join("cluster-0"), masters);
        for start in 1..STARTS_MAX {
            // Somebody may have taken a port in between.
            if !matches!(last, Err(Error::NotReady { .. })) {
                break;
            }
            last = Self::start_once(&dir.join(format!("cluster-{start}")), masters);
        }
        last
    }

    fn start_once(dir: &Path, masters: usize) -> Result<Self, Error> {
        make_dir(dir, 0o755)?;
        let log = dir.join("redis.log");
        let mut cluster = Self { nodes: Vec::new(), log };
        for at in 0..masters {
            let dir = dir.join(at.to_string());
            make_dir(&dir, 0o700)?;
            if let Some(account) = account() {
                account.own(&dir)?;
            }
            let (port, bus_port, log) = (free_port()?, free_port()?, cluster.log.clone());
            let mut node = Node { port, bus_port, dir, log, child: None };
            node.start()?;
            cluster.nodes.push(node);
        }
        cluster.join_up()?;
        Ok(cluster)
    }

    fn join_up(&self) -> Result<(), Error> {
        let count = self.nodes.len();
        let first = &self.nodes[0];
        for (at, node) in self.nodes.iter().enumerate() {
            let (from, to) = (at * SLOTS / count, (at + 1) * SLOTS / count - 1);
            node.order(&format!("CLUSTER ADDSLOTSRANGE {from} {to}"))?;
            node.order(&format!("CLUSTER SET-CONFIG-EPOCH {}", at + 1))?;
            if at > 0 {
                first.order(&format!("CLUSTER MEET 127.0.0.1 {} {}", node.port, node.bus_port))?;
            }
        }
        let known = format!("cluster_known_nodes:{count}");
        let told = ["cluster_state:ok", "cluster_slots_ok:16384", known.as_str()];
        let is_up = |node: &Node| {
            let info = node.ask("CLUSTER INFO").unwrap_or_default();
            told.iter().all(|line| info.lines().any(|l| l.trim() == *line))
        };
        match wait_until(READY, || self.nodes.iter().all(is_up)) {
            true => Ok(()),
            false => Err(not_ready(NAME, "its masters do not find each other", &self.log)),
        }
    }

    /// The address for clients, with every master in it.
    pub fn url(&self) -> String {
        let mut at = self.nodes.iter().map(|node| format!("127.0.0.1:{}", node.port));
        let first = at.next().unwrap_or_default();
        let others: Vec<_> = at.map(|at| format!("node={at}")).collect();
        format!("redis-cluster://{first}?{}", others.join("&"))
    }

    /// Which master had a key at the start.
    pub fn home_of(&self, key: &str) -> usize {
        let (slot, count) = (self.slot_of(key), self.nodes.len());
        // The shares as `join_up` cuts them.
        (0..count).rfind(|at| at * SLOTS / count <= slot).unwrap_or(0)
    }

    fn slot_of(&self, key: &str) -> usize {
        let answer = self.nodes.iter().find_map(|node| node.ask(&format!("CLUSTER KEYSLOT {key}")));
        answer.and_then(|text| text.lines().next()?.strip_prefix(':')?.parse().ok()).unwrap_or(0)
    }

    /// Gives the slot of a key, which must be empty, to another master.
    ///
    /// # Errors
    /// When a master does not do it.
    pub fn move_slot_of(&self, key: &str, to: usize) -> Result<(), Error> {
        let (slot, heir) = (self.slot_of(key), &self.nodes[to]);
        let id = heir.ask("CLUSTER MYID").unwrap_or_default();
        // A bulk string: its length, then it.
        let id = id.lines().nth(1).unwrap_or_default().trim();
        let order = format!("CLUSTER SETSLOT {slot} NODE {id}");
        heir.order(&order)?;
        self.nodes.iter().filter(|node| node.port != heir.port).try_for_each(|node| node.order(&order))
    }

    /// Takes away all that the cluster knows; connections stay.
    ///
    /// # Errors
    /// When a master does not do it.
    pub fn flush(&self) -> Result<(), Error> {
        self.nodes.iter().try_for_each(|node| node.order("FLUSHALL"))
    }

    /// Ends a master without a word.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub fn kill(&mut self, at: usize) -> Result<(), Error> {
        self.nodes[at].kill().context(|| "kill a master".to_owned())
    }

    /// Starts it again at its place, empty. Returns when it takes connections; it serves its slots some seconds later, when
    /// it has found the others.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start_again(&mut self, at: usize) -> Result<(), Error> {
        self.nodes[at].start()
    }
}

impl Node {
    fn start(&mut self) -> Result<(), Error> {
        let missing = Error::Missing { program: "Redis", package: "redis-server", variable: "REDIS_URL" };
        let program = PROGRAMS.iter().find_map(|name| find_program(name)).ok_or(missing)?;
        let launch = Launch {
            name: NAME,
            program: &program,
            dir: &self.dir,
            account: account(),
            death_signal: Some("KILL"),
        };
        let mut command = launch.command()?;
        command.args(["--bind", "127.0.0.1", "--port", &self.port.to_string()]);
        command.args(["--save", "", "--appendonly", "no"]);
        command.args(["--cluster-enabled", "yes", "--cluster-port", &self.bus_port.to_string()]);
        command.args(["--cluster-node-timeout", NODE_TIMEOUT_MS]);
        // A master that is lost takes its own slots along, not those of the others.
        command.args(["--cluster-require-full-coverage", "no"]);
        log_to(&mut command, &self.log)?;
        let child = self.child.insert(command.spawn().context(|| format!("start {}", program.display()))?);
        let mut ended = false;
        let port = self.port;
        let up = wait_until(READY, || {
            ended = !matches!(child.try_wait(), Ok(None));
            ended || ask(port, "PING").is_some_and(|answer| answer.starts_with("+PONG"))
        });
        match up && !ended {
            true => Ok(()),
            false => Err(not_ready(NAME, "a master does not come up", &self.log)),
        }
    }

    fn kill(&mut self) -> std::io::Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    fn ask(&self, command: &str) -> Option<String> {
        ask(self.port, command)
    }

    fn order(&self, command: &str) -> Result<(), Error> {
        match self.ask(command) {
            Some(answer) if answer.starts_with("+OK") => Ok(()),
            answer => Err(not_ready(NAME, format!("{command}: {answer:?}"), &self.log)),
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        drop(self.kill());
    }
}

/// One exchange in Redis' own protocol.
fn ask(port: u16, command: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    stream.write_all(format!("{command}\r\nQUIT\r\n").as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}
