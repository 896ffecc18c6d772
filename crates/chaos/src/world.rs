//! The processes of a sale and the wires between them.

use crate::{
    api::Api,
    redis::Redis,
    schedule::{Fault, Line, Trouble},
    wire::{Mode, Wire},
    witness::Witness,
};
use anyhow::{Context, bail};
use http::Method;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tokio::time::sleep;

/// Opens nothing but the sandbox.
const SANDBOX_KEY: &str = "sk_test_sandbox";
const WEBHOOK_SECRET: &str = "whsec_sandbox";
/// Seconds from placing an order to its deadline: short, so that a round sees many deadlines.
const PAY_WINDOW_S: u64 = 4;
/// The rows of the house, ten seats each.
pub const ROWS: [&str; 5] = ["A", "B", "C", "D", "E"];
/// A piece of up to 4 kB on a slow wire.
const SLOW: Duration = Duration::from_millis(60);

/// A process that is killed and started again.
struct Process {
    program: PathBuf,
    role: &'static str,
    env: Vec<(String, String)>,
    child: Option<Child>,
}

impl Process {
    fn start(&mut self) -> anyhow::Result<()> {
        let child = Command::new(&self.program)
            .arg(self.role)
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .env("LOG", std::env::var("CHAOS_LOG").unwrap_or_else(|_| "off".to_owned()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("start {}", self.role))?;
        self.child = Some(child);
        Ok(())
    }

    /// `kill -9`.
    fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The stage of all rounds.
pub struct World {
    // Dropped from first to last: whoever uses something before what it uses.
    servers: Vec<Process>,
    workers: Vec<Process>,
    sandbox: Process,
    wires: [Wire; 3],
    pub redis: Redis,
    databases: supervise::Services,
    folder: Folder,
    /// The servers' addresses, `http://…`.
    pub bases: Vec<String>,
    /// The provider's address, past the wire.
    pub provider: String,
    pub api: Api,
}

impl World {
    /// Starts everything; `server` is the product's program.
    pub async fn start(server: PathBuf) -> anyhow::Result<Self> {
        let folder = Folder::make()?;
        let redis = Redis::start(&folder.0).await?;
        let databases = start_postgres(&folder.0, redis.address).await?;
        // Each process has ports of its own: workers tell their metrics, too.
        let ports = [free_ports()?, free_ports()?, free_ports()?, free_ports()?];
        let sandbox_at = SocketAddr::from((Ipv4Addr::LOCALHOST, ports[0] + 1));
        let url = url::Url::parse(&databases.database_url)?;
        let postgres_at = SocketAddr::from((Ipv4Addr::LOCALHOST, url.port().context("no port")?));
        let wires =
            [Wire::to(postgres_at).await?, Wire::to(redis.address).await?, Wire::to(sandbox_at).await?];
        let mut wired = url.clone();
        wired.set_port(Some(wires[0].address.port())).map_err(|()| anyhow::anyhow!("no port"))?;
        let env = |port: u16| {
            vec![
                ("PORT".to_owned(), port.to_string()),
                ("DATA_DIR".to_owned(), folder.0.join(format!("data-{port}")).display().to_string()),
                ("SITE_DIR".to_owned(), folder.0.join("site").display().to_string()),
                ("DATABASE_URL".to_owned(), wired.to_string()),
                ("REDIS_URL".to_owned(), format!("redis://{}", wires[1].address)),
                ("DATABASE_CONNECTIONS".to_owned(), "12".to_owned()),
                ("STRIPE_SECRET_KEY".to_owned(), SANDBOX_KEY.to_owned()),
                ("STRIPE_WEBHOOK_SECRET".to_owned(), WEBHOOK_SECRET.to_owned()),
                ("STRIPE_API_BASE".to_owned(), format!("http://{}", wires[2].address)),
                ("SMTP_URL".to_owned(), format!("smtp://127.0.0.1:{}", ports[0] + 3)),
                ("PAY_WINDOW_SECONDS".to_owned(), PAY_WINDOW_S.to_string()),
                ("RATE_PER_SECOND".to_owned(), "1000000".to_owned()),
            ]
        };
        let process = |role, port| Process { program: server.clone(), role, env: env(port), child: None };
        let servers = vec![process("serve", ports[0]), process("serve", ports[1])];
        let workers = vec![process("work", ports[2]), process("work", ports[3])];
        // Its webhooks go to the first server, whatever becomes of it.
        let mut sandbox = process("sandbox", ports[0]);
        let of_callers = ["STRIPE_API_BASE", "STRIPE_SECRET_KEY", "SMTP_URL"];
        sandbox.env.retain(|(name, _)| !of_callers.contains(&name.as_str()));
        let mut world = Self {
            servers,
            workers,
            sandbox,
            wires,
            redis,
            databases,
            bases: ports[..2].iter().map(|port| format!("http://127.0.0.1:{port}")).collect(),
            provider: format!("http://{sandbox_at}"),
            api: Api::new(),
            folder,
        };
        world.write_site()?;
        world.all_up().await?;
        Ok(world)
    }

    /// Pages link to a style sheet by this file; nobody looks at pages here.
    fn write_site(&self) -> anyhow::Result<()> {
        let pkg = self.folder.0.join("site/pkg");
        std::fs::create_dir_all(&pkg)?;
        let manifest = json!({ "name": "none", "js": "/pkg/none.js", "wasm": "/pkg/none_bg.wasm", "css": "/pkg/none.css" });
        Ok(std::fs::write(pkg.join("manifest.json"), manifest.to_string())?)
    }

    /// Starts what is not running, and waits until all of it answers.
    pub async fn all_up(&mut self) -> anyhow::Result<()> {
        for wire in &self.wires {
            wire.set(Mode::Open);
        }
        let processes = std::iter::once(&mut self.sandbox).chain(&mut self.servers).chain(&mut self.workers);
        for process in processes {
            let runs = process.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)));
            if !runs {
                process.start()?;
            }
        }
        let mut asked: Vec<String> = self.bases.iter().map(|base| format!("{base}/readyz")).collect();
        asked.push(format!("{}/_sandbox/ledger", self.provider));
        for url in asked {
            self.ready(&url).await?;
        }
        self.provide(&json!({})).await
    }

    async fn ready(&self, url: &str) -> anyhow::Result<()> {
        for _ in 0..600 {
            if self.api.get(url).await.is_some_and(|answer| answer.status == 200) {
                return Ok(());
            }
            sleep(Duration::from_millis(50)).await;
        }
        bail!("{url} does not come up")
    }

    /// Tells the provider how to misbehave; `{}` ends it.
    pub async fn provide(&self, faults: &Value) -> anyhow::Result<()> {
        let url = format!("{}/_sandbox/faults", self.provider);
        let answer = self.api.call(Method::POST, &url, None, Some(faults)).await;
        anyhow::ensure!(answer.is_some_and(|a| a.status == 204), "the provider does not take its faults");
        Ok(())
    }

    /// Makes it go wrong. Returns when the fault is over, but for the provider's.
    pub async fn suffer(&mut self, fault: &Fault, witness: &Witness) -> anyhow::Result<()> {
        match fault {
            Fault::KillServer(at, pause) => restart(&mut self.servers[*at], *pause).await,
            Fault::KillWorker(at, pause) => restart(&mut self.workers[*at], *pause).await,
            Fault::LoseRedis(pause) => {
                witness.lost_redis();
                self.redis.lose(*pause).await?;
                witness.lost_redis();
                Ok(())
            }
            Fault::RestartRedis(pause) => self.redis.restart(*pause).await,
            Fault::FlushRedis => {
                witness.lost_redis();
                self.redis.ask(&["FLUSHALL"]).await?;
                witness.lost_redis();
                Ok(())
            }
            Fault::KillPostgres => self.kill_postgres(),
            Fault::Wire(line, trouble, pause) => {
                let wire = &self.wires[match line {
                    Line::Postgres => 0,
                    Line::Redis => 1,
                    Line::Provider => 2,
                }];
                wire.set(match trouble {
                    Trouble::Cut => Mode::Cut,
                    Trouble::Slow => Mode::Slow(SLOW),
                    Trouble::Stopped => Mode::Stopped,
                });
                sleep(*pause).await;
                wire.set(Mode::Open);
                Ok(())
            }
            Fault::Provider(faults) => self.provide(faults).await,
        }
    }

    fn kill_postgres(&self) -> anyhow::Result<()> {
        let lock = self.folder.0.join("databases/services/postgres/postmaster.pid");
        let text = std::fs::read_to_string(lock)?;
        let pid = text.lines().next().and_then(|line| line.trim().parse().ok()).and_then(Pid::from_raw);
        kill_process(pid.context("no process")?, Signal::KILL)?;
        Ok(())
    }

    /// PostgreSQL without a wire.
    pub fn database_url(&self) -> &str {
        &self.databases.database_url
    }

    /// Puts an event on sale: 50 seats in five rows and a floor for 30. Answers its id.
    pub async fn new_event(&self, name: &str) -> anyhow::Result<String> {
        let file = self.folder.0.join("plan.json");
        std::fs::write(&file, house(name).to_string())?;
        let process = &self.servers[0];
        let status = tokio::process::Command::new(&process.program)
            .args(["plan", "import", "--trial"])
            .arg(&file)
            .envs(process.env.iter().map(|(name, value)| (name, value)))
            .env("LOG", "warn")
            .stdout(Stdio::null())
            .status()
            .await?;
        anyhow::ensure!(status.success(), "the plan was not imported");
        for _ in 0..200 {
            let url = format!("{}/api/v1/events?limit=100", self.bases[0]);
            let answer = self.api.get(&url).await;
            let items = answer.as_ref().and_then(|a| a.body["items"].as_array());
            let ours = items.into_iter().flatten().find(|event| event["name"] == format!("Trial: {name}"));
            if let Some(id) = ours.and_then(|event| event["id"].as_str()) {
                return Ok(id.to_owned());
            }
            sleep(Duration::from_millis(100)).await;
        }
        bail!("the event does not appear")
    }
}

async fn restart(process: &mut Process, pause: Duration) -> anyhow::Result<()> {
    process.kill();
    sleep(pause).await;
    process.start()
}

async fn start_postgres(folder: &Path, redis: SocketAddr) -> anyhow::Result<supervise::Services> {
    let config = supervise::Config {
        data_dir: folder.join("databases"),
        database_url: None,
        redis_url: Some(format!("redis://{redis}")),
        durability: supervise::Durability::Durable,
    };
    Ok(tokio::task::spawn_blocking(move || supervise::Services::start(&config)).await??)
}

/// A port whose two next are free too: a server's neighbours.
fn free_ports() -> anyhow::Result<u16> {
    let free = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
    for _ in 0..100 {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        if port < u16::MAX - 3 && (1..=3).all(|next| free(port + next)) {
            return Ok(port);
        }
    }
    bail!("no free ports")
}

fn house(name: &str) -> Value {
    let row = |at: u32| {
        let path = json!({ "type": "line", "middle": [0, 3.0 + 0.9 * f64::from(at)], "pitch": 0.55 });
        json!({ "label": ROWS[at as usize], "path": path, "count": 10 })
    };
    let floor = json!({ "type": "rectangle", "center": [0, 12], "width": 8, "height": 4 });
    json!({
        "format": "parterre-plan/1",
        "name": name,
        "categories": [
            { "key": "stalls", "name": "Stalls", "color": "#3b6fb6" },
            { "key": "standing", "name": "Standing", "color": "#c8452f" },
        ],
        "sections": [{ "id": "STALLS", "name": "Stalls", "category": "stalls", "rows": (0..5).map(row).collect::<Vec<_>>() }],
        "areas": [{ "id": "FLOOR", "name": "Floor", "kind": "standing", "capacity": 30, "category": "standing", "shape": floor }],
    })
}

/// A folder that goes away, where the databases' own users can reach it.
struct Folder(PathBuf);

impl Folder {
    fn make() -> anyhow::Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        let path = std::env::temp_dir().join(format!("parterre-chaos-{}", uuid::Uuid::new_v4().simple()));
        std::fs::DirBuilder::new().mode(0o755).create(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}
