//! Orders and tickets, opened by the key in their address.

mod ask_again;
pub mod find_page;
pub mod find_tickets;
mod money_back;
mod qr;
pub(crate) mod stage;
mod ticket;

pub mod abandon_order;
pub mod order_page;
pub mod pay_order;
pub mod tickets;
