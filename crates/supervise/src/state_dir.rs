//! The folder that holds the servers' data, and the lock that makes it ours.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::account::{Account, is_root};
use crate::error::{Context, Error};

/// Where a folder below another user's private one is kept instead. Only root may write there, so nobody can
/// lay a trap at the name that we compute.
const ELSEWHERE: &str = "/var/lib/parterre";

/// An open state folder; the lock is held as long as this lives.
#[derive(Debug)]
pub(crate) struct StateDir {
    pub(crate) root: PathBuf,
    lock: File,
}

impl StateDir {
    /// Opens `<data_dir>/services` for this process alone, making it where it is missing.
    pub(crate) fn open(data_dir: &Path, accounts: &[Account]) -> Result<Self, Error> {
        fs::create_dir_all(data_dir).context(|| format!("make the data folder {}", data_dir.display()))?;
        let data_dir =
            fs::canonicalize(data_dir).context(|| format!("find the data folder {}", data_dir.display()))?;
        let root = place(&data_dir, accounts)?;
        for part in ["log", "secrets"] {
            make_dir(&root.join(part), 0o700)?;
        }
        let lock = lock(&root)?;
        Ok(Self { root, lock })
    }

    /// A path inside.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The secret of this name, made at its first use.
    pub(crate) fn secret(&self, name: &str) -> Result<String, Error> {
        let file = self.root.join("secrets").join(name);
        if let Ok(secret) = fs::read_to_string(&file)
            && !secret.is_empty()
        {
            return Ok(secret);
        }
        let secret = random_hex()?;
        write_private(&file, &secret)?;
        Ok(secret)
    }

    /// Tells other commands of the product where the servers are while they run.
    pub(crate) fn announce(&self, database_url: &str, redis_url: &str) -> Result<(), Error> {
        let text = format!("DATABASE_URL={database_url}\nREDIS_URL={redis_url}\n");
        write_private(&announcement(&self.root), &text)
    }
}

impl Drop for StateDir {
    fn drop(&mut self) {
        // A file that stays is harmless: it counts only while the lock is held.
        drop(fs::remove_file(announcement(&self.root)));
        drop(self.lock.unlock());
    }
}

/// The addresses that the holder of `data_dir` announced.
pub(crate) fn announced(data_dir: &Path) -> Option<(String, String)> {
    let text = fs::read_to_string(announcement(&data_dir.join("services"))).ok()?;
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)).map(str::to_owned);
    Some((value("DATABASE_URL=")?, value("REDIS_URL=")?))
}

fn announcement(root: &Path) -> PathBuf {
    root.join("services.env")
}

/// Usually `<data_dir>/services`. As root it must be reachable for the servers' users: below a home of mode
/// 700 it is a link to a folder under `/var/lib`, for loosening somebody's home is not ours to do.
fn place(data_dir: &Path, accounts: &[Account]) -> Result<PathBuf, Error> {
    let here = data_dir.join("services");
    if accounts.iter().all(|account| account.reaches(data_dir)) {
        if !here.is_symlink() {
            make_dir(&here, 0o755)?;
        }
    } else if here.is_dir() && !here.is_symlink() {
        let reason = format!(
            "the database's user cannot reach {}; move that folder to a path that everybody may enter, or set DATA_DIR",
            here.display()
        );
        return Err(Error::DataDir { dir: data_dir.to_owned(), reason });
    } else if !here.exists() {
        relocate(data_dir, &here)?;
    }
    let root = fs::canonicalize(&here).context(|| format!("find {}", here.display()))?;
    let meta = fs::metadata(&root).context(|| format!("look at {}", root.display()))?;
    if is_root() && meta.uid() != 0 {
        let reason = format!("{} belongs to user {}, not to root", root.display(), meta.uid());
        return Err(Error::DataDir { dir: data_dir.to_owned(), reason });
    }
    Ok(root)
}

fn relocate(data_dir: &Path, link: &Path) -> Result<(), Error> {
    let digest = Sha256::digest(data_dir.as_os_str().as_encoded_bytes());
    let name: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    make_dir(Path::new(ELSEWHERE), 0o755)?;
    let target = Path::new(ELSEWHERE).join(name);
    make_dir(&target, 0o755)?;
    if link.is_symlink() {
        fs::remove_file(link).context(|| format!("replace the link {}", link.display()))?;
    }
    symlink(&target, link).context(|| format!("link {} to {}", link.display(), target.display()))?;
    tracing::info!(
        "the databases' user cannot enter {}: their data is in {}",
        data_dir.display(),
        target.display()
    );
    Ok(())
}

/// Makes a folder of this mode whatever the umask says, or accepts the one that is there.
pub(crate) fn make_dir(path: &Path, mode: u32) -> Result<(), Error> {
    let what = || format!("make the folder {}", path.display());
    match DirBuilder::new().mode(mode).create(path) {
        Ok(()) => fs::set_permissions(path, Permissions::from_mode(mode)).context(what),
        Err(_) if path.is_dir() => Ok(()),
        Err(error) => Err(error).context(what),
    }
}

fn lock(root: &Path) -> Result<File, Error> {
    let path = root.join("supervisor.lock");
    let what = || format!("lock {}", path.display());
    let mut file =
        OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path).context(what)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            drop(file.read_to_string(&mut pid));
            let pid = if pid.is_empty() { "unknown".to_owned() } else { pid };
            return Err(Error::InUse { dir: root.to_owned(), pid });
        }
        Err(TryLockError::Error(error)) => return Err(error).context(what),
    }
    file.set_len(0).context(what)?;
    write!(file, "{}", std::process::id()).context(what)?;
    Ok(file)
}

/// Writes a file that its owner alone may read, whole or not at all.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<(), Error> {
    let what = || format!("write {}", path.display());
    let beside = path.with_extension("new");
    drop(fs::remove_file(&beside));
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&beside).context(what)?;
    file.write_all(text.as_bytes()).context(what)?;
    fs::rename(&beside, path).context(what)
}

/// 192 random bits as text that needs no escaping anywhere.
pub(crate) fn random_hex() -> Result<String, Error> {
    let mut bytes = [0_u8; 24];
    File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .context(|| "read /dev/urandom".to_owned())?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A loopback port that nothing listens on, outside the range from which outgoing connections take theirs:
/// a server that is restarted must find its port still free.
pub(crate) fn free_port() -> Result<u16, Error> {
    for _ in 0..64 {
        let random = u16::from_str_radix(&random_hex()?[..4], 16).unwrap_or_default();
        let port = 20_000 + random % 12_000;
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    std::net::TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .context(|| "find a free port on 127.0.0.1".to_owned())
}
