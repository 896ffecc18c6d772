//! The payment form and the bank's question.

use super::html::{Body, amount, escape};
use crate::{
    cards::{CARDS, Card},
    model::{Draft, Intent, Session},
};
use chrono::{DateTime, Datelike as _};
use serde::Deserialize;
use std::fmt::Write as _;

/// The form's fields as they were typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Entry {
    pub number: String,
    pub expiry: String,
    pub cvc: String,
    pub name: String,
}

/// What is wrong, and with which fields.
pub(crate) struct Problem {
    summary: String,
    fields: Vec<(&'static str, &'static str)>,
}

impl Problem {
    /// The bank said no.
    pub(crate) fn declined(message: &str) -> Self {
        let summary =
            format!("{message} Nothing was taken, and your seats are still held: try another card.");
        Self { summary, fields: Vec::new() }
    }

    fn of(&self, field: &str) -> Option<&'static str> {
        self.fields.iter().find(|(name, _)| *name == field).map(|(_, text)| *text)
    }
}

impl Entry {
    /// A test card, filled in.
    pub(crate) fn of_card(card: &Card) -> Self {
        Self {
            number: card.spaced(),
            expiry: "12 / 34".to_owned(),
            cvc: "123".to_owned(),
            name: "Test Buyer".to_owned(),
        }
    }

    /// What was typed before a failed challenge.
    pub(crate) fn of_draft(draft: &Draft) -> Self {
        let Draft { number, expiry, name } = draft.clone();
        Self { number, expiry, name, cvc: String::new() }
    }

    /// The card, or every fault at once.
    pub(crate) fn check(&self, now: i64) -> Result<&'static Card, Problem> {
        let card = Card::by_number(&self.number);
        let mut fields = Vec::new();
        if card.is_none() {
            fields.push((
                "number",
                "Use one of the test cards listed on this page; real cards are never accepted.",
            ));
        }
        if !self.expires_later_than(now) {
            fields.push(("expiry", "Write a month and year in the future, like 12 / 34."));
        }
        if !(3..=4).contains(&self.cvc.trim().len())
            || !self.cvc.trim().bytes().all(|byte| byte.is_ascii_digit())
        {
            fields.push(("cvc", "Write any three digits."));
        }
        if self.name.trim().is_empty() {
            fields.push(("name", "Write a name."));
        }
        match card {
            Some(card) if fields.is_empty() => Ok(card),
            _ => Err(Problem {
                summary: "Please correct what is marked below. Nothing was taken.".to_owned(),
                fields,
            }),
        }
    }

    /// A card is good until the end of its month.
    fn expires_later_than(&self, now: i64) -> bool {
        let digits: String = self.expiry.chars().filter(char::is_ascii_digit).collect();
        let read = || {
            Some((
                digits.get(..2)?.parse::<u32>().ok()?,
                digits.get(digits.len() - 2..)?.parse::<i32>().ok()?,
            ))
        };
        let (Some((month, year)), Some(now)) = (read(), DateTime::from_timestamp(now, 0)) else {
            return false;
        };
        let length = matches!(digits.len(), 4 | 6);
        length && (1..=12).contains(&month) && (2_000 + year, month) >= (now.year(), now.month())
    }
}

/// One labelled field with its fault beside it.
fn field(
    out: &mut String,
    (name, label, value): (&'static str, &str, &str),
    attributes: &str,
    problem: Option<&Problem>,
) {
    let fault = problem.and_then(|problem| problem.of(name));
    let (state, note) = match fault {
        Some(text) => (
            format!(r#" aria-invalid="true" aria-describedby="{name}-fault""#),
            format!(r#"<p class="fault" id="{name}-fault">{}</p>"#, escape(text)),
        ),
        None => (String::new(), String::new()),
    };
    let value = escape(value);
    let _ = write!(
        out,
        r#"<div class="field"><label for="{name}">{label}</label><input id="{name}" name="{name}" value="{value}" {attributes}{state} required>{note}</div>"#
    );
}

fn form(session: &Session, entry: &Entry, problem: Option<&Problem>) -> String {
    let mut out = String::new();
    if let Some(problem) = problem {
        let _ = write!(out, r#"<div class="problem" role="alert"><p>{}</p></div>"#, escape(&problem.summary));
    }
    let _ = write!(out, r#"<form method="post" action="/pay/{}">"#, escape(&session.id));
    let numeric = r#"inputmode="numeric""#;
    field(
        &mut out,
        ("number", "Card number", &entry.number),
        &format!(r#"{numeric} autocomplete="cc-number" maxlength="24" placeholder="4242 4242 4242 4242""#),
        problem,
    );
    out.push_str(r#"<div class="pair">"#);
    field(
        &mut out,
        ("expiry", "Expiry (MM / YY)", &entry.expiry),
        &format!(r#"{numeric} autocomplete="cc-exp" maxlength="9" placeholder="12 / 34""#),
        problem,
    );
    field(
        &mut out,
        ("cvc", "CVC", &entry.cvc),
        &format!(r#"{numeric} autocomplete="cc-csc" maxlength="4" placeholder="123""#),
        problem,
    );
    out.push_str("</div>");
    field(
        &mut out,
        ("name", "Name on the card", &entry.name),
        r#"autocomplete="cc-name" maxlength="100""#,
        problem,
    );
    let total = escape(&amount(session.amount, &session.currency));
    let _ = write!(out, r#"<button type="submit">Pay {total}</button></form>"#);
    if let Some(url) = &session.cancel_url {
        let _ = write!(out, r#"<p class="back"><a href="{}">Go back without paying</a></p>"#, escape(url));
    }
    out
}

fn order(session: &Session) -> String {
    let mut out = String::from(r#"<ul class="lines">"#);
    for line in &session.lines {
        let times = if line.quantity > 1 { format!("{} × ", line.quantity) } else { String::new() };
        let price = amount(line.unit_amount * line.quantity, &session.currency);
        let _ = write!(
            out,
            "<li><span>{times}{}</span> <span>{}</span></li>",
            escape(&line.name),
            escape(&price)
        );
    }
    let total = escape(&amount(session.amount, &session.currency));
    let _ = write!(out, r#"</ul><p class="total"><span>Total</span> <span>{total}</span></p>"#);
    if let Some(email) = &session.email {
        let _ = write!(out, r#"<p class="muted">Receipt to {}</p>"#, escape(email));
    }
    out
}

fn test_cards(session: &Session) -> String {
    let mut out = String::new();
    for card in CARDS.iter().filter(|card| card.listed) {
        let (number, spaced, label) = (card.number, card.spaced(), card.label);
        let _ = write!(
            out,
            r#"<li><a href="/pay/{}?card={number}"><span class="number">{spaced}</span> <span class="muted">{label}</span></a></li>"#,
            escape(&session.id)
        );
    }
    out
}

/// The payment page of an open session.
pub(super) fn render(session: &Session, entry: &Entry, problem: Option<&Problem>) -> Body {
    let total = amount(session.amount, &session.currency);
    let main = format!(
        r#"<h1>Pay <span class="sum">{}</span></h1>
<div class="columns">
<section class="card" aria-labelledby="card-heading"><h2 id="card-heading">Card</h2>{}</section>
<div class="side">
<section aria-labelledby="order-heading"><h2 id="order-heading">Your order</h2>{}</section>
<section aria-labelledby="cards-heading"><h2 id="cards-heading">Test cards</h2>
<p class="muted">Choose one to fill in the form.</p><ul class="cards">{}</ul></section>
</div>
</div>"#,
        escape(&total),
        form(session, entry, problem),
        order(session),
        test_cards(session)
    );
    let fault = if problem.is_some() { "Not paid yet: " } else { "" };
    Body { title: format!("{fault}Pay {total}"), main }
}

/// The bank's question.
pub(super) fn challenge(intent: &Intent) -> Body {
    let sum = escape(&amount(intent.amount, &intent.currency));
    let main = format!(
        r#"<div class="card lone"><h1>Is it you?</h1>
<p>Your bank asks whether you want to pay <strong>{sum}</strong>. This is the 3-D Secure test page: choose how it ends.</p>
<form method="post" action="/authenticate/{}" class="actions">
<button type="submit" name="outcome" value="complete">Complete authentication</button>
<button type="submit" name="outcome" value="fail" class="quiet">Fail authentication</button>
</form></div>"#,
        escape(&intent.id)
    );
    Body { title: "3-D Secure".to_owned(), main }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOV_2026: i64 = 1_795_000_000;

    #[test]
    fn a_card_is_good_until_the_end_of_its_month() {
        for (expiry, good) in [
            ("12 / 34", true),
            ("11/26", true),
            ("10/26", false),
            ("13/30", false),
            ("1230", true),
            ("12/2030", true),
            ("", false),
            ("1/3", false),
            ("é/34", false),
        ] {
            let entry = Entry { expiry: expiry.to_owned(), ..Entry::of_card(&CARDS[0]) };
            assert_eq!(entry.check(NOV_2026).is_ok(), good, "{expiry}");
        }
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let problem = Entry::default().check(NOV_2026).err().unwrap();
        assert_eq!(
            problem.fields.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
            ["number", "expiry", "cvc", "name"]
        );
    }
}
