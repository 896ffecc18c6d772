//! What is wrong with a plan, told with its place.

use crate::limits::PLAN_PROBLEMS_MAX;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One thing that is wrong with a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{pointer}: {message}")]
pub struct Problem {
    /// JSON pointer (RFC 6901) into the source; empty for the whole text.
    pub pointer: String,
    /// What kind of problem.
    pub code: ProblemCode,
    /// For people.
    pub message: String,
}

/// The kinds of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// The text is no JSON.
    Syntax,
    /// The text is longer than a plan may be.
    TooLarge,
    /// Neither our format nor one that we read.
    UnknownFormat,
    /// A required field is absent.
    MissingField,
    /// A field that the format does not have.
    UnknownField,
    /// A key that stands twice in one object.
    DuplicateKey,
    /// A number where a text is due, or the like.
    WrongType,
    /// The right type, but not a value that means something here.
    BadValue,
    /// A number that is not finite.
    NotFinite,
    /// A number outside its bounds.
    OutOfRange,
    /// A text that is longer than its bound.
    TextTooLong,
    /// An id that is taken.
    DuplicateId,
    /// A category that the plan does not define.
    UnknownCategory,
    /// A level that the plan does not define.
    UnknownLevel,
    /// A row without a seat.
    EmptyRow,
    /// Neither a seat nor an area.
    NothingForSale,
    /// More seats than a plan may have.
    TooManySeats,
    /// More of something else than a plan may have.
    TooMany,
    /// Two seats in one place.
    SeatsOverlap,
    /// A seat outside the drawing that the plan declares.
    OutsideDrawing,
    /// There are more problems than are told.
    MoreProblems,
}

/// A place in the source: a chain on the stack, spelled out only when something is wrong there.
#[derive(Clone, Copy)]
pub(super) enum At<'a> {
    Root,
    Key(&'a At<'a>, &'a str),
    Item(&'a At<'a>, usize),
}

impl<'a> At<'a> {
    pub(super) fn key(&'a self, key: &'a str) -> At<'a> {
        At::Key(self, key)
    }

    pub(super) fn item(&'a self, index: usize) -> At<'a> {
        At::Item(self, index)
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            At::Root => Ok(()),
            At::Key(parent, key) => write!(f, "{parent}/{}", key.replace('~', "~0").replace('/', "~1")),
            At::Item(parent, index) => write!(f, "{parent}/{index}"),
        }
    }
}

/// Collects problems up to the bound.
#[derive(Default)]
pub(super) struct Problems(Vec<Problem>);

impl Problems {
    pub(super) fn add(&mut self, at: impl fmt::Display, code: ProblemCode, message: impl fmt::Display) {
        if self.0.len() < PLAN_PROBLEMS_MAX {
            self.0.push(Problem { pointer: at.to_string(), code, message: message.to_string() });
        } else if self.0.len() == PLAN_PROBLEMS_MAX {
            let message = "there are more problems than these".to_owned();
            self.0.push(Problem { pointer: String::new(), code: ProblemCode::MoreProblems, message });
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_vec(self) -> Vec<Problem> {
        self.0
    }
}

impl ProblemCode {
    /// The code as it is written in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::TooLarge => "too_large",
            Self::UnknownFormat => "unknown_format",
            Self::MissingField => "missing_field",
            Self::UnknownField => "unknown_field",
            Self::DuplicateKey => "duplicate_key",
            Self::WrongType => "wrong_type",
            Self::BadValue => "bad_value",
            Self::NotFinite => "not_finite",
            Self::OutOfRange => "out_of_range",
            Self::TextTooLong => "text_too_long",
            Self::DuplicateId => "duplicate_id",
            Self::UnknownCategory => "unknown_category",
            Self::UnknownLevel => "unknown_level",
            Self::EmptyRow => "empty_row",
            Self::NothingForSale => "nothing_for_sale",
            Self::TooManySeats => "too_many_seats",
            Self::TooMany => "too_many",
            Self::SeatsOverlap => "seats_overlap",
            Self::OutsideDrawing => "outside_drawing",
            Self::MoreProblems => "more_problems",
        }
    }
}

impl fmt::Display for ProblemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
