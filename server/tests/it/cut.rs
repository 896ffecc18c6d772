//! A wire to PostgreSQL that stops at a statement: before it goes through, or after it has and its answer is lost.
//! The process behind it stands still there, to be killed.

use std::sync::{Arc, Mutex};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinSet,
};
use url::Url;

/// Where the wire stops.
#[derive(Clone, Copy, Debug)]
pub enum Stop {
    /// The statement is not sent.
    Before(&'static str),
    /// It is carried out, its transaction committed, and nobody hears of it.
    After(&'static str),
}

#[derive(Default)]
struct Plan {
    stop: Option<Stop>,
    /// Statements of that kind to let through first.
    skip: u32,
    hit: bool,
    epoch: u64,
}

/// The wire.
pub struct Cut {
    plan: Arc<Mutex<Plan>>,
    port: u16,
    _accepting: JoinSet<()>,
}

/// `ReadyForQuery`, idle: whatever was under way on this connection is done and committed.
const READY_IDLE: [u8; 6] = [b'Z', 0, 0, 0, 5, b'I'];

impl Cut {
    pub async fn to(database_url: &str) -> Self {
        let target = Url::parse(database_url).unwrap();
        let target = (target.host_str().unwrap().to_owned(), target.port().unwrap_or(5432));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let plan = Arc::new(Mutex::new(Plan::default()));
        let mut accepting = JoinSet::new();
        let shared = plan.clone();
        accepting.spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let server = TcpStream::connect(target.clone()).await.unwrap();
                tokio::spawn(wire(client, server, shared.clone()));
            }
        });
        Self { plan, port, _accepting: accepting }
    }

    /// The same database through this wire. Without prepared statements, so that every text is on it.
    pub fn url(&self, database_url: &str) -> String {
        let mut url = Url::parse(database_url).unwrap();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(self.port)).unwrap();
        url.query_pairs_mut().append_pair("statement-cache-capacity", "0");
        url.to_string()
    }

    /// Stops at the next statement like this, after `skip` others.
    pub fn arm(&self, stop: Stop, skip: u32) {
        let mut plan = self.plan.lock().unwrap();
        (plan.stop, plan.skip, plan.hit) = (Some(stop), skip, false);
    }

    /// Whether somebody stands at it.
    pub fn is_hit(&self) -> bool {
        self.plan.lock().unwrap().hit
    }

    /// Lets everything through again; wires that stand still are cut.
    pub fn mend(&self) {
        let mut plan = self.plan.lock().unwrap();
        (plan.stop, plan.hit) = (None, false);
        plan.epoch += 1;
    }
}

/// What one connection does at the stop.
#[derive(Clone, Copy, PartialEq)]
enum Here {
    Free,
    /// The statement went through; its answer, and that of its transaction, is waited for.
    Armed {
        commits: bool,
        answers_left: u8,
    },
    /// Nothing goes through any more.
    Still,
}

async fn wire(client: TcpStream, server: TcpStream, plan: Arc<Mutex<Plan>>) {
    let epoch = plan.lock().unwrap().epoch;
    let ((client_in, client_out), (server_in, server_out)) = (client.into_split(), server.into_split());
    let here = Arc::new(Mutex::new(Here::Free));
    let over = async {
        while plan.lock().unwrap().epoch == epoch || *here.lock().unwrap() != Here::Still {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        () = up(client_in, server_out, plan.clone(), here.clone()) => {}
        () = down(server_in, client_out, plan.clone(), here.clone()) => {}
        () = over => {}
    }
}

/// What the process says.
async fn up(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, plan: Arc<Mutex<Plan>>, here: Arc<Mutex<Here>>) {
    let (mut buffer, mut transaction) = (vec![0; 64 * 1_024], false);
    loop {
        let Ok(n @ 1..) = from.read(&mut buffer).await else { return };
        let bytes = &buffer[..n];
        transaction = (transaction || has(bytes, b"BEGIN")) && !has(bytes, b"ROLLBACK");
        look(bytes, transaction, &plan, &here);
        if has(bytes, b"COMMIT") {
            transaction = false;
        }
        if *here.lock().unwrap() == Here::Still {
            return std::future::pending().await;
        }
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
}

fn look(bytes: &[u8], transaction: bool, plan: &Mutex<Plan>, here: &Mutex<Here>) {
    let (mut plan, mut here) = (plan.lock().unwrap(), here.lock().unwrap());
    if let (Here::Armed { commits: true, answers_left }, true) = (*here, has(bytes, b"COMMIT")) {
        *here = Here::Armed { commits: false, answers_left };
        return;
    }
    let (Some(stop), Here::Free, false) = (plan.stop, *here, plan.hit) else { return };
    let (Stop::Before(text) | Stop::After(text)) = stop;
    if !has(bytes, text.as_bytes()) {
        return;
    }
    if plan.skip > 0 {
        plan.skip -= 1;
        return;
    }
    plan.stop = None;
    match stop {
        Stop::Before(_) => {
            *here = Here::Still;
            plan.hit = true;
        }
        // A statement by itself is answered twice: when it is read, and when it is carried out.
        Stop::After(_) => {
            *here = Here::Armed { commits: transaction, answers_left: if transaction { 1 } else { 2 } };
        }
    }
}

/// What the database answers.
async fn down(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    plan: Arc<Mutex<Plan>>,
    here: Arc<Mutex<Here>>,
) {
    let mut buffer = vec![0; 64 * 1_024];
    loop {
        let Ok(n @ 1..) = from.read(&mut buffer).await else { return };
        let bytes = &buffer[..n];
        let still = {
            let mut here = here.lock().unwrap();
            match *here {
                Here::Armed { commits: false, answers_left } if has(bytes, &READY_IDLE) => {
                    *here = if answers_left > 1 {
                        Here::Armed { commits: false, answers_left: answers_left - 1 }
                    } else {
                        Here::Still
                    };
                }
                _ => {}
            }
            *here == Here::Still
        };
        if still {
            plan.lock().unwrap().hit = true;
            return std::future::pending().await;
        }
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
}

fn has(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}
