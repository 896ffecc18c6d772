//! Versions with known holes, and libraries that nobody looks after any more.
//!
//! The advisory database cannot be asked at build time everywhere, so its verdicts that matter here stand in
//! this file. Add a line when a new advisory touches a library of `Cargo.lock`.

use std::fs;

use anyhow::{Context, Result};

use crate::project::root;

/// The lowest version without a known hole; where a library has several lines, the lowest of each.
const FLOORS: &[(&str, &[[u64; 3]])] = &[
    ("aws-lc-sys", &[[0, 39, 0]]),
    ("bytes", &[[1, 11, 1]]),
    ("h2", &[[0, 4, 16]]),
    ("idna", &[[1, 0, 0]]),
    ("lettre", &[[0, 11, 22]]),
    ("lopdf", &[[0, 42, 0]]),
    ("quick-xml", &[[0, 41, 0]]),
    ("rand", &[[0, 8, 6], [0, 9, 3], [0, 10, 1]]),
    ("rustls", &[[0, 23, 18]]),
    ("rustls-webpki", &[[0, 103, 13]]),
    ("slab", &[[0, 4, 11]]),
    ("sqlx", &[[0, 8, 1]]),
    ("time", &[[0, 3, 47]]),
    ("tokio", &[[1, 44, 2]]),
    ("tracing-subscriber", &[[0, 3, 20]]),
];

/// Never in the tree, each with the reason.
const FORBIDDEN: &[(&str, &str)] = &[
    ("rsa", "its timing leak (RUSTSEC-2023-0071) has no fix; sign with ES256"),
    ("backoff", "unmaintained"),
    ("bincode", "unmaintained"),
    ("instant", "unmaintained"),
    ("proc-macro-error", "unmaintained"),
    ("rustls-pemfile", "unmaintained"),
    ("openssl-sys", "TLS is rustls, so that the build needs no system library"),
];

/// Known and borne until the library that brings it moves on; a line goes as soon as it is not needed.
const BORNE: &[&str] = &[];

/// Everything that is wrong with the repository's `Cargo.lock`.
pub fn problems() -> Result<Vec<String>> {
    let path = root().join("Cargo.lock");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(judge(&packages(&text)))
}

/// Name and version of each package, in the order of the file.
fn packages(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut name = None;
    for line in text.lines() {
        if let Some(value) = line.strip_prefix("name = ") {
            name = Some(value.trim_matches('"'));
        } else if let (Some(value), Some(name)) = (line.strip_prefix("version = "), name.take()) {
            found.push((name, value.trim_matches('"')));
        }
    }
    found
}

fn judge(packages: &[(&str, &str)]) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, version) in packages {
        let floors = FLOORS.iter().find(|(known, _)| known == name).map_or(&[][..], |(_, floors)| floors);
        if below(version, floors) {
            problems.push(format!("{name} {version} has a known hole"));
        }
        if let Some((_, reason)) = FORBIDDEN.iter().find(|(bad, _)| bad == name)
            && !BORNE.contains(name)
        {
            problems.push(format!("{name} {version} must not be in the tree: {reason}"));
        }
    }
    for name in BORNE.iter().filter(|name| !packages.iter().any(|(found, _)| found == *name)) {
        problems.push(format!("{name} has left the tree: take it off the list of what is borne"));
    }
    problems
}

/// A version is measured against the floor of its own line: 0.9.2 against 0.9.3, whatever 0.8 needs. One of a
/// line without a floor is below when it is older than the oldest floor.
fn below(version: &str, floors: &[[u64; 3]]) -> bool {
    let Some(first) = floors.first() else { return false };
    let version = parse(version);
    let same_line = |floor: &&[u64; 3]| floor[0] == version[0] && (floor[0] > 0 || floor[1] == version[1]);
    version < *floors.iter().find(same_line).unwrap_or(first)
}

fn parse(version: &str) -> [u64; 3] {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    let mut parts = core.split('.').map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_library_with_a_known_hole_is_in_the_lock_file() {
        assert_eq!(problems().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_version_is_measured_against_its_own_line() {
        let rand = &[[0, 8, 6], [0, 9, 3], [0, 10, 1]];
        for (version, is_below) in [
            ("0.7.3", true),
            ("0.8.5", true),
            ("0.8.6", false),
            ("0.9.2", true),
            ("0.9.3", false),
            ("0.10.0", true),
            ("0.11.0", false),
            ("1.0.0-rc.1", false),
        ] {
            assert_eq!(below(version, rand), is_below, "{version}");
        }
    }

    #[test]
    fn a_planted_hole_and_a_forbidden_library_are_found() {
        let lock = "version = 4\n\n[[package]]\nname = \"h2\"\nversion = \"0.4.9\"\n\n[[package]]\nname = \"rsa\"\nversion = \"0.9.8\"\n";
        assert_eq!(judge(&packages(lock)).len(), 2);
    }
}
