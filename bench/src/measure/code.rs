//! G13: the code of a cold visit, as a browser gets it.

use crate::{
    http::{Connection, get, header},
    report::{Bar, Rounds, Row, Table, short},
    stage::Stage,
};
use anyhow::bail;
use std::collections::BTreeSet;

/// Fetches pages and the code they name, and adds the rows.
pub async fn run(stage: &Stage, table: &mut Table) -> anyhow::Result<()> {
    let mut connection = Connection::open(stage.server.address).await?;
    let (_, browse_wasm) = code_of(&mut connection, "/").await?;
    let seats = format!("/events/{}/seats", slug(stage));
    let (js, wasm) = code_of(&mut connection, &seats).await?;
    println!(
        "code: browse {browse_wasm} bytes of WASM; seat page {js} of JavaScript, {wasm} of WASM, brotli"
    );
    let mut add = |measure: &str, ours: String, kb: f64, bar| {
        table.push(Row {
            name: "G13",
            measure: measure.to_owned(),
            ours,
            yardstick: String::new(),
            value: Rounds(vec![kb]),
            bar,
            fault: None,
        });
    };
    let kb = |bytes: usize| bytes as f64 / 1_000.0;
    add("WASM of a browse page, kB", String::new(), kb(browse_wasm), Bar::AtMost(0.0, 0.0));
    let fault = if wasm == 0 { f64::NAN } else { kb(js + wasm) };
    let ours = format!("JS {} + WASM {} kB", short(kb(js)), short(kb(wasm)));
    add("code of the seat page, brotli, kB", ours, fault, Bar::AtMost(220.0, 140.0));
    Ok(())
}

/// The measured event's name in addresses.
pub fn slug(_: &Stage) -> &'static str {
    "bench-0"
}

/// Bytes of JavaScript and WASM that a page names, compressed.
async fn code_of(connection: &mut Connection, page: &str) -> anyhow::Result<(usize, usize)> {
    let answer = connection.call(&get(page, None)).await?;
    if answer.status != 200 {
        bail!("{page} answered {}", answer.status);
    }
    let html = String::from_utf8_lossy(answer.body.bytes()).into_owned();
    let (mut js, mut wasm) = (0, 0);
    for path in named(&html) {
        let answer = connection.call(&get(&path, Some("br"))).await?;
        if answer.status != 200 || header(answer.head, b"content-encoding") != Some(b"br") {
            bail!("{path} answered {} without brotli", answer.status);
        }
        let bytes = answer.body.bytes().len();
        if path.ends_with(".wasm") { wasm += bytes } else { js += bytes }
    }
    Ok((js, wasm))
}

/// Every script and WASM file of the build that a page names.
fn named(html: &str) -> BTreeSet<String> {
    let ends = |c: char| !(c.is_ascii_alphanumeric() || "/._-".contains(c));
    let paths = html.match_indices("/pkg/").map(|(at, _)| {
        let rest = &html[at..];
        rest[..rest.find(ends).unwrap_or(rest.len())].to_owned()
    });
    paths.filter(|path| path.ends_with(".js") || path.ends_with(".wasm")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_each_file_once() {
        let html = r#"<link href="/pkg/a.1.css"><script>import("/pkg/a.1.js").then(m=>m.default({module_or_path:'/pkg/a.1_bg.wasm'}))</script><link rel="modulepreload" href="/pkg/a.1.js">"#;
        assert_eq!(named(html).into_iter().collect::<Vec<_>>(), ["/pkg/a.1.js", "/pkg/a.1_bg.wasm"]);
    }
}
