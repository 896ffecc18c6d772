//! Signing in.

use super::desk::{Told, notice, page};
use leptos::prelude::*;

/// The page; `next` is where it leads, `email` what was typed before.
pub fn sign_in_page(css: &str, next: &str, email: &str, told: Option<Told>) -> String {
    let (next, email) = (next.to_owned(), email.to_owned());
    let header = view! {
        <header class="site-header staff-header">
            <a class="wordmark" href="/"><span>"Parterre"</span><small>"staff"</small></a>
        </header>
    };
    let content = view! {
        <section class="staff-sign-in">
            <h1>"Sign in"</h1>
            <p class="muted">"For the people who work here. Buyers need no account: the address of an order opens it."</p>
            {told.map(notice)}
            <form method="post" action="/staff/sign-in">
                <input r#type="hidden" name="next" value=next/>
                <div class="field">
                    <label for="email">"E-mail"</label>
                    <input id="email" name="email" r#type="email" autocomplete="username" required maxlength="200" value=email/>
                </div>
                <div class="field">
                    <label for="password">"Password"</label>
                    <input id="password" name="password" r#type="password" autocomplete="current-password" required maxlength="200"/>
                </div>
                <p class="actions"><button class="button" r#type="submit">"Sign in"</button></p>
            </form>
        </section>
    };
    page(css, "Sign in", header.into_any(), content.into_any())
}
