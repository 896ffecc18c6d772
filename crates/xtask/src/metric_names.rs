//! Dashboards and alerts speak of metrics that exist: every `parterre_…` in `ops/` is counted in a source.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::Result;

use crate::project::root;

const PREFIX: &str = "parterre_";
/// What Prometheus makes of a histogram's name.
const SUFFIXES: &[&str] = &["_bucket", "_sum", "_count"];
const SOURCES: &[&str] = &["app/src", "crates", "server/src"];
/// Begins counters and counts nothing: what it names must be counted elsewhere, as what `ops/` names.
const BEGINS: &str = "crates/services/src/counters.rs";

/// Names that `ops/` uses and no source has.
pub fn problems() -> Result<Vec<String>> {
    let (mut used, mut known) = (BTreeSet::new(), BTreeSet::new());
    each_file(&root().join("ops"), &mut |text| names(text, &mut used))?;
    names(&fs::read_to_string(root().join(BEGINS))?, &mut used);
    for folder in SOURCES {
        each_file(&root().join(folder), &mut |text| names(text, &mut known))?;
    }
    let plain =
        |name: &str| SUFFIXES.iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name).to_owned();
    let unknown = used.iter().filter(|name| !known.contains(*name) && !known.contains(&plain(name)));
    Ok(unknown.map(|name| format!("ops/ or {BEGINS} speaks of {name}, which no source counts")).collect())
}

fn each_file(folder: &Path, look: &mut impl FnMut(&str)) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let wanted = path.extension().is_some_and(|e| ["rs", "json", "yml"].iter().any(|known| e == *known));
        if path.ends_with(BEGINS) {
            continue;
        }
        if path.is_dir() && !path.ends_with("xtask") {
            each_file(&path, look)?;
        } else if wanted {
            look(&fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

fn names(text: &str, into: &mut BTreeSet<String>) {
    for (at, _) in text.match_indices(PREFIX) {
        let end =
            text[at..].find(|c: char| !c.is_ascii_lowercase() && c != '_').map_or(text.len(), |len| at + len);
        into.insert(text[at..end].to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_where_they_end() {
        let mut found = BTreeSet::new();
        names("rate(parterre_a_b_total[5m]) / parterre_c{x=\"y\"}", &mut found);
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["parterre_a_b_total", "parterre_c"]);
    }

    #[test]
    fn what_ops_speaks_of_exists() {
        assert_eq!(problems().unwrap(), Vec::<String>::new());
    }
}
