//! What a server function answers instead of success: the same problem document as the HTTP contract.

mod words;

pub use words::{ways_on, words};

use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use protocol::api::Problem;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A problem on its way to the browser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{}", .0.detail)]
pub struct AppError(pub Box<Problem>);

impl AppError {
    /// A problem without members.
    pub fn new(status: u16, code: &str, title: &str, detail: &str) -> Self {
        Self(Box::new(Problem::new(status, code, title, detail)))
    }

    /// There is no such page, event or order.
    pub fn not_found() -> Self {
        Self::new(404, "not_found", "Not found", "There is nothing at this address.")
    }

    /// The line to the server is broken, or the server speaks another version.
    pub fn offline() -> Self {
        Self::new(
            503,
            "offline",
            "No connection",
            "The server did not answer. Nothing was changed; try again.",
        )
    }

    /// The stable code of the kind.
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// HTTP status.
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// A member of the problem in its type; `None` when absent or of another form.
    pub fn member<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        serde_json::from_value(self.0.members.get(name)?.clone()).ok()
    }

    /// The first of the alternatives that the problem offers, as seat ids.
    pub fn alternative(&self) -> Option<Vec<String>> {
        self.member::<Vec<Vec<String>>>("alternatives")?.into_iter().find(|seats| !seats.is_empty())
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) => Self::offline(),
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::Deserialization(_) => Self::new(
                400,
                "malformed",
                "Not understood",
                "The request could not be read. Nothing was changed.",
            ),
            _ => Self::new(503, "unavailable", "Something went wrong", "Something went wrong on our side."),
        }
    }
}

#[cfg(feature = "ssr")]
impl From<services::Error> for AppError {
    fn from(error: services::Error) -> Self {
        Self(Box::new(Problem::from(&error)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_alternative_that_holds_seats_is_offered() {
        let mut error = AppError::new(409, "seats_unavailable", "", "");
        assert_eq!(error.alternative(), None);
        error.0.members.insert("alternatives".into(), serde_json::json!([[], ["A-1", "A-2"]]));
        assert_eq!(error.alternative(), Some(vec!["A-1".to_owned(), "A-2".to_owned()]));
    }

    #[test]
    fn an_error_survives_its_wire_form() {
        let mut error = AppError::new(422, "limit_exceeded", "Too many", "No more than ten.");
        error.0.members.insert("max".into(), serde_json::json!(10));
        assert_eq!(AppError::de(error.ser()), error);
        assert_eq!(error.member::<u32>("max"), Some(10));
    }
}
