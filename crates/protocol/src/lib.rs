//! What travels between server and browser.
