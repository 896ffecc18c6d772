//! A bigger house: two servers and two workers as processes, a Redis Cluster of three masters, PostgreSQL with a
//! streaming replica.

use crate::{
    child::{free_ports, program},
    client::Client,
    house,
    world::{Folder, Setup, Stage, eventually},
};
use domain::ids::EventId;
use std::process::Child;
use supervise::{
    Config, Durability, Services,
    testing::{RedisCluster, Replica},
};
use url::Url;

pub const MASTERS: usize = 3;

/// A process that ends with the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// One of the servers.
pub struct Server {
    pub http: Client,
    admin: Client,
}

impl Server {
    pub async fn is_ready(&self) -> bool {
        self.admin.get("/readyz").try_send().await.is_some_and(|reply| reply.status == 200)
    }

    /// The value of a metric; nothing while it was never counted.
    pub async fn metric(&self, name: &str) -> Option<f64> {
        let text = self.admin.get("/metrics").try_send().await?.text();
        text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
    }
}

/// Everything. Dropped from first to last: whoever uses something before what it uses.
pub struct WideHouse {
    _processes: Vec<Process>,
    pub servers: [Server; 2],
    pub stage: Stage,
    pub cluster: RedisCluster,
    pub replica: Replica,
    _primary: Services,
    _dir: Folder,
}

impl WideHouse {
    pub async fn open(pay_window_s: u64) -> Self {
        let ports = [free_ports(), free_ports(), free_ports(), free_ports()];
        let dir = Folder::new();
        let cluster = RedisCluster::start(&dir.0, MASTERS).unwrap();
        let wanted = Config {
            data_dir: dir.0.clone(),
            database_url: None,
            redis_url: Some(cluster.url()),
            durability: Durability::Throwaway,
        };
        let primary = Services::start(&wanted).unwrap();
        let primary_url = Url::parse(&primary.database_url).unwrap();
        let replica = Replica::start(primary_url.port().unwrap(), &dir.0.join("replica")).unwrap();
        let setup = Setup {
            database_server: Some(primary.database_url.clone()),
            redis_url: cluster.url(),
            pay_window_s,
            ..Setup::default()
        };
        let stage = Stage::new(setup, ports[0]).await;
        let servers = [server(ports[0]), server(ports[1])];
        let mut house =
            Self { _processes: Vec::new(), servers, stage, cluster, replica, _primary: primary, _dir: dir };
        let roles = ["serve", "serve", "work", "work"];
        house._processes = roles.iter().zip(ports).map(|(role, port)| house.start(role, port)).collect();
        for port in ports {
            let process = server(port);
            eventually("the processes are ready", async || process.is_ready().await.then_some(())).await;
        }
        house
    }

    fn start(&self, role: &str, port: u16) -> Process {
        let mut command = program(&self.stage, &[role], port);
        // Both servers are one site.
        command.env("BASE_URL", &self.servers[0].http.base).env("DATABASE_READ_URL", self.replica_url());
        command.env("DATABASE_CONNECTIONS", "12");
        Process(command.spawn().unwrap())
    }

    /// Looks at all of it, as an operator would.
    pub async fn doctor_finds_nothing(&self) {
        let mut command = program(&self.stage, &["doctor"], free_ports());
        let output =
            tokio::task::spawn_blocking(move || command.stdout(std::process::Stdio::piped()).output());
        let output = output.await.unwrap().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }

    /// The stage's database on the replica.
    pub fn replica_url(&self) -> String {
        let mut url = Url::parse(&self.stage.db.url).unwrap();
        url.set_port(Some(self.replica.port())).unwrap();
        url.to_string()
    }

    /// Which master has an event.
    pub fn home_of(&self, event: EventId) -> usize {
        self.cluster.home_of(&format!("{{e:{event}}}:m"))
    }

    /// Events on sale, one on each master.
    pub async fn one_event_a_master(&self) -> [EventId; MASTERS] {
        let mut found = [None; MASTERS];
        let mut n = 0;
        while found.iter().any(Option::is_none) {
            n += 1;
            // Names are random: most of the first few are enough.
            let event = house::play(self.stage.house, &format!("play-{n}"));
            let home = self.home_of(event.id);
            if found[home].is_none() {
                found[home] = Some(self.stage.db.store.upsert_event(&event, &house::cause()).await.unwrap());
            }
        }
        found.map(Option::unwrap)
    }
}

fn server(port: u16) -> Server {
    let at = |port| Client::new(format!("http://127.0.0.1:{port}"));
    Server { http: at(port), admin: at(port + 2) }
}
