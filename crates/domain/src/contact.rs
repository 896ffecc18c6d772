//! What people type about themselves, parsed once: after that a value is known to be good.
//!
//! The checks are bounds and shape, not judgement: names of one letter and addresses with a plus are real.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Bytes of an e-mail address (RFC 5321: 254 in practice).
pub const EMAIL_BYTES_MAX: usize = 254;
/// Characters of a name.
pub const NAME_CHARS_MAX: usize = 120;
/// Digits of a telephone number (E.164).
pub const PHONE_DIGITS_MAX: usize = 15;
/// Bytes of a slug.
pub const SLUG_BYTES_MAX: usize = 80;

/// Why a text is not what it should be; the message can be shown beside the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContactError {
    /// Nothing but space.
    #[error("must not be empty")]
    Empty,
    /// Over the bound.
    #[error("must be at most {max} characters long")]
    TooLong {
        /// The bound.
        max: usize,
    },
    /// Not `somebody@somewhere.tld`.
    #[error("is not an e-mail address")]
    NotAnEmail,
    /// Control characters, line breaks or invisible marks.
    #[error("must not contain control characters")]
    ControlCharacter,
    /// Not `+` and 7 to 15 digits.
    #[error("is not a telephone number with its country code, such as +49 30 1234567")]
    NotAPhone,
    /// Not lower-case letters, digits and single hyphens.
    #[error("must consist of lower-case letters, digits and single hyphens")]
    NotASlug,
}

macro_rules! parsed {
    ($($(#[$doc:meta])* $name:ident by $parse:path;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Reads what somebody typed; space around it does not count.
            pub fn parse(text: &str) -> Result<Self, ContactError> {
                $parse(text.trim()).map(Self)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = ContactError;
            fn try_from(text: String) -> Result<Self, ContactError> {
                Self::parse(&text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = ContactError;
            fn from_str(text: &str) -> Result<Self, ContactError> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

parsed! {
    /// An e-mail address. The domain is in lower case; the part before the @ stays as typed.
    Email by email;
    /// A person's name, on one line, inner space collapsed.
    PersonName by person_name;
    /// A telephone number with country code, kept as `+` and digits.
    Phone by phone;
    /// A name in an address (`hamlet-berlin-2027`).
    Slug by slug;
}

fn email(text: &str) -> Result<String, ContactError> {
    if text.is_empty() {
        return Err(ContactError::Empty);
    }
    if text.len() > EMAIL_BYTES_MAX {
        return Err(ContactError::TooLong { max: EMAIL_BYTES_MAX });
    }
    let (local, domain) = text.rsplit_once('@').ok_or(ContactError::NotAnEmail)?;
    // First lowered, then checked: lowering a letter can make two characters of it.
    let domain = domain.to_lowercase();
    // No quoted local parts: nobody has one, and they are a way into mail headers.
    let local_fits = (1..=64).contains(&local.len())
        && local.chars().all(|c| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c))
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..");
    let label_fits = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let labels: Vec<&str> = domain.split('.').collect();
    let top_is_a_name = labels.last().is_some_and(|top| top.chars().any(char::is_alphabetic));
    if local_fits && labels.len() >= 2 && labels.iter().all(|l| label_fits(l)) && top_is_a_name {
        Ok(format!("{local}@{domain}"))
    } else {
        Err(ContactError::NotAnEmail)
    }
}

fn person_name(text: &str) -> Result<String, ContactError> {
    if text.chars().any(|c| c.is_control() || is_invisible_mark(c)) {
        return Err(ContactError::ControlCharacter);
    }
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return Err(ContactError::Empty);
    }
    if name.chars().count() > NAME_CHARS_MAX {
        return Err(ContactError::TooLong { max: NAME_CHARS_MAX });
    }
    Ok(name)
}

/// Marks that turn the reading direction or break lines: they could make a printed ticket say something else.
fn is_invisible_mark(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn phone(text: &str) -> Result<String, ContactError> {
    if text.is_empty() {
        return Err(ContactError::Empty);
    }
    let rest = text.strip_prefix('+').or_else(|| text.strip_prefix("00")).ok_or(ContactError::NotAPhone)?;
    let digits: String = rest.chars().filter(|c| !" -./()\u{a0}".contains(*c)).collect();
    let fits = (7..=PHONE_DIGITS_MAX).contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_digit())
        && !digits.starts_with('0');
    if fits { Ok(format!("+{digits}")) } else { Err(ContactError::NotAPhone) }
}

fn slug(text: &str) -> Result<String, ContactError> {
    if text.is_empty() {
        return Err(ContactError::Empty);
    }
    if text.len() > SLUG_BYTES_MAX {
        return Err(ContactError::TooLong { max: SLUG_BYTES_MAX });
    }
    let fits =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if text.split('-').all(fits) { Ok(text.to_owned()) } else { Err(ContactError::NotASlug) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_are_told_from_other_texts() {
        let good = [
            ("a@b.de", "a@b.de"),
            (" Ada+x@Example.ORG ", "Ada+x@example.org"),
            ("jürgen@müller.de", "jürgen@müller.de"),
        ];
        for (typed, kept) in good {
            assert_eq!(Email::parse(typed).unwrap().as_str(), kept);
        }
        let bad = [
            "a",
            "a@b",
            "@b.de",
            "a@.de",
            "a@b..de",
            "a b@c.de",
            "a@b.de\nBcc: x@y.z",
            ".a@b.de",
            "a@-b.de",
            "a@1.2",
            "<a@b.de>",
        ];
        for typed in bad {
            assert_eq!(Email::parse(typed), Err(ContactError::NotAnEmail), "{typed}");
        }
        assert_eq!(
            Email::parse(&format!("a@{}.de", "b".repeat(300))),
            Err(ContactError::TooLong { max: 254 })
        );
    }

    #[test]
    fn names_keep_their_letters_and_lose_their_tricks() {
        assert_eq!(
            PersonName::parse("  Ana  María O'Neill-Žižka ").unwrap().as_str(),
            "Ana María O'Neill-Žižka"
        );
        assert_eq!(PersonName::parse(" \t ").unwrap_err(), ContactError::Empty);
        assert_eq!(PersonName::parse("a\nb").unwrap_err(), ContactError::ControlCharacter);
        assert_eq!(PersonName::parse("a\u{202e}b").unwrap_err(), ContactError::ControlCharacter);
        assert_eq!(PersonName::parse(&"x".repeat(121)).unwrap_err(), ContactError::TooLong { max: 120 });
    }

    #[test]
    fn telephone_numbers_are_kept_as_digits() {
        for typed in ["+49 30 1234567", "0049-30-1234567", "+49 (30) 123.45.67"] {
            assert_eq!(Phone::parse(typed).unwrap().as_str(), "+49301234567");
        }
        for typed in ["030 1234567", "+49", "+0123456789", "+49 30 12a4567", "+1234567890123456"] {
            assert_eq!(Phone::parse(typed), Err(ContactError::NotAPhone), "{typed}");
        }
    }

    #[test]
    fn slugs_are_plain() {
        assert!(Slug::parse("hamlet-2027").is_ok());
        for text in ["Hamlet", "a--b", "-a", "a-", "a b", "ä"] {
            assert_eq!(Slug::parse(text), Err(ContactError::NotASlug), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_was_kept_is_read_again_as_itself(text in any::<String>()) {
            if let Ok(name) = PersonName::parse(&text) {
                prop_assert_eq!(PersonName::parse(name.as_str()), Ok(name.clone()));
                let json = serde_json::to_string(&name).unwrap();
                prop_assert_eq!(serde_json::from_str::<PersonName>(&json).unwrap(), name);
            }
            if let Ok(email) = Email::parse(&text) {
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email.clone()));
            }
        }
    }
}
