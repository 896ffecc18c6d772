//! The rules of Parterre: pure, without I/O, clock or randomness, for the server and the browser alike.
//!
//! To add a rule: put it in the module of its noun, take time and random seeds as arguments, return a small
//! error enum, and write it down as a text table or a property in the module's tests.

pub mod best_available;
pub mod checkout;
pub mod contact;
pub mod hold;
pub mod ids;
pub mod limits;
pub mod money;
pub mod order;
pub mod payment;
pub mod plan;
pub mod pricing;
pub mod refund;
pub mod rules;
pub mod seat;
pub mod secret;
pub mod tax;
