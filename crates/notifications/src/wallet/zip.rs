//! A ZIP of a few small files, stored as they are.

use flate2::Crc;

/// 1 January 1980, midnight: the same files are the same bytes.
const TIME_AND_DATE: [u8; 4] = [0, 0, 0x21, 0];

/// The archive; files of less than 4 GB, as all of ours are.
pub(super) fn stored(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in files {
        let at = number(out.len());
        let mut sum = Crc::new();
        sum.update(bytes);
        let size = number(bytes.len());
        // Version 2.0, no flags, stored; then time, sum, sizes, length of the name, nothing more.
        let mut facts = vec![20, 0, 0, 0, 0, 0];
        facts.extend_from_slice(&TIME_AND_DATE);
        facts.extend_from_slice(&sum.sum().to_le_bytes());
        facts.extend_from_slice(&size);
        facts.extend_from_slice(&size);
        facts.extend_from_slice(&number(name.len())[..2]);
        facts.extend_from_slice(&[0, 0]);
        out.extend_from_slice(b"PK\x03\x04");
        out.extend_from_slice(&facts);
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(bytes);
        directory.extend_from_slice(b"PK\x01\x02\x14\x00");
        directory.extend_from_slice(&facts);
        // No comment, first disk, no attributes, where the file begins.
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&at);
        directory.extend_from_slice(name.as_bytes());
    }
    let (at, size, count) = (number(out.len()), number(directory.len()), number(files.len()));
    out.extend_from_slice(&directory);
    out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    out.extend_from_slice(&count[..2]);
    out.extend_from_slice(&count[..2]);
    out.extend_from_slice(&size);
    out.extend_from_slice(&at);
    out.extend_from_slice(&[0, 0]);
    out
}

fn number(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes()
}
