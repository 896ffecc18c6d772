//! Orders and tickets, opened by the key in their address.

mod qr;
mod ticket;

pub mod abandon_order;
pub mod order_page;
pub mod tickets;
