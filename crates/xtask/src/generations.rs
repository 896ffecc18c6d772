//! Which built files stay. A server that runs reads the manifest when it starts and links to those files until it ends,
//! and a page that was sent a moment ago asks for its own: so what the last manifest named stays until the next build
//! that brings something new.

use std::fs;
use std::path::Path;

use anyhow::Result;
use serde_json::Value;

use crate::compress;

/// Replaces the manifest, and removes what neither it nor the one before names.
pub fn publish(pkg: &Path, manifest: &Value) -> Result<()> {
    let file = pkg.join("manifest.json");
    let before: Value =
        fs::read(&file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    if before == *manifest {
        return Ok(());
    }
    compress::write_whole(&file, format!("{manifest:#}\n").as_bytes())?;
    let keep: Vec<String> = names(manifest).chain(names(&before)).collect();
    for entry in fs::read_dir(pkg)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // Each has compressed ones beside it, under its own name and more.
        if name.starts_with("parterre.") && !keep.iter().any(|kept| name.starts_with(kept.as_str())) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The files that a manifest names.
fn names(manifest: &Value) -> impl Iterator<Item = String> + '_ {
    let addresses = ["js", "wasm", "css"].into_iter().filter_map(|kind| manifest[kind].as_str());
    addresses.filter_map(|address| address.strip_prefix("/pkg/")).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn manifest(generation: &str) -> Value {
        json!({
            "js": format!("/pkg/parterre.{generation}.js"),
            "wasm": format!("/pkg/parterre.{generation}_bg.wasm"),
            // The style sheet changes less often.
            "css": "/pkg/parterre.s.css",
        })
    }

    fn build(pkg: &Path, generation: &str) -> Vec<String> {
        for end in [".js", ".js.br", "_bg.wasm", "_bg.wasm.gz"] {
            fs::write(pkg.join(format!("parterre.{generation}{end}")), "").unwrap();
        }
        fs::write(pkg.join("parterre.s.css"), "").unwrap();
        publish(pkg, &manifest(generation)).unwrap();
        let mut left: Vec<_> =
            fs::read_dir(pkg).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        left.retain(|name| {
            name.ends_with(".js") || name.ends_with(".gz") || name.ends_with(".css") || name.ends_with(".new")
        });
        left.sort();
        left
    }

    #[test]
    fn the_files_of_the_last_build_stay_until_the_one_after_next() {
        let pkg = std::env::temp_dir().join(format!("parterre-generations-{}", std::process::id()));
        drop(fs::remove_dir_all(&pkg));
        fs::create_dir_all(&pkg).unwrap();
        assert_eq!(build(&pkg, "a"), ["parterre.a.js", "parterre.a_bg.wasm.gz", "parterre.s.css"]);
        let both = [
            "parterre.a.js",
            "parterre.a_bg.wasm.gz",
            "parterre.b.js",
            "parterre.b_bg.wasm.gz",
            "parterre.s.css",
        ];
        assert_eq!(build(&pkg, "b"), both);
        assert_eq!(build(&pkg, "b"), both, "a build without news");
        assert_eq!(build(&pkg, "c")[..2], ["parterre.b.js", "parterre.b_bg.wasm.gz"]);
        let read: Value = serde_json::from_slice(&fs::read(pkg.join("manifest.json")).unwrap()).unwrap();
        assert_eq!(read, manifest("c"));
        fs::remove_dir_all(&pkg).unwrap();
    }
}
