//! Pages that say what went wrong, what it means for the money, and where to go.

use crate::{
    error::{AppError, ways_on, words},
    request,
};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};

/// An error as the body of a page.
#[component]
pub fn ErrorView(
    /// What happened.
    error: AppError,
) -> impl IntoView {
    let (title, meaning) = words(error.code());
    let reference = error.member::<String>("id");
    let [first, second] = ways_on(error.code(), Some(("Try again", request::here())));
    view! {
        <Title text=title/>
        <Meta name="robots" content="noindex"/>
        <section class="page-error">
            <p class="page-error-code" aria-hidden="true">{error.status()}</p>
            <h1>{title}</h1>
            <p class="lede">{meaning}</p>
            {reference.map(|id| view! {
                <p class="muted">"If you write to us, this number finds the cause: " <code>{id}</code></p>
            })}
            <p class="muted">"Seats that you hold stay held until their time is over; this page does not change that."</p>
            <p class="actions">
                <a class="button" href=first.1>{first.0}</a>
                <a class="button quiet" href=second.1>{second.0}</a>
            </p>
        </section>
    }
}

/// No route of that address.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    request::set_status(404);
    view! { <ErrorView error=AppError::not_found()/> }
}
