//! Text messages over Twilio's HTTP API: a form, basic authentication, signed callbacks.

use crate::{ConfigError, Secret, SendError, SmsSettings, subject::one_line};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use hmac::{Hmac, Mac};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{Request, header};
use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde::Deserialize;
use sha1::Sha1;
use std::time::Duration;

/// The longest that one call may take.
const TIMEOUT: Duration = Duration::from_secs(15);
/// Bytes of an answer that are read.
const ANSWER_BYTES_MAX: usize = 64 * 1_024;

/// A text message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sms {
    /// The reader's number (E.164).
    pub to: String,
    /// The words.
    pub body: String,
    /// Where the provider tells what became of it.
    pub status_callback: String,
}

/// Speaks to the provider. Cheap to clone.
#[derive(Clone)]
pub struct TextSender {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    settings: SmsSettings,
}

impl std::fmt::Debug for TextSender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TextSender({})", self.settings.api_base)
    }
}

/// The part of an answer that is read: the message's name, or why there is none.
#[derive(Default, Deserialize)]
struct Answer {
    #[serde(default)]
    sid: String,
    #[serde(default)]
    code: u32,
    #[serde(default)]
    message: String,
}

impl TextSender {
    /// A sender; opens no connection yet.
    ///
    /// # Errors
    /// When the address is none.
    pub fn new(settings: &SmsSettings) -> Result<Self, ConfigError> {
        let base = &settings.api_base;
        if !base.starts_with("https://") && !base.starts_with("http://") {
            return Err(ConfigError::SmsBase);
        }
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_webpki_roots()
            .https_or_http()
            .enable_http1()
            .build();
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self { client, settings: settings.clone() })
    }

    /// Hands a message over; answers the provider's name of it. Not repeatable: sent twice is read twice.
    ///
    /// # Errors
    /// [`SendError::Permanent`] when the number or the message is refused, [`SendError::Transient`] otherwise.
    pub async fn send(&self, sms: &Sms) -> Result<String, SendError> {
        let request = self.request(sms)?;
        let broken = |what: String| SendError::Transient(one_line(&what, 300));
        let call = async {
            let answer = self.client.request(request).await.map_err(|error| broken(error.to_string()))?;
            let status = answer.status().as_u16();
            let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await;
            let body = body.map_err(|error| broken(error.to_string()))?.to_bytes();
            Ok((status, serde_json::from_slice::<Answer>(&body).unwrap_or_default()))
        };
        let answered = tokio::time::timeout(TIMEOUT, call).await;
        let (status, answer) = answered.map_err(|_| broken("no answer in time".into()))??;
        meaning(status, answer)
    }

    fn request(&self, sms: &Sms) -> Result<Request<Full<Bytes>>, SendError> {
        let SmsSettings { api_base, account, token, from } = &self.settings;
        let form = [
            ("To", sms.to.as_str()),
            ("From", from.as_str()),
            ("Body", sms.body.as_str()),
            ("StatusCallback", sms.status_callback.as_str()),
        ];
        let form =
            serde_urlencoded::to_string(form).map_err(|error| SendError::Permanent(error.to_string()))?;
        let proof = BASE64_STANDARD.encode(format!("{account}:{}", token.expose()));
        Request::post(format!("{api_base}/2010-04-01/Accounts/{account}/Messages.json"))
            .header(header::AUTHORIZATION, format!("Basic {proof}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Full::from(form))
            .map_err(|error| SendError::Permanent(error.to_string()))
    }
}

fn meaning(status: u16, answer: Answer) -> Result<String, SendError> {
    let text = || one_line(&format!("{status}, {}: {}", answer.code, answer.message), 300);
    match status {
        200..300 if !answer.sid.is_empty() => Ok(answer.sid),
        // Anything else may go through later, also when our own account is refused (401, 403): that can be mended.
        401 | 403 | 429 => Err(SendError::Transient(text())),
        400..=499 => Err(SendError::Permanent(text())),
        _ => Err(SendError::Transient(text())),
    }
}

/// Whether a callback is the provider's: HMAC-SHA1 with the account's token over the address that was called and the
/// form's fields, sorted by name, compared in constant time.
pub fn signature_fits(token: &Secret, url: &str, fields: &[(String, String)], signature: &str) -> bool {
    let Ok(given) = BASE64_STANDARD.decode(signature) else { return false };
    mac(token, url, fields).verify_slice(&given).is_ok()
}

fn mac(token: &Secret, url: &str, fields: &[(String, String)]) -> Hmac<Sha1> {
    let mut fields: Vec<&(String, String)> = fields.iter().collect();
    fields.sort();
    let mut mac = Hmac::<Sha1>::new_from_slice(token.expose().as_bytes())
        .unwrap_or_else(|_| unreachable!("any key length serves"));
    mac.update(url.as_bytes());
    for (name, value) in fields {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_signature_of_the_providers_own_example_fits() {
        // From Twilio's documentation of request validation.
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
        let form = fields(&[
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+14158675309"),
            ("Digits", "1234"),
            ("From", "+14158675309"),
            ("To", "+18005551212"),
        ]);
        let token = Secret::new("12345");
        let good = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
        assert!(signature_fits(&token, url, &form, good));
        let mut other = form.clone();
        other.reverse();
        assert!(signature_fits(&token, url, &other, good), "the order of fields does not matter");
        assert!(!signature_fits(&Secret::new("12346"), url, &form, good));
        assert!(!signature_fits(&token, "https://mycompany.com/myapp.php?foo=1", &form, good));
        other[0].1.push('1');
        assert!(!signature_fits(&token, url, &other, good));
        assert!(!signature_fits(&token, url, &form, "") && !signature_fits(&token, url, &form, "%%"));
    }

    #[test]
    fn a_refused_number_is_told_from_a_busy_provider() {
        let answer = |sid: &str| Answer { sid: sid.into(), code: 21_211, message: "no such number".into() };
        assert_eq!(meaning(201, answer("SM1")), Ok("SM1".to_owned()));
        assert!(matches!(meaning(400, answer("")), Err(SendError::Permanent(_))));
        for status in [200, 401, 429, 500, 503] {
            assert!(matches!(meaning(status, answer("")), Err(SendError::Transient(_))), "{status}");
        }
    }
}
