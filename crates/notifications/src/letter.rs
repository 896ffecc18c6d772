//! A mail before it is sent, and as what travels.

use crate::{SendError, subject::one_line};
use chrono::{DateTime, Utc};
use lettre::{
    Message,
    message::{
        Attachment as Part, Mailbox, MultiPart, SinglePart,
        header::{ContentType, HeaderName, HeaderValue},
    },
};

/// A mail: the same words twice, pictures in it, files with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The reader's address.
    pub to: String,
    /// The reader's name.
    pub to_name: String,
    /// On one line.
    pub subject: String,
    /// The words as a page.
    pub html: String,
    /// The words alone.
    pub text: String,
    /// Pictures that the page shows by `cid:`.
    pub images: Vec<InlineImage>,
    /// Files.
    pub attachments: Vec<Attachment>,
}

/// A picture inside a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlineImage {
    /// Its name (`code-1@tickets`); the page shows `cid:code-1@tickets`.
    pub id: String,
    /// The picture.
    pub png: Vec<u8>,
}

/// A file with a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub kind: &'static str,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl Letter {
    /// The mail as it travels. `id` names it for ever: sent twice, a mail program shows it once.
    ///
    /// # Errors
    /// [`SendError::Permanent`] when the address is none.
    pub(crate) fn message(&self, from: &Mailbox, id: &str, at: DateTime<Utc>) -> Result<Message, SendError> {
        let broken = |what: &str| SendError::Permanent(format!("{what} cannot be written"));
        let address = ascii_domain(&self.to).parse().map_err(|_| broken("the address"))?;
        let to = Mailbox::new(Some(one_line(&self.to_name, 120)), address);
        let message_id = format!("<{id}@{}>", from.email.domain());
        Message::builder()
            .from(from.clone())
            .to(to)
            .subject(one_line(&self.subject, 200))
            .date(at.into())
            .message_id(Some(message_id))
            // No answering machine shall answer (RFC 3834).
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .multipart(self.body()?)
            .map_err(|_| broken("the message"))
    }

    /// The parts, the plainest first: mixed(alternative(text, related(page, pictures)), files).
    fn body(&self) -> Result<MultiPart, SendError> {
        let kind = |text: &str| {
            ContentType::parse(text).map_err(|_| SendError::Permanent(format!("{text} is no media type")))
        };
        let mut page = MultiPart::related().singlepart(SinglePart::html(self.html.clone()));
        for image in &self.images {
            let part = Part::new_inline(image.id.clone()).body(image.png.clone(), kind("image/png")?);
            page = page.singlepart(part);
        }
        let words = MultiPart::alternative().singlepart(SinglePart::plain(self.text.clone()));
        let words = if self.images.is_empty() {
            words.singlepart(SinglePart::html(self.html.clone()))
        } else {
            words.multipart(page)
        };
        if self.attachments.is_empty() {
            return Ok(words);
        }
        let mut whole = MultiPart::mixed().multipart(words);
        for file in &self.attachments {
            let part = Part::new(file.name.clone()).body(file.bytes.clone(), kind(file.kind)?);
            whole = whole.singlepart(part);
        }
        Ok(whole)
    }
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// The domain as it is written in the wires of the net: `müller.de` is `xn--mller-kva.de`.
fn ascii_domain(address: &str) -> String {
    let Some((local, domain)) = address.rsplit_once('@') else { return address.to_owned() };
    match url::Host::parse(domain) {
        Ok(url::Host::Domain(ascii)) => format!("{local}@{ascii}"),
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone as _;

    fn letter() -> Letter {
        Letter {
            to: "jürgen@müller.de".into(),
            to_name: "Jürgen\r\nBcc: x@y.z".into(),
            subject: "Hello\r\nBcc: x@y.z".into(),
            html: "<p>Grüße</p>".into(),
            text: "Grüße".into(),
            images: vec![InlineImage { id: "code-1@tickets".into(), png: vec![1, 2, 3] }],
            attachments: vec![Attachment {
                name: "a.pdf".into(),
                kind: "application/pdf",
                bytes: vec![0; 2_000],
            }],
        }
    }

    fn written(letter: &Letter) -> String {
        let from = "The House <tickets@house.example>".parse().unwrap();
        let at = Utc.with_ymd_and_hms(2026, 11, 22, 10, 0, 0).unwrap();
        String::from_utf8(letter.message(&from, "d1", at).unwrap().formatted()).unwrap()
    }

    #[test]
    fn a_mail_has_its_name_its_date_and_no_line_of_a_stranger() {
        let text = written(&letter());
        assert!(text.contains("Message-ID: <d1@house.example>\r\n"), "{text}");
        assert!(text.contains("Date: Sun, 22 Nov 2026 10:00:00 +0000\r\n"), "{text}");
        assert!(text.contains("Auto-Submitted: auto-generated\r\n"), "{text}");
        assert!(text.contains("@xn--mller-kva.de"), "{text}");
        assert!(!text.contains("\r\nBcc:"), "{text}");
        assert!(text.lines().all(|line| line.len() <= 998));
        assert_eq!(text.replace("\r\n", "").find(['\r', '\n']), None, "bare line ends");
    }

    #[test]
    fn the_plainest_part_comes_first() {
        let text = written(&letter());
        let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what}: {text}"));
        let order = [
            "multipart/mixed",
            "multipart/alternative",
            "text/plain",
            "multipart/related",
            "text/html",
            "image/png",
            "application/pdf",
        ];
        assert!(order.windows(2).all(|pair| at(pair[0]) < at(pair[1])), "{text}");
        assert!(text.contains("Content-ID: <code-1@tickets>"), "{text}");
    }

    #[test]
    fn what_is_no_address_is_refused_for_good() {
        let letter = Letter { to: "nobody".into(), ..letter() };
        let from = "tickets@house.example".parse().unwrap();
        assert!(matches!(letter.message(&from, "d1", DateTime::UNIX_EPOCH), Err(SendError::Permanent(_))));
    }
}
