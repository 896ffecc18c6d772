//! A small JSON reader that finds what a plan's author must know and a general one hides: numbers that are not
//! finite (`1e999`, `NaN`) and keys that stand twice. It is bounded in depth and by the length of its input.

/// A JSON value. Objects keep their order and their doubles.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// Finite or not.
    Number(f64),
    /// A string.
    Text(String),
    /// `[…]`
    List(Vec<Json>),
    /// `{…}`
    Object(Vec<(String, Json)>),
}

/// Why the text is no JSON, and where.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SyntaxError {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) what: &'static str,
}

const DEPTH_MAX: u8 = 24;

/// Reads one JSON value.
pub(super) fn read(bytes: &[u8]) -> Result<Json, SyntaxError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let error_at = |at: usize, what| {
        let before = bytes.get(..at).unwrap_or(bytes);
        let line = before.iter().filter(|b| **b == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|b| **b != b'\n').count() + 1;
        SyntaxError { line, column, what }
    };
    let text = std::str::from_utf8(bytes).map_err(|e| error_at(e.valid_up_to(), "not UTF-8"))?;
    let mut scanner = Scanner { text, at: 0 };
    let value = scanner.value(0).and_then(|value| {
        scanner.space();
        if scanner.at == text.len() { Ok(value) } else { Err("text after the end") }
    });
    value.map_err(|what| error_at(scanner.at, what))
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

type Scan<T> = Result<T, &'static str>;

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self, depth: u8) -> Scan<Json> {
        if depth > DEPTH_MAX {
            return Err("nested too deeply");
        }
        self.space();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => self.string().map(Json::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => self.word(),
            None => Err("the text ends too early"),
        }
    }

    fn word(&mut self) -> Scan<Json> {
        let words = [
            ("null", Json::Null),
            ("true", Json::Bool(true)),
            ("false", Json::Bool(false)),
            ("NaN", Json::Number(f64::NAN)),
            ("Infinity", Json::Number(f64::INFINITY)),
            ("-Infinity", Json::Number(f64::NEG_INFINITY)),
        ];
        let rest = self.text.get(self.at..).unwrap_or_default();
        for (word, value) in words {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err("expected a value")
    }

    fn number(&mut self) -> Scan<Json> {
        let start = self.at;
        self.take(b'-');
        if self.peek() == Some(b'I') {
            self.at = start;
            return self.word();
        }
        while matches!(self.peek(), Some(b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')) {
            self.at += 1;
        }
        // `parse` gives infinity for what is too large: that is the point.
        let text = self.text.get(start..self.at).unwrap_or_default();
        text.parse().map(Json::Number).map_err(|_| "not a number")
    }

    fn list(&mut self, depth: u8) -> Scan<Json> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.take(b']') {
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            if self.take(b']') {
                return Ok(Json::List(items));
            }
            if !self.take(b',') {
                return Err("expected a comma or the end of the list");
            }
        }
    }

    fn object(&mut self, depth: u8) -> Scan<Json> {
        self.at += 1;
        let mut fields = Vec::new();
        self.space();
        if self.take(b'}') {
            return Ok(Json::Object(fields));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err("expected a key in quotes");
            }
            let key = self.string()?;
            self.space();
            if !self.take(b':') {
                return Err("expected a colon");
            }
            fields.push((key, self.value(depth + 1)?));
            self.space();
            if self.take(b'}') {
                return Ok(Json::Object(fields));
            }
            if !self.take(b',') {
                return Err("expected a comma or the end of the object");
            }
        }
    }

    fn string(&mut self) -> Scan<String> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let Some(len) = rest.bytes().position(|b| b == b'"' || b == b'\\' || b < 0x20) else {
                return Err("a string without an end");
            };
            out.push_str(rest.get(..len).unwrap_or_default());
            self.at += len;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    out.push(self.escape()?);
                }
                _ => return Err("a control character in a string"),
            }
        }
    }

    fn escape(&mut self) -> Scan<char> {
        let kind = self.peek().ok_or("a string without an end")?;
        self.at += 1;
        Ok(match kind {
            b'"' | b'\\' | b'/' => char::from(kind),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.hex4()?;
                let code = if (0xd800..0xdc00).contains(&first) {
                    if !(self.take(b'\\') && self.take(b'u')) {
                        return Err("half a character");
                    }
                    let second = self.hex4()?;
                    if !(0xdc00..0xe000).contains(&second) {
                        return Err("half a character");
                    }
                    0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
                } else {
                    first
                };
                char::from_u32(code).ok_or("half a character")?
            }
            _ => return Err("an unknown escape"),
        })
    }

    fn hex4(&mut self) -> Scan<u32> {
        let digits = self.text.get(self.at..self.at + 4).ok_or("an unknown escape")?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err("an unknown escape");
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).map_err(|_| "an unknown escape")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(json: &Json) -> serde_json::Value {
        match json {
            Json::Null => serde_json::Value::Null,
            Json::Bool(b) => (*b).into(),
            Json::Number(n) => (*n).into(),
            Json::Text(t) => t.clone().into(),
            Json::List(items) => items.iter().map(plain).collect(),
            Json::Object(fields) => {
                serde_json::Value::Object(fields.iter().map(|(k, v)| (k.clone(), plain(v))).collect())
            }
        }
    }

    #[test]
    fn it_reads_what_a_general_reader_reads() {
        for text in [
            r#"{"a":[1,-2.5e3,true,null,"x\n\u00e9\ud83c\udfad"],"b":{}}"#,
            "[]",
            " \n 0 ",
            r#""""#,
            "[[[1]]]",
        ] {
            let ours = plain(&read(text.as_bytes()).unwrap()).to_string();
            let theirs: serde_json::Value = serde_json::from_str(text).unwrap();
            let theirs = theirs.to_string().replace("[1,-2500.0", "[1.0,-2500.0").replace("[1]", "[1.0]");
            assert_eq!(ours, if theirs == "0" { "0.0".into() } else { theirs });
        }
    }

    #[test]
    fn what_is_not_finite_is_kept_for_the_check_and_what_is_no_json_has_a_place() {
        assert_eq!(read(b"1e999"), Ok(Json::Number(f64::INFINITY)));
        assert_eq!(read(b"[-Infinity]"), Ok(Json::List(vec![Json::Number(f64::NEG_INFINITY)])));
        let error = read(b"{\"a\":\n  [1,,2]}").unwrap_err();
        assert_eq!((error.line, error.column), (2, 6));
        assert_eq!(read("[".repeat(5_000).as_bytes()).unwrap_err().what, "nested too deeply");
    }

    proptest! {
        #[test]
        fn random_text_never_panics(text in ".{0,60}") {
            let _ = read(text.as_bytes());
        }

        #[test]
        fn random_json_like_text_never_panics(text in r#"[\[\]{}",:\\u0-9a-f.eE+\- ]{0,80}"#) {
            let _ = read(text.as_bytes());
        }
    }
}
