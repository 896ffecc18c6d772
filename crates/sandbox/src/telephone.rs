//! The part of Twilio's HTTP API that sends a text message: the same address, form, proof and signed callbacks. Nothing
//! rings anywhere; the mailbox page shows the messages.

use crate::{
    mail::Text,
    state::{Sandbox, fresh_id},
};
use axum::{
    Form, Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, Mac as _};
use http_body_util::Full;
use hyper::{Request, body::Bytes};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde::Deserialize;
use serde_json::json;
use sha1::Sha1;
use std::{sync::Arc, time::Duration};

/// Characters of a message.
const BODY_CHARS_MAX: usize = 1_600;
/// The longest that a callback may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Tries to tell what became of a message.
const TRIES: u32 = 8;
/// A number that does not exist.
const NOBODY: &str = "+15005550001";
/// A number that is never reached.
const UNREACHABLE: &str = "+15005550009";

/// The form of a message.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct NewText {
    to: String,
    from: String,
    body: String,
    #[serde(default)]
    status_callback: String,
}

/// `POST /2010-04-01/Accounts/{account}/Messages.json`.
pub(crate) async fn send(
    State(sandbox): State<Arc<Sandbox>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    Form(new): Form<NewText>,
) -> Response {
    let (known, token) = (&sandbox.config.sms_account, &sandbox.config.sms_token);
    let proof = format!("Basic {}", BASE64_STANDARD.encode(format!("{known}:{token}")));
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if given != Some(&proof) || account != *known {
        return refuse(StatusCode::UNAUTHORIZED, 20_003, "Authenticate");
    }
    if crate::faults::take(&mut sandbox.lock().faults.sms_fail_next) {
        return refuse(StatusCode::SERVICE_UNAVAILABLE, 20_503, "Service unavailable");
    }
    if !is_number(&new.to) || new.to == NOBODY {
        return refuse(StatusCode::BAD_REQUEST, 21_211, "Invalid 'To' Phone Number");
    }
    if new.body.is_empty() || new.body.chars().count() > BODY_CHARS_MAX {
        return refuse(StatusCode::BAD_REQUEST, 21_617, "The message body is empty or too long");
    }
    let sid = fresh_id("SM");
    let NewText { to, from, body, status_callback } = new;
    let answer = json!({ "sid": sid, "account_sid": account, "status": "queued", "to": to, "from": from, "body": body });
    let status = if to == UNREACHABLE { "undelivered" } else { "delivered" };
    sandbox.mailbox.put_text(Text { sid: sid.clone(), at: sandbox.now(), from, to, body, status: "queued" });
    tokio::spawn(tell(sandbox, sid, status, status_callback));
    (StatusCode::CREATED, Json(answer)).into_response()
}

fn refuse(status: StatusCode, code: u32, message: &str) -> Response {
    (status, Json(json!({ "status": status.as_u16(), "code": code, "message": message }))).into_response()
}

fn is_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0')
    })
}

/// Moves a message on and says so, again and again until somebody listens.
async fn tell(sandbox: Arc<Sandbox>, sid: String, status: &'static str, callback: String) {
    sandbox.mailbox.text_moved(&sid, status);
    if !callback.starts_with("http://") {
        return;
    }
    let mut fields = vec![("MessageSid", sid.as_str()), ("MessageStatus", status)];
    if status == "undelivered" {
        fields.push(("ErrorCode", "30005"));
    }
    let mut pause = Duration::from_millis(200);
    for _ in 0..TRIES {
        if post(&sandbox, &callback, &fields).await {
            return;
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
    tracing::warn!(sid, "gave up telling what became of a text message");
}

/// One signed callback; whether it was accepted.
async fn post(sandbox: &Sandbox, url: &str, fields: &[(&str, &str)]) -> bool {
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let form = serde_urlencoded::to_string(fields).unwrap_or_default();
    let request = Request::post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-twilio-signature", sign_form(&sandbox.config.sms_token, url, fields))
        .body(Full::from(form));
    let Ok(request) = request else { return false };
    let answer = tokio::time::timeout(TIMEOUT, client.request(request)).await;
    matches!(answer, Ok(Ok(response)) if response.status().is_success())
}

/// The `X-Twilio-Signature` of a form that is posted to `url`.
pub fn sign_form(token: &str, url: &str, fields: &[(&str, &str)]) -> String {
    let mut sorted = fields.to_vec();
    sorted.sort_unstable();
    let text: String = sorted.iter().map(|(name, value)| format!("{name}{value}")).collect();
    // HMAC takes keys of any length, so this cannot fail; an empty signature would be refused.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(token.as_bytes()) else { return String::new() };
    mac.update(format!("{url}{text}").as_bytes());
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

/// What a reader answers on the mailbox page.
#[derive(Deserialize)]
pub(crate) struct Reply {
    body: String,
}

/// `POST /mailbox/texts/{sid}/reply`: the reader's answer goes to the site, as the provider would send it.
pub(crate) async fn reply(
    State(sandbox): State<Arc<Sandbox>>,
    Path(sid): Path<String>,
    Form(reply): Form<Reply>,
) -> Response {
    let Some(text) = sandbox.mailbox.texts().into_iter().find(|text| text.sid == sid) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let url = sandbox.config.sms_inbound_url.clone();
    let body: String = reply.body.chars().take(BODY_CHARS_MAX).collect();
    let fresh = fresh_id("SM");
    let fields = [("MessageSid", fresh.as_str()), ("From", &text.to), ("To", &text.from), ("Body", &body)];
    if post(&sandbox, &url, &fields).await {
        Redirect::to("/mailbox").into_response()
    } else {
        (StatusCode::BAD_GATEWAY, "The site did not take the answer.").into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_signed_as_the_provider_does_it() {
        let fields = [
            ("To", "+18005551212"),
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+14158675309"),
            ("Digits", "1234"),
            ("From", "+14158675309"),
        ];
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
        assert_eq!(sign_form("12345", url, &fields), "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
    }

    #[test]
    fn numbers_are_told_from_other_texts() {
        assert!(is_number("+49301234567"));
        for text in ["49301234567", "+0123456789", "+49", "+49 30 1234567", ""] {
            assert!(!is_number(text), "{text}");
        }
    }
}
