//! Who may import whom, held against what cargo resolves and what the sources say.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::project::{cargo, output, root, run, step};
use crate::{lockfile, metric_names};

/// Crates that must build for the browser: no async runtime, no I/O, no clock, no randomness.
const PURE: &[&str] = &["domain", "protocol", "seatmap"];
/// What must never reach the browser.
const HOST_ONLY: &[&str] = &["tokio", "sqlx", "sqlx-core", "fred", "async-stripe", "axum", "services"];
/// What a crate may not depend on directly.
const WALLS: &[(&str, &[&str])] = &[
    ("domain", &["tokio", "rand", "getrandom", "protocol", "seatmap", "services"]),
    ("protocol", &["tokio", "rand", "getrandom", "seatmap", "services"]),
    ("seatmap", &["tokio", "rand", "getrandom", "services"]),
    ("app", &["store_pg", "store_redis", "payments", "sqlx", "fred"]),
    ("store_pg", &["services", "store_redis", "fred", "app"]),
    ("store_redis", &["services", "store_pg", "sqlx", "app"]),
    ("payments", &["services", "store_pg", "store_redis", "app"]),
    ("notifications", &["services", "store_pg", "store_redis", "payments", "app", "sqlx", "fred"]),
    ("services", &["app", "server", "sqlx", "fred", "async-stripe", "axum"]),
    ("simulate", &["tokio", "rand", "store_pg", "store_redis", "payments", "services"]),
    ("frontend", &["services", "store_pg", "store_redis"]),
];
/// A library that one crate speaks to, so that its words stay in one place. Tests, the load generator and the judge may.
const OWNERS: &[(&str, &str, &[&str])] = &[
    ("sqlx::", "the database", &["store_pg", "bench", "chaos"]),
    ("fred::", "Redis", &["store_redis", "bench"]),
    ("stripe::", "Stripe", &["payments"]),
    ("stripe_checkout::", "Stripe", &["payments"]),
    ("lettre::", "the mail server", &["notifications"]),
];
/// Statements begin like this in Rust strings.
const SQL: &[&str] = &["\"SELECT ", "\"INSERT INTO ", "\"UPDATE ", "\"DELETE FROM ", "\"WITH "];
/// Where statements may stand: the store, the load generator's yardsticks, the judge who trusts no code of ours, the
/// first words to a new cluster.
const SQL_OWNERS: &[&str] = &["store_pg", "bench", "chaos", "supervise", "xtask"];

/// Runs every check and names all problems at once.
pub fn check() -> Result<()> {
    let mut problems = step("known holes in Cargo.lock", lockfile::problems)?;
    problems.extend(step("what dashboards and alerts speak of", metric_names::problems)?);
    problems.extend(step("who depends on whom", dependencies)?);
    problems.extend(step("whose words stand where", words)?);
    step("the pure crates build for the browser", pure_crates_build)?;
    if problems.is_empty() {
        return Ok(());
    }
    bail!("the layers are broken:\n  {}", problems.join("\n  "))
}

fn dependencies() -> Result<Vec<String>> {
    let mut problems = Vec::new();
    let browser = tree("frontend", &["--target", "wasm32-unknown-unknown"])?;
    for name in HOST_ONLY.iter().filter(|name| browser.iter().any(|found| found == *name)) {
        problems.push(format!("{name} reaches the browser: `cargo tree -p frontend -i {name}` tells how"));
    }
    for (name, walls) in WALLS {
        let direct = tree(name, &["--depth", "1", "--all-features"])?;
        for wall in walls.iter().filter(|wall| direct.iter().any(|found| found == *wall)) {
            problems.push(format!("{name} depends on {wall}"));
        }
    }
    Ok(problems)
}

fn tree(package: &str, more: &[&str]) -> Result<Vec<String>> {
    let fixed = ["tree", "--locked", "-p", package, "-e", "normal", "--prefix", "none", "-f", "{p}"];
    let text = output(cargo().args(fixed).args(more))?;
    Ok(text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect())
}

fn words() -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for (name, folder) in crates()? {
        for file in sources(&folder.join("src"))? {
            let text = fs::read_to_string(&file)?;
            let code = before_tests(&text);
            let place = file.strip_prefix(root()).unwrap_or(&file).display();
            for (word, whose, owners) in OWNERS {
                if mentions(code, word) && !owners.contains(&name.as_str()) {
                    problems.push(format!("{place} speaks to {whose} itself ({word})"));
                }
            }
            if SQL.iter().any(|start| code.contains(start)) && !SQL_OWNERS.contains(&name.as_str()) {
                problems.push(format!("{place} holds SQL; that is store_pg's"));
            }
        }
    }
    Ok(problems)
}

/// Unit tests stand at the end of a file and may look behind the curtain.
fn before_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or_default()
}

/// Whether a path begins with `word` outside comments; `async_stripe::` is not `stripe::`.
fn mentions(code: &str, word: &str) -> bool {
    code.lines().filter(|line| !line.trim_start().starts_with("//")).any(|line| {
        line.match_indices(word).any(|(at, _)| {
            !line[..at].ends_with(|before: char| {
                before.is_alphanumeric() || before == '_' || before == ':' || before == '"'
            })
        })
    })
}

fn crates() -> Result<Vec<(String, PathBuf)>> {
    let root = root();
    let mut found: Vec<PathBuf> =
        ["app", "bench", "frontend", "server"].iter().map(|name| root.join(name)).collect();
    for entry in fs::read_dir(root.join("crates"))? {
        found.push(entry?.path());
    }
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(found.into_iter().map(|path| (name(&path), path)).collect())
}

fn sources(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(sources(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(found)
}

fn pure_crates_build() -> Result<()> {
    let packages = PURE.iter().flat_map(|name| ["-p", name]);
    run(cargo().args(["check", "--locked", "--target", "wasm32-unknown-unknown"]).args(packages))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_told_from_its_look_alikes() {
        for (line, expected) in [
            ("use sqlx::Row;", true),
            ("    let pool: sqlx::PgPool = x;", true),
            ("// sqlx::Row is not for here", false),
            ("use my_sqlx::Row;", false),
            ("use crate::sqlx::Row;", false),
        ] {
            assert_eq!(mentions(line, "sqlx::"), expected, "{line}");
        }
    }

    #[test]
    fn each_crate_speaks_only_to_its_own_outside_world() {
        assert_eq!(words().unwrap(), Vec::<String>::new());
    }
}
