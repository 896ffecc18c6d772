//! Pages, components and server functions.
//!
//! Every page is plain HTML that the server renders and that works without JavaScript; only the seat page carries
//! WASM, as one island ([`seats::picker`]). So everything but that island, its server functions and the few words
//! they share is compiled for the server alone.
//!
//! To add a page: a file in the folder of its noun, a line in [`router`], its style in `style/pages`. To add a
//! server function: a file of its own that parses, authorises, calls one use case of `services` and maps the error.

#![recursion_limit = "512"]

pub mod components;
pub mod error;
pub mod format;
pub mod seats;

#[cfg(feature = "ssr")]
pub mod catalogue;
#[cfg(feature = "ssr")]
pub mod checkout;
#[cfg(feature = "ssr")]
pub mod orders;
#[cfg(feature = "ssr")]
pub mod request;
#[cfg(feature = "ssr")]
pub mod router;
#[cfg(feature = "ssr")]
pub mod shell;
#[cfg(feature = "ssr")]
pub mod staff;

#[cfg(feature = "ssr")]
pub use router::App;
