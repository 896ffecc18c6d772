//! The document around every page.

use crate::router::App;
use axum::http::{HeaderValue, header};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_meta::MetaTags;

/// Addresses of the built files, with their content hashes; the server reads them from the manifest at start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assets {
    /// The JavaScript module that loads the WASM.
    pub js: String,
    /// The WASM.
    pub wasm: String,
    /// The style sheet.
    pub css: String,
}

impl Default for Assets {
    fn default() -> Self {
        Self {
            js: "/pkg/parterre.js".to_owned(),
            wasm: "/pkg/parterre_bg.wasm".to_owned(),
            css: "/pkg/parterre.css".to_owned(),
        }
    }
}

/// Where the hosted payment page stands. The server provides it as context; without it Stripe's and the loopback
/// (the sandbox) are allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentOrigin(pub String);

/// Where a form may lead when nothing was provided.
const PAYMENT_ORIGINS: &str = "https://checkout.stripe.com http://127.0.0.1:* http://localhost:*";

/// What the page may load and run. A form's redirect counts as its target, so the payment page is named.
fn content_policy(nonce: &str, payment_origin: &str) -> String {
    format!(
        "default-src 'self'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data:; font-src 'self'; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; \
         frame-ancestors 'none'; form-action 'self' {payment_origin}"
    )
}

fn set_policy() {
    let (Some(options), Some(nonce)) = (use_context::<ResponseOptions>(), leptos::nonce::use_nonce()) else {
        return;
    };
    let origin = use_context::<PaymentOrigin>().map(|origin| origin.0);
    let policy = content_policy(&nonce, origin.as_deref().unwrap_or(PAYMENT_ORIGINS));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        options.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// The whole document. Nothing outside an island is hydrated, so no page data is repeated as script.
pub fn shell(assets: Assets) -> AnyView {
    if let Some(shared) = Owner::current_shared_context() {
        shared.set_is_hydrating(false);
    }
    provide_context(assets.clone());
    set_policy();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="theme-color" content="#faf7f2" media="(prefers-color-scheme: light)"/>
                <meta name="theme-color" content="#131118" media="(prefers-color-scheme: dark)"/>
                <link rel="preload" href="/fonts/inter.woff2" r#as="font" r#type="font/woff2" crossorigin="anonymous"/>
                <link rel="preload" href="/fonts/fraunces.woff2" r#as="font" r#type="font/woff2" crossorigin="anonymous"/>
                <link rel="stylesheet" href=assets.css/>
                <link rel="icon" href="/favicon.svg" r#type="image/svg+xml"/>
                <link rel="manifest" href="/site.webmanifest"/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
    .into_any()
}

/// Loads the WASM and wakes the islands; stands on pages that have one. The module's exports are the islands, by
/// the name in their `data-component`.
#[component]
pub fn HydrateIslands() -> impl IntoView {
    let assets = use_context::<Assets>().unwrap_or_default();
    let nonce = leptos::nonce::use_nonce();
    // Both files are asked for at once, and only where scripts run: a preload in the document would be fetched without
    // them, too, or a second time.
    let script = format!(
        "const w=fetch({wasm}),m=await import({js});await m.default({{module_or_path:w}});\
         if(document.readyState==='loading')await new Promise(f=>addEventListener('DOMContentLoaded',f));m.hydrate();\
         for(const e of document.querySelectorAll('leptos-island')){{const f=m[e.dataset.component];if(f)await f(e)}}",
        js = quoted(&assets.js),
        wasm = quoted(&assets.wasm),
    );
    view! {
        <script r#type="module" async nonce=nonce inner_html=script></script>
    }
}

/// A text as a literal of JavaScript that cannot end its script element.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default().replace('<', "\\u003c")
}
