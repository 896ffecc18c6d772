//! The catalogue: home with search, the event page, help.

mod card;
pub mod event_facts;
mod event_prices;
mod filters;
mod rail;
mod search_form;
mod structured;

pub mod event_page;
pub mod help;
pub mod home;
