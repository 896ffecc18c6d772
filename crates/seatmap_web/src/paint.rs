//! The painters: each draws a part of a display list.

pub(crate) mod flat;
pub(crate) mod gl;
pub(crate) mod ground;
mod shaders;
pub(crate) mod writing;

/// What moves by itself in a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Moment {
    /// 0 to 1 and back: seats that wait for the server.
    pub pulse: f32,
    /// Device pixels a CSS pixel.
    pub dpr: f32,
}
