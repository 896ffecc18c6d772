//! The compact geometry asset of a plan: everything the browser needs to draw and name a plan, in few bytes.
//!
//! Deterministic (the same plan gives the same bytes, so the content hash names it), versioned, bounded when read.
//! What follows from the rest is left out and computed again: seats on a path, outlines that hug their seats,
//! numbers that count up, ids made of section, row and number, the box around everything. `decode(encode(p)) == p`
//! for every plan that came through the import. Compress the bytes for travel; columns of small numbers lie together
//! so that this pays.
//!
//! To add something to the asset: write it at the end of its part, read it there, raise [`VERSION`].

mod columns;
mod labels;
mod read;
mod write;

pub use read::{decode, decode_drawing};
pub use write::encode;

/// First byte of the asset.
pub const VERSION: u8 = 3;
/// The oldest version that is read: stored plans keep the asset of their day.
const OLDEST: u8 = 1;

/// Why bytes are no geometry asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GeometryError {
    /// Written by another version.
    #[error("geometry version {0} is not known")]
    Version(u8),
    /// The bytes end too early.
    #[error("the geometry is cut off")]
    CutOff,
    /// There are bytes after the end.
    #[error("the geometry has bytes after its end")]
    TooLong,
    /// A count or an index is outside its bounds.
    #[error("the geometry has a number outside its bounds")]
    OutOfBounds,
    /// A text is not UTF-8.
    #[error("the geometry has a broken text")]
    Text,
}

#[cfg(test)]
mod tests;
