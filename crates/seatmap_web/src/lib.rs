//! The seat map in the browser: painting and input.
