//! The real servers, started, killed and stopped in a folder of each test's own.

#![expect(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use supervise::{Config, Durability, Error, Services};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = PathBuf::from(format!("/var/tmp/parterre-supervise-{}-{name}", std::process::id()));
        drop(fs::remove_dir_all(&path));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn config(&self) -> Config {
        let data_dir = self.0.clone();
        Config { data_dir, database_url: None, redis_url: None, durability: Durability::Durable }
    }

    fn pid(&self, file: &str) -> Option<i32> {
        fs::read_to_string(self.0.join("services").join(file)).ok()?.lines().next()?.trim().parse().ok()
    }

    fn signal(&self, file: &str, signal: Signal) {
        kill_process(Pid::from_raw(self.pid(file).unwrap()).unwrap(), signal).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

const POSTGRES_PID: &str = "postgres/postmaster.pid";
const REDIS_PID: &str = "redis/redis.pid";

fn try_sql(url: &str, statement: &str) -> Option<String> {
    let output =
        Command::new("psql").args([url, "-qtAX", "-c", statement]).stderr(Stdio::null()).output().unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

fn sql(url: &str, statement: &str) -> String {
    try_sql(url, statement).unwrap_or_else(|| panic!("refused: {statement}"))
}

/// The answer to one Redis command, `None` while nobody answers.
fn redis(url: &str, command: &str) -> Option<String> {
    let rest = url.strip_prefix("redis://")?;
    let (login, address) = rest.rsplit_once('@').unwrap_or(("", rest));
    let mut stream = TcpStream::connect(address).ok()?;
    let auth = login.split_once(':').map_or_else(String::new, |(_, secret)| format!("AUTH {secret}\r\n"));
    stream.write_all(format!("{auth}{command}\r\nQUIT\r\n").as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let answer = answer.strip_prefix("+OK\r\n").unwrap_or(&answer);
    Some(answer.strip_suffix("+OK\r\n").unwrap_or(answer).trim().replace("\r\n", " "))
}

fn eventually(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(30), "not within 30 s: {what}");
        std::thread::yield_now();
    }
}

fn supervisor(dir: &Path) -> (Child, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_supervise"))
        .arg("--data-dir")
        .arg(dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut value = |name: &str| lines.next().unwrap().unwrap().strip_prefix(name).unwrap().to_owned();
    let (database, redis) = (value("DATABASE_URL="), value("REDIS_URL="));
    (child, database, redis)
}

#[test]
fn both_keep_their_data_over_an_orderly_stop_and_have_one_supervisor() {
    let folder = Folder::new("keep");
    let first = Services::start(&folder.config()).unwrap();
    sql(&first.database_url, "CREATE TABLE seat (id int); INSERT INTO seat VALUES (7)");
    assert_eq!(redis(&first.redis_url, "SET hold 7").unwrap(), "+OK");

    assert!(matches!(Services::start(&folder.config()), Err(Error::InUse { .. })));
    let beside = Services::attach_or_start(&folder.config()).unwrap();
    assert_eq!(sql(&beside.database_url, "SELECT id FROM seat"), "7");
    beside.stop();
    first.stop();
    assert!(folder.pid(POSTGRES_PID).is_none(), "PostgreSQL still runs");

    let second = Services::start(&folder.config()).unwrap();
    assert_eq!(sql(&second.database_url, "SELECT id FROM seat"), "7");
    assert_eq!(redis(&second.redis_url, "GET hold").unwrap(), "$1 7");
    let snapshot = folder.0.join("services/redis/dump.rdb");
    assert!(!snapshot.exists(), "a later crash would bring this state back");
    second.stop();
}

#[test]
fn a_server_that_is_killed_comes_back_at_the_same_address_and_redis_empty() {
    let folder = Folder::new("killed");
    let services = Services::start(&folder.config()).unwrap();
    sql(&services.database_url, "CREATE TABLE seat (id int); INSERT INTO seat VALUES (7)");
    redis(&services.redis_url, "SET hold 7").unwrap();
    folder.signal(POSTGRES_PID, Signal::KILL);
    folder.signal(REDIS_PID, Signal::KILL);
    eventually("PostgreSQL answers", || {
        try_sql(&services.database_url, "SELECT id FROM seat").as_deref() == Some("7")
    });
    eventually("Redis answers and is empty", || {
        redis(&services.redis_url, "DBSIZE").as_deref() == Some(":0")
    });
    services.stop();
}

#[test]
fn after_the_supervisor_is_killed_nothing_is_left_and_the_next_start_works() {
    let folder = Folder::new("supervisor");
    let (mut child, database, redis_url) = supervisor(&folder.0);
    sql(&database, "CREATE TABLE seat (id int); INSERT INTO seat VALUES (7)");
    redis(&redis_url, "SET hold 7").unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let services = Services::start(&folder.config()).unwrap();
    assert_eq!(sql(&services.database_url, "SELECT id FROM seat"), "7");
    assert!(redis(&redis_url, "PING").is_none() || redis_url == services.redis_url);
    services.stop();
}

#[test]
fn servers_that_outlive_their_supervisor_are_stopped_by_the_next_start() {
    let folder = Folder::new("orphans");
    let (mut child, database, redis_url) = supervisor(&folder.0);
    sql(&database, "CREATE TABLE seat (id int); INSERT INTO seat VALUES (7)");
    // Halted, they cannot follow the kernel's signal at the supervisor's death.
    folder.signal(POSTGRES_PID, Signal::STOP);
    folder.signal(REDIS_PID, Signal::STOP);
    child.kill().unwrap();
    child.wait().unwrap();
    let services = Services::start(&folder.config()).unwrap();
    assert_eq!(sql(&services.database_url, "SELECT id FROM seat"), "7");
    assert!(try_sql(&database, "SELECT 1").is_none() || database == services.database_url);
    assert!(redis(&redis_url, "PING").is_none() || redis_url == services.redis_url);
    services.stop();
}

#[test]
fn a_lock_left_with_a_number_that_is_somebody_elses_does_not_stop_the_start() {
    let folder = Folder::new("stale");
    Services::start(&folder.config()).unwrap().stop();
    let lock = folder.0.join("services").join(POSTGRES_PID);
    fs::write(&lock, format!("{}\n", std::process::id())).unwrap();
    let services = Services::start(&folder.config()).unwrap();
    assert_eq!(sql(&services.database_url, "SELECT 1"), "1");
    services.stop();
}

#[test]
fn a_start_that_was_cut_short_is_begun_anew() {
    let folder = Folder::new("cut");
    let half = folder.0.join("services/postgres.new");
    fs::create_dir_all(&half).unwrap();
    fs::write(half.join("PG_VERSION"), "15\n").unwrap();
    fs::create_dir_all(folder.0.join("services/redis")).unwrap();
    fs::write(folder.0.join("services/redis/dump.rdb"), "not a snapshot").unwrap();
    let services = Services::start(&folder.config()).unwrap();
    assert_eq!(sql(&services.database_url, "SELECT 1"), "1");
    assert_eq!(redis(&services.redis_url, "DBSIZE").unwrap(), ":0");
    services.stop();
}

#[test]
fn servers_of_the_operators_own_are_left_alone_and_nothing_is_written() {
    let folder = Folder::new("own");
    let mut config = folder.config();
    config.database_url = Some("postgres://db.example/parterre".to_owned());
    config.redis_url = Some("redis://redis.example".to_owned());
    let services = Services::start(&config).unwrap();
    assert_eq!(services.database_url, "postgres://db.example/parterre");
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 0);
}

#[test]
fn a_command_runs_beside_throwaway_servers_and_its_exit_code_is_answered() {
    let script =
        r#"psql -qtAX "$TEST_DATABASE_URL" -c "CREATE DATABASE one" && [ -n "$TEST_REDIS_URL" ] && exit 7"#;
    let status =
        Command::new(env!("CARGO_BIN_EXE_supervise")).args(["--", "sh", "-c", script]).status().unwrap();
    assert_eq!(status.code(), Some(7));
}
