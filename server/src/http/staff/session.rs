//! Who is there, and what a form of theirs proves.

use super::{page, see_other};
use crate::http::{problem::Refused, state::AppState};
use app::staff::{Desk, refusal_page};
use axum::{
    body::Bytes,
    extract::{ConnectInfo, FromRequest, FromRequestParts, Request},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, de::DeserializeOwned};
use services::staff::{Hand, Role, StaffMember};
use sha2::{Digest, Sha256};
use std::net::{IpAddr, SocketAddr};
use subtle::ConstantTimeEq;

/// `__Host-` binds the cookie to this host and to https; browsers refuse it under http.
fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-parterre_staff" } else { "parterre_staff" }
}

/// Gives the browser a session, or takes it away when there is no token.
pub fn cookie(https: bool, token: Option<&str>) -> Option<HeaderValue> {
    let secure = if https { "; Secure" } else { "" };
    let ends = if token.is_some() { "" } else { "; Max-Age=0" };
    let text = format!(
        "{}={}; Path=/; HttpOnly; SameSite=Strict{ends}{secure}",
        cookie_name(https),
        token.unwrap_or_default()
    );
    HeaderValue::from_str(&text).ok()
}

/// Where a request comes from.
pub fn address(parts: &Parts) -> Option<IpAddr> {
    parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip())
}

fn token_in(headers: &HeaderMap, https: bool) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.flat_map(|line| line.split(';')).find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == cookie_name(https)).then(|| value.to_owned())
    })
}

/// A member of the staff with a living session.
pub struct Member {
    /// Who.
    pub who: StaffMember,
    /// Their session.
    pub token: String,
    /// Where they are.
    pub origin: String,
    css: String,
}

impl Member {
    /// What their pages need.
    pub fn desk(&self) -> Desk {
        Desk { css: self.css.clone(), member: self.who.clone(), form_token: form_token(&self.token) }
    }

    /// 403, on a page.
    fn refusal(&self, title: &str, text: &str) -> Response {
        page(StatusCode::FORBIDDEN, refusal_page(&self.desk(), title, text))
    }

    /// What everybody but an admin is told.
    pub fn not_admin(&self) -> Option<Response> {
        let text = "Your account helps buyers; accounts are looked after by an admin.";
        (self.who.role != Role::Admin).then(|| self.refusal("This is for admins", text))
    }
}

impl FromRequestParts<AppState> for Member {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let found = match token_in(&parts.headers, state.https) {
            Some(token) => {
                let who = state.services.staff_of(&token).await;
                who.map_err(|error| Refused::from(error).into_response())?.map(|who| (who, token))
            }
            None => None,
        };
        let Some((who, token)) = found else {
            // A form of a session that is over: what it says cannot be kept, so the way leads to the beginning.
            let next = match (&parts.method, parts.uri.path_and_query()) {
                (&Method::GET, Some(path)) => path.as_str(),
                _ => "/staff",
            };
            let query = serde_urlencoded::to_string([("next", next)]).unwrap_or_default();
            return Err(see_other(&format!("/staff/sign-in?{query}")));
        };
        let origin = address(parts).map(|address| address.to_string()).unwrap_or_default();
        Ok(Self { who, token, origin, css: state.assets.css.clone() })
    }
}

/// What a page's forms carry: derived from the session, so that another site cannot know it.
fn form_token(session: &str) -> String {
    hex::encode(&Sha256::new().chain_update("form of ").chain_update(session).finalize()[..16])
}

/// A form of a member, sent from a page of their session.
pub struct Form<T> {
    /// Who sent it.
    pub member: Member,
    /// What it says.
    pub fields: T,
}

#[derive(Deserialize)]
struct WithToken<T> {
    #[serde(default)]
    form_token: String,
    #[serde(flatten)]
    fields: T,
}

impl<T: DeserializeOwned> FromRequest<AppState> for Form<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let member = Member::from_request_parts(&mut parts, state).await?;
        let request = Request::from_parts(parts, body);
        let bytes = Bytes::from_request(request, state).await.map_err(IntoResponse::into_response)?;
        let form: WithToken<T> = serde_urlencoded::from_bytes(&bytes)
            .map_err(|_| StatusCode::UNPROCESSABLE_ENTITY.into_response())?;
        let known = form_token(&member.token);
        if !bool::from(known.as_bytes().ct_eq(form.form_token.as_bytes())) {
            let text = "Nothing was changed. Load the page again and send the form from there.";
            return Err(member.refusal("This form is not of your session", text));
        }
        Ok(Self { member, fields: form.fields })
    }
}

/// The field of every form that changes something.
#[derive(Deserialize)]
pub struct Why {
    /// In the member's words.
    #[serde(default)]
    pub reason: String,
}

/// A form that changes something.
pub type Act = Form<Why>;

impl Act {
    /// The member's hand, if they said why.
    pub fn hand(&self) -> services::Result<Hand> {
        Hand::new(&self.member.who, &self.member.origin, &self.fields.reason)
    }
}
