//! The store against a real PostgreSQL; each test has a database of its own.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

mod catalogue;
mod committing;
mod consuming;
mod crediting;
mod deadlines;
mod delivering;
mod demo;
mod dropping;
mod integrity;
mod invoicing;
mod late;
mod measure;
mod migrations;
mod model;
mod money_back;
mod placing;
mod records;
mod refunding;
mod releasing;
mod reminding;
mod searching;
mod staffing;
mod supporting;
mod world;
