//! What several pages show.

pub mod swatch;

#[cfg(feature = "ssr")]
pub mod frame;
#[cfg(feature = "ssr")]
pub mod loaded;
#[cfg(feature = "ssr")]
pub mod notice;
#[cfg(feature = "ssr")]
pub mod page_error;
#[cfg(feature = "ssr")]
pub mod status;
