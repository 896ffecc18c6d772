//! Writes the geometry asset of a demo plan or a plan file, to measure it:
//! `cargo run -p protocol --example geometry -- stadium | brotli -q 11 -c | wc -c`.

use domain::plan::{generate, import};
use std::io::Write as _;

fn main() -> std::io::Result<()> {
    let what = std::env::args().nth(1).unwrap_or_else(|| "stadium".into());
    let source = match generate::Kind::named(&what) {
        Some(kind) => generate::generate(kind, 1).into_bytes(),
        None => std::fs::read(&what)?,
    };
    match import::parse(&source) {
        Ok(plan) => std::io::stdout().write_all(&protocol::geometry::encode(&plan)),
        Err(problems) => {
            problems.iter().for_each(|problem| eprintln!("{} {problem}", problem.code));
            std::process::exit(1)
        }
    }
}
