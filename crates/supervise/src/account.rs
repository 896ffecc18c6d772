//! The unprivileged users that the servers run as when the supervisor is root.

use std::fs::{self, Metadata};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;

use crate::error::{Context, Error};

/// A system user, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// Whether this process is root and must hand its servers to somebody else.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The account for a server: none for an ordinary user, who keeps everything to himself; for root the first
/// of `names` that exists.
pub(crate) fn account_for(names: &[&str]) -> Option<Account> {
    if !is_root() {
        return None;
    }
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let found = names.iter().find_map(|name| find(&passwd, name));
    // 65534 is `nobody` on every Linux; a machine without a passwd file still has the number.
    Some(found.unwrap_or(Account { uid: 65_534, gid: 65_534 }))
}

fn find(passwd: &str, name: &str) -> Option<Account> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == name).then_some(())?;
        Some(Account { uid: fields.nth(1)?.parse().ok()?, gid: fields.next()?.parse().ok()? })
    })
}

impl Account {
    /// Gives a file or folder to this account.
    pub(crate) fn own(self, path: &Path) -> Result<(), Error> {
        chown(path, Some(self.uid), Some(self.gid)).context(|| format!("give {} away", path.display()))
    }

    /// Whether this account can walk down to `path`. Checked by mode bits, since asking the kernel would
    /// need a process of that user.
    pub(crate) fn reaches(self, path: &Path) -> bool {
        path.ancestors().all(|part| fs::metadata(part).is_ok_and(|meta| self.may_enter(&meta)))
    }

    fn may_enter(self, meta: &Metadata) -> bool {
        let bit = if meta.uid() == self.uid {
            0o100
        } else if meta.gid() == self.gid {
            0o010
        } else {
            0o001
        };
        meta.mode() & bit != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_read_from_the_passwd_file() {
        let passwd =
            "root:x:0:0:root:/root:/bin/bash\npostgres:x:101:104:,,,:/var/lib/postgresql:/bin/bash\n";
        assert_eq!(find(passwd, "postgres"), Some(Account { uid: 101, gid: 104 }));
        assert_eq!(find(passwd, "postgre"), None);
    }

    #[test]
    fn the_root_folder_is_reached_by_everybody() {
        assert!(Account { uid: 65_534, gid: 65_534 }.reaches(Path::new("/")));
    }
}
