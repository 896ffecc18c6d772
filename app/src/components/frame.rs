//! Header and footer of every page.

use leptos::prelude::*;

/// The name of the house and the way to the catalogue.
#[component]
pub fn PageHeader() -> impl IntoView {
    view! {
        <header class="site-header">
            <a class="wordmark" href="/" aria-label="Parterre, home">
                <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false">
                    <path d="M4 11a17 17 0 0 1 24 0" class="wordmark-arc"></path>
                    <path d="M7 17.5a12.5 12.5 0 0 1 18 0" class="wordmark-arc"></path>
                    <circle cx="16" cy="24" r="3.4" class="wordmark-dot"></circle>
                </svg>
                <span>"Parterre"</span>
            </a>
            <nav aria-label="Main">
                <a href="/">"Events"</a>
                <a href="/help">"How it works"</a>
            </nav>
        </header>
    }
}

/// Where questions are answered.
#[component]
pub fn PageFooter() -> impl IntoView {
    view! {
        <footer class="site-footer">
            <p>"Every price is the whole price: fees are in it from the first screen to the ticket."</p>
            <nav aria-label="Footer">
                <a href="/help">"How it works"</a>
                <a href="/tickets/find">"Find your tickets"</a>
                <a href="/help#refunds">"Refunds"</a>
                <a href="/help#access">"Access"</a>
                <a href="/api/docs">"For developers"</a>
            </nav>
        </footer>
    }
}
