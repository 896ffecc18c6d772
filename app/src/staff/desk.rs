//! The document around the pages of the staff, and what every form on them carries.

use leptos::prelude::*;
use services::staff::{Role, StaffMember};

/// Who looks, and what their page needs.
#[derive(Clone, Debug)]
pub struct Desk {
    /// Address of the style sheet.
    pub css: String,
    /// Who is signed in.
    pub member: StaffMember,
    /// Proves that a form came from a page of this session.
    pub form_token: String,
}

/// What came of what was just done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// `good`, `warn` or `bad`.
    pub tone: &'static str,
    /// In a few words.
    pub title: String,
    /// What it means.
    pub text: String,
}

impl Told {
    /// A message with a headline.
    pub fn new(tone: &'static str, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { tone, title: title.into(), text: text.into() }
    }
}

/// Where in the menu a page stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Orders,
    Trouble,
    Accounts,
    Nowhere,
}

/// Says why nothing was done, and where to go on.
pub fn refusal_page(desk: &Desk, title: &str, text: &str) -> String {
    let (heading, text) = (title.to_owned(), text.to_owned());
    let content = view! {
        <section class="page-error">
            <h1>{heading}</h1>
            <p class="lede">{text}</p>
            <p class="actions"><a class="button" href="/staff">"Orders"</a></p>
        </section>
    };
    document(desk, Place::Nowhere, title, None, content.into_any())
}

/// A whole document of a signed-in member.
pub(super) fn document(
    desk: &Desk,
    here: Place,
    title: &str,
    told: Option<Told>,
    content: AnyView,
) -> String {
    let link = |place: Place, href: &'static str, text: &'static str| {
        let current = (place == here).then_some("page");
        view! { <a href=href aria-current=current>{text}</a> }
    };
    let accounts =
        (desk.member.role == Role::Admin).then(|| link(Place::Accounts, "/staff/accounts", "Accounts"));
    let header = view! {
        <header class="site-header staff-header">
            <a class="wordmark" href="/staff"><span>"Parterre"</span><small>"staff"</small></a>
            <nav aria-label="Main">
                {link(Place::Orders, "/staff", "Orders")}
                {link(Place::Trouble, "/staff/trouble", "Trouble")}
                {accounts}
            </nav>
            <form method="post" action="/staff/sign-out" class="staff-out">
                <span class="muted small">{desk.member.email.clone()}</span>
                <FormToken desk=desk.clone()/>
                <button class="link" r#type="submit">"Sign out"</button>
            </form>
        </header>
    };
    let content = view! { {told.map(notice)} {content} };
    page(&desk.css, title, header.into_any(), content.into_any())
}

/// A whole document.
pub(super) fn page(css: &str, title: &str, header: AnyView, content: AnyView) -> String {
    let title = format!("{title} · Parterre staff");
    let css = css.to_owned();
    // Views look for an owner of what they make; these make nothing, and go with it.
    let owner = Owner::new();
    owner.with(|| {
        view! {
            <!DOCTYPE html>
            <html lang="en">
                <head>
                    <meta charset="utf-8"/>
                    <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"/>
                    <meta name="color-scheme" content="light dark"/>
                    <meta name="robots" content="noindex"/>
                    <title>{title}</title>
                    <link rel="stylesheet" href=css/>
                    <link rel="icon" href="/favicon.svg" r#type="image/svg+xml"/>
                </head>
                <body class="staff">
                    <a class="skip-link" href="#main">"Skip to the content"</a>
                    {header}
                    <main id="main" tabindex="-1">{content}</main>
                </body>
            </html>
        }
        .to_html()
    })
}

/// What came of the last form.
pub(super) fn notice(told: Told) -> impl IntoView {
    let role = if told.tone == "bad" { "alert" } else { "status" };
    view! {
        <div class=format!("notice {}", told.tone) role=role>
            <p class="notice-title">{told.title}</p>
            <p>{told.text}</p>
        </div>
    }
}

/// What a form carries so that no page of another site can send it.
#[component]
pub(super) fn FormToken(desk: Desk) -> impl IntoView {
    view! { <input r#type="hidden" name="form_token" value=desk.form_token/> }
}

/// A form that changes something: it always asks why.
#[component]
pub(super) fn ReasonForm(
    /// Who sends it.
    desk: Desk,
    /// Where to.
    #[prop(into)]
    action: String,
    /// What the button says.
    button: &'static str,
    /// Sets the fields of the forms on one page apart.
    #[prop(into)]
    name: String,
    /// What of it the button is about, for those who hear it without seeing where it stands.
    #[prop(into)]
    about: String,
) -> impl IntoView {
    let id = format!("reason-{name}");
    view! {
        <form method="post" action=action class="staff-act">
            <FormToken desk/>
            <label for=id.clone()>"Reason"<span class="visually-hidden">" to "{button.to_lowercase()}" "{about.clone()}</span></label>
            <input id=id name="reason" required maxlength="300" autocomplete="off"/>
            <button class="button small quiet" r#type="submit">{button}<span class="visually-hidden">" "{about}</span></button>
        </form>
    }
}
