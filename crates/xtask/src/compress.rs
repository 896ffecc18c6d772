//! Compressed copies beside each file, so that the server never compresses an asset.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Sizes of one file, in bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sizes {
    pub plain: usize,
    pub brotli: usize,
}

/// Writes `path`, `path.br` and `path.gz`.
pub fn write(path: &Path, bytes: &[u8]) -> Result<Sizes> {
    let brotli = brotli(bytes)?;
    let gzip = gzip(bytes)?;
    write_whole(&with_suffix(path, ".br"), &brotli)?;
    write_whole(&with_suffix(path, ".gz"), &gzip)?;
    // Last: where this one is, all three are.
    write_whole(path, bytes)?;
    Ok(Sizes { plain: bytes.len(), brotli: brotli.len() })
}

/// Writes a file so that whoever reads it meanwhile gets the old or the new one, whole.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let beside = with_suffix(path, ".new");
    let written = fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    written.with_context(|| format!("cannot write {}", path.display()))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    let mut out = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut out, &params)?;
    Ok(out)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn both_copies_unpack_to_the_original() {
        let text = "Row C, seats 12 to 14. ".repeat(200);
        let mut plain = Vec::new();
        brotli::BrotliDecompress(&mut &brotli(text.as_bytes()).unwrap()[..], &mut plain).unwrap();
        assert_eq!(plain, text.as_bytes());
        let mut plain = String::new();
        flate2::read::GzDecoder::new(&gzip(text.as_bytes()).unwrap()[..]).read_to_string(&mut plain).unwrap();
        assert_eq!(plain, text);
    }
}
