//! Taking typed values out of JSON objects; what is missing or wrong is told and replaced, so that the rest of the
//! plan is still looked at.

use super::{
    json::Json,
    problem::{At, ProblemCode as Code, Problems},
};
use crate::{
    limits::{PLAN_COORDINATE_M_MAX, PLAN_ID_BYTES_MAX},
    plan::Attributes,
};

/// An object and its place.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    pub(super) fields: &'a [(String, Json)],
    pub(super) at: &'a At<'a>,
}

/// Coordinates as they stand in the source.
pub(super) type Spot = (f64, f64);

impl<'a> Fields<'a> {
    /// The object at this place; something else is told. `known` lists the fields that may stand in it.
    pub(super) fn of(json: &'a Json, at: &'a At<'a>, known: &[&str], p: &mut Problems) -> Option<Self> {
        let Json::Object(fields) = json else {
            p.add(at, Code::WrongType, "an object is due here");
            return None;
        };
        let fields = Fields { fields, at };
        fields.check_keys(known, p);
        Some(fields)
    }

    /// Tells keys that stand twice and, when `known` is not empty, those that the format does not have.
    fn check_keys(&self, known: &[&str], p: &mut Problems) {
        for (n, (key, _)) in self.fields.iter().enumerate().take(64) {
            if self.fields[..n].iter().any(|(earlier, _)| earlier == key) {
                p.add(self.at.key(clip(key)), Code::DuplicateKey, "this key stands twice");
            } else if !known.is_empty() && !known.contains(&key.as_str()) {
                p.add(self.at.key(clip(key)), Code::UnknownField, "this field is not part of the format");
            }
        }
        if self.fields.len() > 64 {
            p.add(self.at, Code::TooMany, "too many fields");
        }
    }

    /// The value of a key; `null` counts as absent.
    pub(super) fn get(&self, key: &str) -> Option<&'a Json> {
        self.fields.iter().take(64).find(|(k, _)| k == key).map(|(_, v)| v).filter(|v| **v != Json::Null)
    }

    fn need(&self, key: &str, p: &mut Problems) -> Option<&'a Json> {
        let value = self.get(key);
        if value.is_none() {
            p.add(self.at.key(key), Code::MissingField, format_args!("`{key}` is missing"));
        }
        value
    }

    /// An optional text of at most so many characters, without control characters.
    pub(super) fn opt_text(&self, key: &str, chars_max: usize, p: &mut Problems) -> Option<String> {
        match self.get(key)? {
            Json::Text(text) => {
                if text.chars().nth(chars_max).is_some() {
                    let message = format_args!("longer than {chars_max} characters");
                    p.add(self.at.key(key), Code::TextTooLong, message);
                    return Some(text.chars().take(chars_max).collect());
                }
                Some(text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect())
            }
            _ => {
                p.add(self.at.key(key), Code::WrongType, "a text is due here");
                None
            }
        }
    }

    /// A required text.
    pub(super) fn text(&self, key: &str, chars_max: usize, p: &mut Problems) -> String {
        match self.need(key, p) {
            Some(_) => self.opt_text(key, chars_max, p).unwrap_or_default(),
            None => String::new(),
        }
    }

    /// A text or a whole number: seat numbers and row labels come as both.
    pub(super) fn opt_label(&self, key: &str, chars_max: usize, p: &mut Problems) -> Option<String> {
        match self.get(key)? {
            Json::Number(n) if n.fract() == 0.0 && n.abs() < 1e9 => Some(format!("{n:.0}")),
            _ => self.opt_text(key, chars_max, p),
        }
    }

    /// An optional id: not empty, short, without control characters.
    pub(super) fn opt_id(&self, key: &str, p: &mut Problems) -> Option<String> {
        match self.get(key)? {
            Json::Text(text) if text.len() > PLAN_ID_BYTES_MAX => {
                p.add(
                    self.at.key(key),
                    Code::TextTooLong,
                    format_args!("longer than {PLAN_ID_BYTES_MAX} bytes"),
                );
                None
            }
            Json::Text(text) if text.trim().is_empty() || text.chars().any(char::is_control) => {
                p.add(self.at.key(key), Code::BadValue, "an id needs visible characters and no others");
                None
            }
            Json::Text(text) => Some(text.clone()),
            _ => {
                p.add(self.at.key(key), Code::WrongType, "a text is due here");
                None
            }
        }
    }

    /// A required id; empty when missing.
    pub(super) fn id(&self, key: &str, p: &mut Problems) -> String {
        if self.need(key, p).is_none() {
            return String::new();
        }
        self.opt_id(key, p).unwrap_or_default()
    }

    /// An optional finite number within its bounds.
    pub(super) fn opt_number(&self, key: &str, min: f64, max: f64, p: &mut Problems) -> Option<f64> {
        number(self.get(key)?, &self.at.key(key), min, max, p)
    }

    /// A required finite number within its bounds.
    pub(super) fn number(&self, key: &str, min: f64, max: f64, p: &mut Problems) -> Option<f64> {
        self.need(key, p)?;
        self.opt_number(key, min, max, p)
    }

    /// A required whole number within its bounds.
    pub(super) fn whole(&self, key: &str, min: u32, max: u32, p: &mut Problems) -> Option<u32> {
        let value = self.number(key, f64::from(min), f64::from(max), p)?;
        if value.fract() != 0.0 {
            p.add(self.at.key(key), Code::BadValue, "a whole number is due here");
            return None;
        }
        Some(value as u32)
    }

    /// An optional whole number within its bounds.
    pub(super) fn opt_whole(&self, key: &str, min: u32, max: u32, p: &mut Problems) -> Option<u32> {
        self.get(key)?;
        self.whole(key, min, max, p)
    }

    /// An optional yes or no.
    pub(super) fn flag(&self, key: &str, p: &mut Problems) -> bool {
        match self.get(key) {
            None => false,
            Some(Json::Bool(value)) => *value,
            Some(_) => {
                p.add(self.at.key(key), Code::WrongType, "true or false is due here");
                false
            }
        }
    }

    /// A list, empty when absent; longer than `max` is told and cut.
    pub(super) fn list(&self, key: &str, max: usize, p: &mut Problems) -> &'a [Json] {
        match self.get(key) {
            None => &[],
            Some(Json::List(items)) => {
                if items.len() > max {
                    p.add(self.at.key(key), Code::TooMany, format_args!("more than {max} entries"));
                }
                &items[..items.len().min(max)]
            }
            Some(_) => {
                p.add(self.at.key(key), Code::WrongType, "a list is due here");
                &[]
            }
        }
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&self, key: &str, words: &[(&str, T)], p: &mut Problems) -> Option<T> {
        let Json::Text(text) = self.need(key, p)? else {
            p.add(self.at.key(key), Code::WrongType, "a text is due here");
            return None;
        };
        let found = words.iter().find(|(word, _)| word == text).map(|(_, value)| *value);
        if found.is_none() {
            let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            p.add(self.at.key(key), Code::BadValue, format_args!("one of {} is due here", all.join(", ")));
        }
        found
    }

    /// An optional point written as `[x, y]`.
    pub(super) fn opt_pair(&self, key: &str, p: &mut Problems) -> Option<Spot> {
        pair(self.get(key)?, &self.at.key(key), p)
    }

    /// A required point written as `[x, y]`.
    pub(super) fn pair(&self, key: &str, p: &mut Problems) -> Option<Spot> {
        self.need(key, p)?;
        self.opt_pair(key, p)
    }

    /// An optional colour written as `#rrggbb`.
    pub(super) fn opt_color(&self, key: &str, p: &mut Problems) -> Option<String> {
        let text = self.opt_text(key, 32, p)?;
        let hex =
            text.strip_prefix('#').is_some_and(|h| h.len() == 6 && h.bytes().all(|b| b.is_ascii_hexdigit()));
        if !hex {
            p.add(self.at.key(key), Code::BadValue, "a colour is written #rrggbb");
            return None;
        }
        Some(text.to_ascii_lowercase())
    }

    /// The attributes of a seat or row.
    pub(super) fn attributes(&self, key: &str, p: &mut Problems) -> Attributes {
        let at = self.at.key(key);
        self.list(key, 8, p).iter().enumerate().fold(Attributes::default(), |all, (n, item)| {
            let named = match item {
                Json::Text(name) => Attributes::named(name),
                _ => None,
            };
            if named.is_none() {
                p.add(at.item(n), Code::BadValue, "not an attribute of a seat");
            }
            all.union(named.unwrap_or_default())
        })
    }
}

/// Keys of hostile length are not repeated in full.
fn clip(key: &str) -> &str {
    key.char_indices().nth(64).map_or(key, |(end, _)| &key[..end])
}

/// A finite number within its bounds.
pub(super) fn number(json: &Json, at: &At<'_>, min: f64, max: f64, p: &mut Problems) -> Option<f64> {
    match json {
        Json::Number(n) if !n.is_finite() => p.add(at, Code::NotFinite, "this number is not finite"),
        Json::Number(n) if *n < min || *n > max => {
            p.add(at, Code::OutOfRange, format_args!("{n} is not between {min} and {max}"));
        }
        Json::Number(n) => return Some(*n),
        Json::Text(text) if text.trim().parse::<f64>().is_ok_and(|n| !n.is_finite()) => {
            p.add(at, Code::NotFinite, "this number is not finite");
        }
        _ => p.add(at, Code::WrongType, "a number is due here"),
    }
    None
}

/// A point written as `[x, y]`.
pub(super) fn pair(json: &Json, at: &At<'_>, p: &mut Problems) -> Option<Spot> {
    let Json::List(items) = json else {
        p.add(at, Code::WrongType, "a point [x, y] is due here");
        return None;
    };
    let [x, y] = items.as_slice() else {
        p.add(at, Code::WrongType, "a point has two numbers");
        return None;
    };
    let bound = PLAN_COORDINATE_M_MAX;
    let x = number(x, &at.item(0), -bound, bound, p);
    let y = number(y, &at.item(1), -bound, bound, p);
    Some((x?, y?))
}
