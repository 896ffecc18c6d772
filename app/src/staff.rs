//! Pages for the people who work here. Plain documents without a script, rendered from what the server has looked up
//! for somebody who may see it: each takes a [`Desk`], and only a signed-in member of the staff has one.
//!
//! They stand outside the router of the public pages, so that none of them can be reached but through a handler that has
//! asked who is there.

mod accounts;
mod desk;
mod order;
mod search;
mod sign_in;
mod trouble;
mod words;

pub use accounts::accounts_page;
pub use desk::{Desk, Told, refusal_page};
pub use order::order_page;
pub use search::search_page;
pub use sign_in::sign_in_page;
pub use trouble::trouble_page;
