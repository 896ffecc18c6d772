//! The real server as a child process: its own sockets, its own memory, its own processor time.

use anyhow::{Context, bail};
use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::http::{Connection, get};

/// A first start brings the demo catalogue in.
const READY_WITHIN: Duration = Duration::from_secs(180);
/// No load generator is one buyer: the limit by address must not be what is measured.
const RATE_PER_SECOND: &str = "100000000";
/// Clock ticks of `/proc/<pid>/stat`: fixed at 100 in the kernel's interface.
const TICKS_PER_SECOND: f64 = 100.0;

/// A running server; it ends with this.
pub struct Server {
    child: Child,
    /// Where it serves.
    pub address: SocketAddr,
}

impl Server {
    /// Starts `server run` beside this program, over the given stores, and waits until it serves.
    pub async fn start(database_url: &str, redis_url: &str, data_dir: &Path) -> anyhow::Result<Self> {
        let program = std::env::current_exe()?.with_file_name("server");
        let port = free_ports()?;
        std::fs::create_dir_all(data_dir)?;
        let log = std::fs::File::create(data_dir.join("server.log"))?;
        let child = Command::new(&program)
            .arg("run")
            .env("DATABASE_URL", database_url)
            .env("REDIS_URL", redis_url)
            .env("PORT", port.to_string())
            .env("DATA_DIR", data_dir)
            .env("RATE_PER_SECOND", RATE_PER_SECOND)
            .env_remove("BASE_URL")
            .env_remove("STRIPE_SECRET_KEY")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| program.display().to_string())?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut server = Self { child, address };
        server.wait_until_ready().await.with_context(|| format!("see {}/server.log", data_dir.display()))?;
        Ok(server)
    }

    async fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        let give_up = Instant::now() + READY_WITHIN;
        while Instant::now() < give_up {
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended: {status}");
            }
            if let Ok(mut connection) = Connection::open(self.address).await
                && connection.call(&get("/healthz", None)).await.is_ok_and(|answer| answer.status == 200)
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("the server does not answer")
    }

    /// Resident memory in bytes.
    pub fn resident_bytes(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).context("VmRSS")?;
        let kb: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kb * 1_024)
    }

    /// Processor time used so far, in seconds.
    pub fn cpu_seconds(&self) -> anyhow::Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name may hold anything; what follows its bracket is numbers.
        let fields = stat.rsplit_once(')').context("stat")?.1;
        let ticks = fields.split_ascii_whitespace().skip(11).take(2).map(str::parse::<f64>);
        Ok(ticks.sum::<Result<f64, _>>()? / TICKS_PER_SECOND)
    }
}

impl Server {
    /// Ends it. It owns no databases here and keeps nothing that could be lost.
    pub fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// The site, the sandbox, the admin listener and the mail server take four in a row.
fn free_ports() -> anyhow::Result<u16> {
    for _ in 0..50 {
        let first = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = first.local_addr()?.port();
        let free = |offset: u16| {
            port.checked_add(offset).is_some_and(|p| TcpListener::bind((Ipv4Addr::LOCALHOST, p)).is_ok())
        };
        if free(1) && free(2) && free(3) {
            return Ok(port);
        }
    }
    bail!("no four free ports in a row")
}
