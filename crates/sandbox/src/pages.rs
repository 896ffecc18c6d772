//! The hosted pages: plain HTML that needs no script.

mod html;
mod pay_page;

use crate::{
    cards::{Card, decline_message},
    model::{Draft, Intent, IntentStatus, Session, SessionStatus},
    state::{Attempt, Sandbox},
};
use axum::{
    Form,
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
pub(crate) use html::escape;
use html::{page, pay_again, plain};
use pay_page::{Entry, Problem};
use serde::Deserialize;
use std::sync::Arc;

const STYLE: &str = include_str!("../assets/sandbox.css");

/// `/pay/{session}?card=…`: a test card to fill in.
#[derive(Deserialize)]
pub(crate) struct Prefill {
    card: Option<String>,
}

/// The payment page.
pub(crate) async fn pay_form(
    State(sandbox): State<Arc<Sandbox>>,
    Path(id): Path<String>,
    Query(prefill): Query<Prefill>,
) -> Response {
    let (session, intent) = {
        let mut state = sandbox.lock();
        let session = state.session(&id, sandbox.now());
        let intent = session.as_ref().and_then(|session| state.intent(session.intent.as_deref()?));
        (session, intent)
    };
    let Some(session) = session else { return missing(&sandbox) };
    if session.status != SessionStatus::Open {
        return closed(&session);
    }
    match prefill.card.as_deref().and_then(Card::by_number) {
        Some(card) => page(StatusCode::OK, &pay_page::render(&session, &Entry::of_card(card), None)),
        None => {
            let entry = intent.as_ref().and_then(|intent| intent.draft.as_ref()).map(Entry::of_draft);
            let problem = intent.as_ref().and_then(failure_of);
            page(StatusCode::OK, &pay_page::render(&session, &entry.unwrap_or_default(), problem.as_ref()))
        }
    }
}

fn failure_of(intent: &Intent) -> Option<Problem> {
    let failure = intent.failure.as_ref()?;
    Some(Problem::declined(decline_message(&failure.code, failure.decline_code.as_deref())))
}

/// The page of a session that takes no payment any more.
fn closed(session: &Session) -> Response {
    let paid = session.status == SessionStatus::Complete;
    let back = if paid { Some(success_url(session)) } else { session.cancel_url.clone() };
    let body = if paid {
        pay_again(
            "This is paid",
            "The payment went through once. Nothing more will be taken.",
            back,
            "See your order",
        )
    } else {
        let text = "This payment page is closed, and nothing was taken. Your seats may still be there: go back to see.";
        pay_again("This page has expired", text, back, "Back to the tickets")
    };
    page(if paid { StatusCode::OK } else { StatusCode::GONE }, &body)
}

fn success_url(session: &Session) -> String {
    session.success_url.replace("{CHECKOUT_SESSION_ID}", &session.id)
}

/// How a posted form ended.
enum Outcome {
    Missing,
    Closed(Session),
    Refused(Session, StatusCode, Problem),
    Challenged(String),
    Paid(Session),
}

/// The payment form, sent.
pub(crate) async fn pay(
    State(sandbox): State<Arc<Sandbox>>,
    Path(id): Path<String>,
    Form(entry): Form<Entry>,
) -> Response {
    let outcome = attempt(&sandbox, &id, &entry);
    sandbox.wake.notify_one();
    match outcome {
        Outcome::Missing => missing(&sandbox),
        Outcome::Closed(session) => closed(&session),
        Outcome::Refused(session, status, problem) => {
            page(status, &pay_page::render(&session, &entry, Some(&problem)))
        }
        Outcome::Challenged(intent) => Redirect::to(&format!("/authenticate/{intent}")).into_response(),
        Outcome::Paid(session) => Redirect::to(&success_url(&session)).into_response(),
    }
}

/// One step under the lock: a session that is being expired and one that is being paid cannot both win.
fn attempt(sandbox: &Sandbox, id: &str, entry: &Entry) -> Outcome {
    let now = sandbox.now();
    let mut state = sandbox.lock();
    let Some(mut session) = state.session(id, now) else { return Outcome::Missing };
    if session.status != SessionStatus::Open {
        return Outcome::Closed(session);
    }
    let card = match entry.check(now) {
        Ok(card) => card,
        Err(problem) => return Outcome::Refused(session, StatusCode::UNPROCESSABLE_ENTITY, problem),
    };
    let mut intent = state.intent_of(&mut session, now);
    let draft = Draft { number: card.spaced(), expiry: entry.expiry.clone(), name: entry.name.clone() };
    intent.draft = Some(draft);
    let (ended, intent) = state.attempt(intent, card, now);
    match ended {
        Attempt::Paid => Outcome::Paid(session),
        Attempt::Challenged => Outcome::Challenged(intent.id),
        Attempt::Declined => {
            let problem = failure_of(&intent).unwrap_or_else(|| Problem::declined("Your card was declined."));
            Outcome::Refused(session, StatusCode::PAYMENT_REQUIRED, problem)
        }
    }
}

/// The bank's question.
pub(crate) async fn challenge_form(State(sandbox): State<Arc<Sandbox>>, Path(id): Path<String>) -> Response {
    let Some((intent, waits, _)) = challenged(&sandbox, &id) else { return missing(&sandbox) };
    if !waits {
        return after_challenge(&intent);
    }
    page(StatusCode::OK, &pay_page::challenge(&intent))
}

/// The payment, whether it waits for the buyer's answer, and its session when it was paid.
fn challenged(sandbox: &Sandbox, id: &str) -> Option<(Intent, bool, Option<Session>)> {
    let now = sandbox.now();
    let mut state = sandbox.lock();
    let session = state.intent(id)?.session.and_then(|session| state.session(&session, now));
    // Read again: the session may just have expired, and the payment with it.
    let intent = state.intent(id)?;
    let open = session.as_ref().is_none_or(|session| session.status == SessionStatus::Open);
    let waits = open && intent.status == IntentStatus::RequiresAction;
    Some((intent, waits, session))
}

fn after_challenge(intent: &Intent) -> Response {
    match (&intent.session, &intent.return_url) {
        (Some(session), _) => Redirect::to(&format!("/pay/{session}")).into_response(),
        (None, Some(url)) if url.starts_with("http://") || url.starts_with("https://") => {
            let mark = if url.contains('?') { '&' } else { '?' };
            Redirect::to(&format!("{url}{mark}payment_intent={}", intent.id)).into_response()
        }
        (None, _) => {
            page(StatusCode::OK, &plain("Thank you", "Your bank has your answer. You can close this page."))
        }
    }
}

/// The buyer's answer to the bank.
#[derive(Deserialize)]
pub(crate) struct Answer {
    outcome: String,
}

/// The bank's question, answered.
pub(crate) async fn challenge(
    State(sandbox): State<Arc<Sandbox>>,
    Path(id): Path<String>,
    Form(answer): Form<Answer>,
) -> Response {
    let (intent, paid) = {
        let Some((intent, waits, session)) = challenged(&sandbox, &id) else { return missing(&sandbox) };
        let now = sandbox.now();
        let mut state = sandbox.lock();
        // Between the two locks another tab may have answered.
        let waits =
            waits && state.intent(&id).is_some_and(|intent| intent.status == IntentStatus::RequiresAction);
        match (waits, answer.outcome.as_str()) {
            (true, "complete") => (state.capture(intent, now), session),
            (true, _) => {
                let code = "payment_intent_authentication_failure";
                (state.refuse(intent, code, None, now), None)
            }
            (false, _) => (intent, None),
        }
    };
    sandbox.wake.notify_one();
    match paid {
        Some(session) => Redirect::to(&success_url(&session)).into_response(),
        None => after_challenge(&intent),
    }
}

/// What this place is.
pub(crate) async fn home() -> Response {
    let text = "A stand-in for the payment provider. It takes no money; docs/sandbox.md says what it speaks.";
    page(StatusCode::OK, &plain("Test payments", text))
}

/// No such page.
pub(crate) async fn not_found(State(sandbox): State<Arc<Sandbox>>) -> Response {
    missing(&sandbox)
}

fn missing(sandbox: &Sandbox) -> Response {
    let text = "There is no payment page at this address. Nothing was taken.";
    let shop = sandbox.config.shop();
    page(StatusCode::NOT_FOUND, &pay_again("Not found", text, shop, "Back to the tickets"))
}

/// The style sheet.
pub(crate) async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=3600")], STYLE)
        .into_response()
}
