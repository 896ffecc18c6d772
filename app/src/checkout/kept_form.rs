//! What was typed, when the form comes back with a message: in a cookie of this browser for two minutes, never in
//! the address.

use crate::request;
use axum::http::header;
use serde::{Deserialize, Serialize};

const COOKIE: &str = "parterre_form";
const LIFE_SECONDS: u32 = 120;

/// The fields as typed, and what is wrong with them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptForm {
    /// Name.
    pub name: String,
    /// E-mail.
    pub email: String,
    /// Telephone.
    pub phone: String,
    /// Wants a text message.
    pub text_me: bool,
    /// Wants a reminder.
    pub remind_me: bool,
    /// What is wrong with the name.
    pub name_error: String,
    /// What is wrong with the e-mail.
    pub email_error: String,
    /// What is wrong with the telephone.
    pub phone_error: String,
    /// Code of a problem that is not about a field.
    pub problem: String,
}

impl KeptForm {
    /// What the browser kept; empty when there is nothing.
    pub fn read() -> Self {
        request::cookie(COOKIE).and_then(|text| serde_urlencoded::from_str(&text).ok()).unwrap_or_default()
    }

    /// A field is wrong.
    pub fn has_errors(&self) -> bool {
        [&self.name_error, &self.email_error, &self.phone_error].iter().any(|text| !text.is_empty())
    }

    /// Gives it to the browser for the next page.
    pub fn keep(&self) {
        let text = serde_urlencoded::to_string(self).unwrap_or_default();
        set(&format!("{COOKIE}={text}; Path=/events; Max-Age={LIFE_SECONDS}; HttpOnly; SameSite=Lax"));
    }

    /// Takes it from the browser again.
    pub fn forget() {
        set(&format!("{COOKIE}=; Path=/events; Max-Age=0; HttpOnly; SameSite=Lax"));
    }
}

fn set(cookie: &str) {
    request::add_header(header::SET_COOKIE, cookie);
}
