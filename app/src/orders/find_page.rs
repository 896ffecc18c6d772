//! The page for lost tickets.

use super::find_tickets::FIND_PATH;
use crate::{
    components::notice::{ErrorNotice, Notice, returned_error},
    request,
};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use services::Services;

/// The page: order number and address, and always the same answer.
#[component]
pub fn FindTicketsPage() -> impl IntoView {
    request::private_page();
    let sent = request::query("sent").is_some();
    let expired = request::query("expired").is_some();
    let minutes = Services::link_minutes();
    view! {
        <Title text="Find your tickets"/>
        <Meta name="robots" content="noindex"/>
        <div class="find-tickets">
            <h1>"Find your tickets"</h1>
            {returned_error().map(|error| view! { <ErrorNotice code=error.code().to_owned()/> })}
            {sent.then(|| view! {
                <Notice tone="good" title="Look into your mail">
                    <p>{format!("If this number and this address belong together, a link to your tickets is on its way. It works for {minutes} minutes.")}</p>
                    <p>"Nothing after some minutes? Look into the spam folder, and check the number: it stands in every mail about the order and on each ticket. Your tickets stay yours meanwhile; nothing is charged for a link."</p>
                </Notice>
            })}
            {expired.then(|| view! {
                <Notice tone="warn" title="This link does not work any more">
                    <p>{format!("A link works for {minutes} minutes. Ask for another one here: your tickets stay yours, and nothing was charged.")}</p>
                </Notice>
            })}
            {(!sent).then(|| view! {
                <p class="lede">"We send a link to the address that you bought with. It opens your order with all its tickets."</p>
            })}
            <form class="find-form" method="post" action="/do/find_tickets">
                <div class="field">
                    <label for="number">"Order number"</label>
                    <input id="number" name="number" r#type="text" required=true maxlength="40" autocomplete="off" autocapitalize="characters" spellcheck="false"/>
                </div>
                <div class="field">
                    <label for="email">"E-mail that you bought with"</label>
                    <input id="email" name="email" r#type="email" required=true maxlength="254" autocomplete="email"/>
                </div>
                <button class="button" r#type="submit">"Send me the link"</button>
            </form>
            <p class="muted small">"No number at hand? "<a href="/help#tickets">"Where your tickets are"</a>"."</p>
        </div>
    }
}

/// A way to the page from where somebody may have lost something.
#[component]
pub fn FindTicketsLink() -> impl IntoView {
    view! { <p class="muted small">"Lost this page later? "<a href=FIND_PATH>"Find your tickets"</a>" by order number and e-mail."</p> }
}
