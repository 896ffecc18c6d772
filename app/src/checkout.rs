//! Checkout: who, how it is paid, review; one page, one form.

mod form;
mod kept_form;

pub mod page;
pub mod place_order;
pub(crate) mod summary;
