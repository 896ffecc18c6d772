//! Coming and going.

use super::{
    page, see_other,
    session::{Form, Member, address, cookie},
};
use crate::http::{problem::Refused, state::AppState};
use app::staff::{Told, sign_in_page};
use axum::{
    extract::{Query, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use services::Error;

/// Where somebody wanted to go.
#[derive(Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

/// What the form says.
#[derive(Deserialize)]
struct Credentials {
    email: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// A form without fields of its own.
#[derive(Deserialize)]
pub struct Nothing {}

/// Only to pages of the staff: a text from an address leads nowhere else.
fn inside(next: &str) -> &str {
    let good = (next == "/staff" || next.starts_with("/staff/") || next.starts_with("/staff?"))
        && !next.starts_with("/staff/sign")
        && next.len() <= 500
        && next.bytes().all(|byte| byte.is_ascii_graphic());
    if good { next } else { "/staff" }
}

/// `GET /staff/sign-in`
pub async fn show(State(state): State<AppState>, Query(next): Query<Next>) -> Response {
    page(StatusCode::OK, sign_in_page(&state.assets.css, inside(&next.next), "", None))
}

/// `POST /staff/sign-in`
pub async fn enter(State(state): State<AppState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, domain::limits::BODY_BYTES_MAX).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let Ok(form) = serde_urlencoded::from_bytes::<Credentials>(&bytes) else {
        return StatusCode::UNPROCESSABLE_ENTITY.into_response();
    };
    let again = |status: StatusCode, title: &str, text: &str| {
        let told = Told::new("bad", title, text);
        page(status, sign_in_page(&state.assets.css, inside(&form.next), &form.email, Some(told)))
    };
    let address = address(&parts);
    if !state.sign_ins.allows(address, &form.email) {
        let text = "Nobody was signed in. Wait a minute, then try again.";
        let mut response = again(StatusCode::TOO_MANY_REQUESTS, "Too many tries", text);
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("60"));
        return response;
    }
    let origin = address.map(|address| address.to_string()).unwrap_or_default();
    match state.services.sign_in_staff(&form.email, &form.password, &origin).await {
        Ok(Some(token)) => {
            let mut response = see_other(inside(&form.next));
            if let Some(cookie) = cookie(state.https, Some(&token)) {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            response
        }
        Ok(None) => {
            let text = "Address and password do not belong to an open account. Check both and try again.";
            again(StatusCode::UNAUTHORIZED, "Not signed in", text)
        }
        Err(Error::Busy { .. }) => {
            let text = "Many are signing in at this moment. Try again in a few seconds.";
            again(StatusCode::SERVICE_UNAVAILABLE, "Busy", text)
        }
        Err(error) => Refused::from(error).into_response(),
    }
}

/// `POST /staff/sign-out`
pub async fn leave(State(state): State<AppState>, form: Form<Nothing>) -> Response {
    let Member { who, token, origin, .. } = &form.member;
    if let Err(error) = state.services.sign_out_staff(token, who, origin).await {
        return Refused::from(error).into_response();
    }
    let mut response = see_other("/staff/sign-in");
    if let Some(cookie) = cookie(state.https, None) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn the_way_on_leads_to_a_page_of_the_staff() {
        for good in ["/staff", "/staff/trouble", "/staff?words=a%40b", "/staff/orders/7?done=resend"] {
            assert_eq!(inside(good), good);
        }
        for bad in
            ["", "/", "//evil.example", "https://evil.example", "/staffing", "/staff/sign-out", "/staff/ x"]
        {
            assert_eq!(inside(bad), "/staff", "{bad}");
        }
    }
}
