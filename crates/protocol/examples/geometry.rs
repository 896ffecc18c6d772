//! Writes the geometry asset of a demo plan or a plan file, to measure it:
//! `cargo run -p protocol --example geometry -- stadium | brotli -q 11 -c | wc -c`. A second argument, `listed`,
//! measures the same plan with every seat at a place of its own instead of rows on paths.

use domain::plan::{generate, import, source};
use std::io::Write as _;

fn main() -> std::io::Result<()> {
    let what = std::env::args().nth(1).unwrap_or_else(|| "stadium".into());
    let source = match generate::Kind::named(&what) {
        Some(kind) => generate::generate(kind, 1).into_bytes(),
        None => std::fs::read(&what)?,
    };
    let listed = std::env::args().nth(2).is_some_and(|word| word == "listed");
    let plan = import::parse(&source).and_then(|plan| {
        let list = || serde_json::to_vec(&source::export(&plan)).unwrap_or_default();
        if listed { import::parse(&list()) } else { Ok(plan) }
    });
    match plan {
        Ok(plan) => std::io::stdout().write_all(&protocol::geometry::encode(&plan)),
        Err(problems) => {
            problems.iter().for_each(|problem| eprintln!("{} {problem}", problem.code));
            std::process::exit(1)
        }
    }
}
