//! PNG of two colours, one bit a pixel: all that a code or an icon needs.

use flate2::{Compression, Crc, write::ZlibEncoder};
use std::io::Write as _;

/// Red, green, blue.
type Rgb = (u8, u8, u8);

/// A square picture of (light, dark); `dark(x, y)` tells its dark pixels.
pub(crate) fn square(edge_px: u32, (light, ink): (Rgb, Rgb), dark: impl Fn(u32, u32) -> bool) -> Vec<u8> {
    let row_bytes = edge_px.div_ceil(8) as usize;
    let mut rows = Vec::with_capacity((row_bytes + 1) * edge_px as usize);
    for y in 0..edge_px {
        rows.push(0); // no filter
        let start = rows.len();
        rows.resize(start + row_bytes, 0xff);
        for x in (0..edge_px).filter(|x| dark(*x, y)) {
            rows[start + (x / 8) as usize] &= !(0x80 >> (x % 8));
        }
    }
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut head = Vec::with_capacity(13);
    head.extend_from_slice(&edge_px.to_be_bytes());
    head.extend_from_slice(&edge_px.to_be_bytes());
    // One bit, by palette, the only compression and filters there are, not interlaced.
    head.extend_from_slice(&[1, 3, 0, 0, 0]);
    chunk(&mut png, *b"IHDR", &head);
    chunk(&mut png, *b"PLTE", &[ink.0, ink.1, ink.2, light.0, light.1, light.2]);
    chunk(&mut png, *b"IDAT", &compressed(&rows));
    chunk(&mut png, *b"IEND", &[]);
    png
}

fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    // Writing to memory cannot fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

fn chunk(png: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    png.extend_from_slice(&u32::try_from(data.len()).unwrap_or(u32::MAX).to_be_bytes());
    let mut sum = Crc::new();
    sum.update(&kind);
    sum.update(data);
    png.extend_from_slice(&kind);
    png.extend_from_slice(data);
    png.extend_from_slice(&sum.sum().to_be_bytes());
}
