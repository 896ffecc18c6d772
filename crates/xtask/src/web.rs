//! The browser half: WASM, its JavaScript, the style sheet and the fonts, into `target/site`.
//!
//! ```text
//! target/site/pkg/parterre.<hash>.js        the loader that wasm-bindgen writes, minified
//! target/site/pkg/parterre.<hash>_bg.wasm   the program
//! target/site/pkg/parterre.<hash>.css       style/main.css with its imports
//! target/site/pkg/manifest.json             {"name", "js", "wasm", "css"}: what the server links to
//! target/site/fonts/{fraunces,inter}.woff2  Latin subsets
//! ```
//!
//! The names hold a hash of the content, so the server may let browsers keep them for ever; each file has a
//! `.br` and a `.gz` beside it. JavaScript and WASM share one hash because Leptos' `HydrationScripts` derives
//! both names from one `output_name`: with `output_name = manifest.name` it links `/pkg/<name>.js` and
//! `/pkg/<name>_bg.wasm`. What its script does, for a page that writes its own:
//!
//! ```text
//! import(js).then(mod => mod.default({module_or_path: wasm}).then(() => {
//!     mod.hydrate();                  // frontend's #[wasm_bindgen] pub fn hydrate() { leptos::mount::hydrate_islands() }
//!     for each <leptos-island data-component=ID> in document order, parents first:
//!         await mod[ID](element);     // exported by #[island]; before it the nearest
//! }))                                 // <leptos-children>'s $$on_hydrate is called
//! ```

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::project::{cargo, npm_tool, root, run, step, target};
use crate::{compress, generations};

const NAME: &str = "parterre";
const STYLE: &str = "style/main.css";
const FONTS: &[(&str, &str)] = &[
    ("fraunces.woff2", "fraunces/files/fraunces-latin-wght-normal.woff2"),
    ("inter.woff2", "inter/files/inter-latin-wght-normal.woff2"),
];
/// What rustc emits beyond the first version of WASM; every browser since 2022 has it.
const WASM_FEATURES: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// A browser improves a function between two calls and never within one: what a loop calls must not be dissolved into
/// the function around it, however few bytes that saves.
const ONE_CALLER: &str = "--one-caller-inline-max-function-size=60";

/// How much time to spend on a small download.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// For the next look in the browser.
    Quick,
    /// What ships.
    Small,
}

impl Size {
    fn profile(self) -> &'static str {
        match self {
            Self::Quick => "wasm-dev",
            Self::Small => "wasm",
        }
    }
}

/// Builds everything; what has not changed is not built again.
pub fn build(size: Size) -> Result<()> {
    let site = target().join("site");
    let pkg = site.join("pkg");
    fs::create_dir_all(&pkg)?;
    fonts(&site.join("fonts"))?;
    let wasm = step("compile to WASM", || compile(size))?;
    let code = code(&wasm, size, &site)?;
    let css = step("style sheet", || style(&pkg))?;
    let manifest = serde_json::json!({
        "name": code,
        "js": format!("/pkg/{code}.js"),
        "wasm": format!("/pkg/{code}_bg.wasm"),
        "css": format!("/pkg/{css}"),
    });
    // Last, and whole: the server must never read a manifest of files that are not there yet.
    generations::publish(&pkg, &manifest)
}

fn compile(size: Size) -> Result<PathBuf> {
    let target_name = "wasm32-unknown-unknown";
    run(cargo().args(["build", "--locked", "--package", "frontend", "--lib"]).args([
        "--target",
        target_name,
        "--profile",
        size.profile(),
    ]))?;
    Ok(target().join(target_name).join(size.profile()).join("frontend.wasm"))
}

/// Binds and shrinks the program and answers the common name of its two files. The name of the last result
/// is kept with a digest of what it came from.
fn code(wasm: &Path, size: Size, site: &Path) -> Result<String> {
    let bytes = fs::read(wasm).with_context(|| format!("cannot read {}", wasm.display()))?;
    let stamp_file = site.join("code.stamp");
    let own = fs::read(std::env::current_exe()?)?;
    let source = format!("{} {}", digest(&[&bytes, &own]), size.profile());
    if let Ok(stamp) = fs::read_to_string(&stamp_file)
        && let Some((name, from)) = stamp.split_once(' ')
        && from == source
        && site.join("pkg").join(format!("{name}_bg.wasm")).exists()
    {
        return Ok(name.to_owned());
    }
    let stage = site.join("stage");
    drop(fs::remove_dir_all(&stage));
    fs::create_dir_all(&stage)?;
    step("bind to JavaScript", || bind(wasm, &stage))?;
    let loader = step("minify", || minify(&stage))?;
    let program = step("shrink", || shrink(&stage, size))?;

    let name = format!("{NAME}.{}", digest(&[&loader, &program]));
    let (js, wasm) = step("compress", || {
        let pkg = site.join("pkg");
        let js = compress::write(&pkg.join(format!("{name}.js")), &loader)?;
        Ok((js, compress::write(&pkg.join(format!("{name}_bg.wasm")), &program)?))
    })?;
    let kb = |bytes: usize| bytes.div_ceil(1000);
    let brotli = kb(js.brotli + wasm.brotli);
    println!("    seat page code: {} kB, {brotli} kB as brotli", kb(js.plain + wasm.plain));
    fs::write(stamp_file, format!("{name} {source}"))?;
    drop(fs::remove_dir_all(stage));
    Ok(name)
}

fn bind(wasm: &Path, stage: &Path) -> Result<()> {
    Bindgen::new()
        .input_path(wasm)
        .web(true)?
        .typescript(false)
        .debug(false)
        .keep_debug(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .omit_default_module_path(true)
        .out_name(NAME)
        .generate(stage)
}

/// One module with whatever snippets the libraries brought.
fn minify(stage: &Path) -> Result<Vec<u8>> {
    let source = stage.join(format!("{NAME}.js"));
    let Some(mut esbuild) = npm_tool("esbuild") else {
        if stage.join("snippets").exists() {
            bail!("the loader has snippets, which need esbuild: run `make setup`");
        }
        return Ok(fs::read(source)?);
    };
    let out = stage.join("loader.min.js");
    let outfile = format!("--outfile={}", out.display());
    run(esbuild
        .arg(source)
        .args(["--bundle", "--format=esm", "--minify", "--log-level=warning"])
        .arg(outfile))?;
    Ok(fs::read(out)?)
}

fn shrink(stage: &Path, size: Size) -> Result<Vec<u8>> {
    let source = stage.join(format!("{NAME}_bg.wasm"));
    if size == Size::Quick {
        return Ok(fs::read(source)?);
    }
    let mut wasm_opt = npm_tool("wasm-opt").context("wasm-opt is not there: run `make setup`")?;
    let out = stage.join("small.wasm");
    run(wasm_opt.arg("-Oz").arg(ONE_CALLER).args(WASM_FEATURES).arg(&source).arg("-o").arg(&out))?;
    Ok(fs::read(out)?)
}

/// `style/main.css` with its imports in one file; answers the file's name.
fn style(pkg: &Path) -> Result<String> {
    let source = root().join(STYLE);
    let text = if !source.exists() {
        println!("    note: there is no {STYLE}; the style sheet is empty");
        Vec::new()
    } else {
        let mut esbuild = npm_tool("esbuild").context("esbuild is not there: run `make setup`")?;
        esbuild.arg(&source).args(["--bundle", "--minify", "--log-level=warning"]).args(served_elsewhere()?);
        let output = esbuild.stderr(Stdio::inherit()).output().context("cannot run esbuild")?;
        if !output.status.success() {
            bail!("esbuild does not accept {STYLE}");
        }
        output.stdout
    };
    let name = format!("{NAME}.{}.css", digest(&[&text]));
    if !pkg.join(&name).exists() {
        compress::write(&pkg.join(&name), &text)?;
    }
    Ok(name)
}

/// Addresses that the style sheet may name and that stay as they are: the fonts and what `public` holds. A
/// pattern for all absolute addresses would match the imported files' own paths too.
fn served_elsewhere() -> Result<Vec<String>> {
    let mut patterns = vec!["--external:/fonts/*".to_owned()];
    for entry in fs::read_dir(root().join("public")).into_iter().flatten() {
        let entry = entry?;
        let below = if entry.path().is_dir() { "/*" } else { "" };
        patterns.push(format!("--external:/{}{below}", entry.file_name().to_string_lossy()));
    }
    Ok(patterns)
}

/// Fonts are compressed already.
fn fonts(dir: &Path) -> Result<()> {
    fs::create_dir_all(dir)?;
    let modules = root().join("end2end/node_modules/@fontsource-variable");
    for (name, source) in FONTS {
        let bytes = fs::read(modules.join(source))
            .with_context(|| format!("the font {source} is not there: run `make setup`"))?;
        compress::write_whole(&dir.join(name), &bytes)?;
    }
    Ok(())
}

fn digest(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    parts.iter().for_each(|part| hasher.update(part));
    hex::encode(&hasher.finalize()[..6])
}
