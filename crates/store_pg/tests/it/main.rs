//! The store against a real PostgreSQL; each test has a database of its own.

mod catalogue;
mod committing;
mod demo;
mod late;
mod migrations;
mod placing;
mod records;
mod releasing;
mod searching;
mod world;
