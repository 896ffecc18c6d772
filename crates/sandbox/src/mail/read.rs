//! A letter, read for people.

use mail_parser::{MessageParser, MimeHeaders as _};

/// A letter's parts.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub subject: String,
    pub from: String,
    pub to: String,
    pub text: Option<String>,
    pub html: Option<String>,
    /// Files and inline pictures, in order.
    pub parts: Vec<Part>,
}

/// A file or an inline picture.
#[derive(Debug)]
pub(crate) struct Part {
    pub name: Option<String>,
    /// `image/png`.
    pub kind: String,
    /// Its name inside the letter, without brackets.
    pub content_id: Option<String>,
    pub bytes: Vec<u8>,
}

impl Reading {
    /// Reads a letter; what cannot be read is left empty.
    pub(crate) fn of(raw: &[u8]) -> Self {
        let Some(message) = MessageParser::default().parse(raw) else { return Self::default() };
        let address = |list: Option<&mail_parser::Address<'_>>| {
            let names = list.into_iter().flat_map(|list| list.iter()).map(|one| {
                let address = one.address().unwrap_or_default();
                one.name().map_or_else(|| address.to_owned(), |name| format!("{name} <{address}>"))
            });
            names.collect::<Vec<_>>().join(", ")
        };
        let parts = message.attachments().map(|part| {
            let kind = part.content_type().map_or_else(
                || "application/octet-stream".to_owned(),
                |kind| {
                    format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or("octet-stream")).to_lowercase()
                },
            );
            Part {
                name: part.attachment_name().map(str::to_owned),
                kind,
                content_id: part.content_id().map(|id| id.trim_matches(['<', '>']).to_owned()),
                bytes: part.contents().to_vec(),
            }
        });
        Self {
            subject: message.subject().unwrap_or_default().to_owned(),
            from: address(message.from()),
            to: address(message.to()),
            text: message.body_text(0).map(Into::into),
            html: message.body_html(0).map(Into::into),
            parts: parts.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_comes_apart_into_words_pictures_and_files() {
        let raw = "From: House <a@b.c>\r\nTo: x@y.z\r\nSubject: =?utf-8?b?R3LDvMOfZQ==?=\r\nMIME-Version: 1.0\r\n\
            Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n\
            --a\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nplain\r\n--a\r\nContent-Type: multipart/related; boundary=r\r\n\r\n\
            --r\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<img src=\"cid:p@x\">\r\n--r\r\nContent-Type: image/png\r\n\
            Content-ID: <p@x>\r\nContent-Disposition: inline\r\nContent-Transfer-Encoding: base64\r\n\r\nAQID\r\n--r--\r\n--a--\r\n\
            --m\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"t.pdf\"\r\n\r\n%PDF\r\n--m--\r\n";
        let reading = Reading::of(raw.as_bytes());
        assert_eq!((reading.subject.as_str(), reading.from.as_str()), ("Grüße", "House <a@b.c>"));
        assert_eq!(reading.text.unwrap().trim(), "plain");
        assert!(reading.html.unwrap().contains("cid:p@x"));
        let picture = reading.parts.iter().find(|part| part.content_id.as_deref() == Some("p@x")).unwrap();
        assert_eq!((picture.kind.as_str(), picture.bytes.as_slice()), ("image/png", &[1_u8, 2, 3][..]));
        let file = reading.parts.iter().find(|part| part.name.as_deref() == Some("t.pdf")).unwrap();
        assert_eq!(file.bytes, b"%PDF");
    }
}
