//! A message about what just happened, at the top of a page.

use crate::{
    error::{AppError, words},
    request,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE};
use leptos::prelude::*;

/// The error that a form's server function answered; it comes back in the address as `__err`.
/// Only its code and seat ids are used: whoever writes the address cannot write our words.
pub fn returned_error() -> Option<AppError> {
    let bytes = URL_SAFE.decode(request::query("__err")?).ok()?;
    Some(AppError::de(bytes.into()))
}

/// A message with a headline.
#[component]
pub fn Notice(
    /// `good`, `warn`, `bad` or `plain`.
    tone: &'static str,
    /// What happened.
    #[prop(into)]
    title: String,
    /// What it means and what to do.
    children: Children,
) -> impl IntoView {
    let role = if tone == "bad" { "alert" } else { "status" };
    view! {
        <div class=format!("notice {tone}") role=role>
            <p class="notice-title">{title}</p>
            {children()}
        </div>
    }
}

/// The message of an error code, in our words.
#[component]
pub fn ErrorNotice(
    /// The code.
    #[prop(into)]
    code: String,
    /// What can be done at once.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let (title, meaning) = words(&code);
    view! {
        <Notice tone="bad" title>
            <p>{meaning}</p>
            {children.map(|children| children())}
        </Notice>
    }
}
