//! What a mail server answers to each line (RFC 5321), without a socket.

/// Bytes of one message; what is announced as SIZE.
pub(super) const MESSAGE_BYTES_MAX: usize = 8 * 1_024 * 1_024;
/// Readers of one message.
const RECIPIENTS_MAX: usize = 100;
/// Mail to this domain is refused for good, to try what happens then.
const REFUSED_DOMAIN: &str = "@refused.example";

/// What comes next after a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Say this and go on.
    Say(String),
    /// Say this, then read the message up to its dot.
    ReadMessage(String),
    /// Say this and hang up.
    Leave(String),
}

/// One conversation.
#[derive(Debug, Default)]
pub(super) struct Session {
    greeted: bool,
    from: Option<String>,
    to: Vec<String>,
}

impl Session {
    /// The answer to a command. `busy` makes the next MAIL fail for now.
    pub(super) fn answer(&mut self, line: &str, busy: impl FnOnce() -> bool) -> Step {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let say = |text: &str| Step::Say(text.to_owned());
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" | "HELO" if rest.trim().is_empty() => say("501 5.5.4 Say who you are"),
            "EHLO" => {
                self.reset();
                self.greeted = true;
                say(&format!(
                    "250-sandbox\r\n250-SIZE {MESSAGE_BYTES_MAX}\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES"
                ))
            }
            "HELO" => {
                self.reset();
                self.greeted = true;
                say("250 sandbox")
            }
            "NOOP" => say("250 2.0.0 Still here"),
            "RSET" => {
                self.reset();
                say("250 2.0.0 Forgotten")
            }
            "QUIT" => Step::Leave("221 2.0.0 Goodbye".into()),
            "VRFY" => say("252 2.1.5 Send it and see"),
            "MAIL" => self.mail(rest, busy),
            "RCPT" => self.rcpt(rest),
            "DATA" if !rest.trim().is_empty() => say("501 5.5.4 DATA stands alone"),
            "DATA" if self.from.is_none() || self.to.is_empty() => say("503 5.5.1 MAIL and RCPT come first"),
            "DATA" => Step::ReadMessage("354 Go on, end with a dot".into()),
            _ => say("500 5.5.2 No such command here"),
        }
    }

    fn mail(&mut self, rest: &str, busy: impl FnOnce() -> bool) -> Step {
        let say = |text: &str| Step::Say(text.to_owned());
        if !self.greeted {
            return say("503 5.5.1 EHLO comes first");
        }
        if self.from.is_some() {
            return say("503 5.5.1 One message at a time");
        }
        let Some((address, parameters)) = path(rest, "FROM:") else {
            return say("501 5.1.7 MAIL FROM:<address>");
        };
        let size = parameters.split(' ').find_map(|p| p.strip_prefix("SIZE=")?.parse::<usize>().ok());
        if size.is_some_and(|size| size > MESSAGE_BYTES_MAX) {
            return say("552 5.3.4 Too large");
        }
        if busy() {
            return say("451 4.3.0 Come again later");
        }
        self.from = Some(address);
        say("250 2.1.0 Who reads it?")
    }

    fn rcpt(&mut self, rest: &str) -> Step {
        let say = |text: &str| Step::Say(text.to_owned());
        if self.from.is_none() {
            return say("503 5.5.1 MAIL comes first");
        }
        match path(rest, "TO:") {
            Some((address, _)) if address.is_empty() => say("501 5.1.3 RCPT TO:<address>"),
            Some((address, _)) if address.to_ascii_lowercase().ends_with(REFUSED_DOMAIN) => {
                say("550 5.1.1 Nobody of that name here")
            }
            Some(_) if self.to.len() >= RECIPIENTS_MAX => say("452 4.5.3 Too many readers"),
            Some((address, _)) => {
                self.to.push(address);
                say("250 2.1.5 Noted")
            }
            None => say("501 5.1.3 RCPT TO:<address>"),
        }
    }

    fn reset(&mut self) {
        self.from = None;
        self.to.clear();
    }

    /// The envelope, once the message is read; the next one may begin.
    pub(super) fn take_envelope(&mut self) -> (String, Vec<String>) {
        (self.from.take().unwrap_or_default(), std::mem::take(&mut self.to))
    }
}

/// `FROM:<a@b> SIZE=7` as the address and what follows it.
fn path<'a>(rest: &'a str, word: &str) -> Option<(String, &'a str)> {
    let rest = rest.trim_start();
    let (given, rest) = rest.split_at_checked(word.len())?;
    let inside = rest.trim_start().strip_prefix('<').filter(|_| given.eq_ignore_ascii_case(word))?;
    let (address, parameters) = inside.split_once('>')?;
    let fits = address.len() <= 320 && !address.contains(char::is_whitespace) && !address.contains('<');
    fits.then(|| (address.to_owned(), parameters.trim_start()))
}

/// A message line as it was meant: the sender doubled a leading dot.
pub(super) fn unstuffed(line: &[u8]) -> &[u8] {
    line.strip_prefix(b".").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(session: &mut Session, line: &str) -> String {
        match session.answer(line, || false) {
            Step::Say(text) | Step::ReadMessage(text) | Step::Leave(text) => text,
        }
    }

    #[test]
    fn a_conversation_keeps_its_order() {
        let mut session = Session::default();
        let table = [
            ("MAIL FROM:<a@b.c>", "503"),
            ("EHLO", "501"),
            ("EHLO me", "250-"),
            ("RCPT TO:<x@y.z>", "503"),
            ("DATA", "503"),
            ("mail from:<a@b.c> SIZE=100 BODY=8BITMIME", "250"),
            ("MAIL FROM:<a@b.c>", "503"),
            ("DATA", "503"),
            ("RCPT TO:x@y.z", "501"),
            ("RCPT TO:<nobody@refused.example>", "550"),
            ("RCPT TO:<x@y.z>", "250"),
            ("NOOP", "250"),
            ("STARTTLS", "500"),
            ("DATA", "354"),
        ];
        for (line, code) in table {
            assert!(say(&mut session, line).starts_with(code), "{line}");
        }
        assert_eq!(session.take_envelope(), ("a@b.c".into(), vec!["x@y.z".into()]));
        assert!(say(&mut session, "DATA").starts_with("503"), "the next message begins anew");
    }

    #[test]
    fn reset_forgets_and_limits_hold() {
        let mut session = Session::default();
        say(&mut session, "EHLO me");
        assert!(
            say(&mut session, &format!("MAIL FROM:<a@b.c> SIZE={}", MESSAGE_BYTES_MAX + 1))
                .starts_with("552")
        );
        assert!(
            matches!(session.answer("MAIL FROM:<a@b.c>", || true), Step::Say(text) if text.starts_with("451"))
        );
        assert!(say(&mut session, "MAIL FROM:<>").starts_with("250"));
        for n in 0..RECIPIENTS_MAX {
            assert!(say(&mut session, &format!("RCPT TO:<r{n}@y.z>")).starts_with("250"));
        }
        assert!(say(&mut session, "RCPT TO:<one-more@y.z>").starts_with("452"));
        say(&mut session, "RSET");
        assert!(say(&mut session, "DATA").starts_with("503"));
        assert!(matches!(session.answer("QUIT", || false), Step::Leave(_)));
    }

    #[test]
    fn a_doubled_dot_is_one() {
        assert_eq!(unstuffed(b"..x"), b".x");
        assert_eq!(unstuffed(b"x."), b"x.");
    }
}
