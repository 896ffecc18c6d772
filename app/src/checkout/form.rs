//! Who buys.

use super::kept_form::KeptForm;
use domain::money::Money;
use leptos::prelude::*;
use protocol::api::{EventSummary, HoldView};

/// The form; it works without JavaScript and keeps what was typed.
#[component]
pub fn CheckoutForm(
    /// Which event.
    event: EventSummary,
    /// What is held.
    hold: HoldView,
    /// What was typed before.
    kept: KeptForm,
    /// A fresh name for this try.
    attempt: String,
) -> impl IntoView {
    let was = hold.seats.iter().map(|seat| seat.ix.to_string()).collect::<Vec<_>>().join(",");
    let total: Money = hold.total_amount;
    view! {
        <form class="checkout-form" method="post" action="/do/place_order">
            <input r#type="hidden" name="event" value=event.id.to_string()/>
            <input r#type="hidden" name="attempt" value=attempt/>
            <input r#type="hidden" name="was" value=was/>
            <section aria-labelledby="who">
                <h2 id="who"><span class="step" aria-hidden="true">"1"</span>"Who is coming?"</h2>
                <TextField name="name" label="Name" kind="text" complete="name" value=kept.name error=kept.name_error required=true hint=""/>
                <TextField name="email" label="E-mail" kind="email" complete="email" value=kept.email error=kept.email_error required=true hint="Your tickets go there."/>
                <TextField name="phone" label="Telephone (optional)" kind="tel" complete="tel" value=kept.phone error=kept.phone_error required=false hint="With country code. For news on the day."/>
                <div class="field check">
                    <input id="text_me" name="text_me" r#type="checkbox" value="true" checked=kept.text_me aria-describedby="text_me-hint"/>
                    <label for="text_me">"Text me the link to my tickets"</label>
                    <p class="field-hint" id="text_me-hint">"Needs the telephone number above. Reply STOP to end it."</p>
                </div>
            </section>
            <section aria-labelledby="how">
                <h2 id="how"><span class="step" aria-hidden="true">"2"</span>"How it is paid"</h2>
                <p>"By card, on the secure page of our payment provider, which opens next. Your seats stay held while you pay."</p>
                <div class="field check">
                    <input id="remind_me" name="remind_me" r#type="checkbox" value="true" checked=kept.remind_me aria-describedby="remind_me-hint"/>
                    <label for="remind_me">"Mail me before my seats are let go"</label>
                    <p class="field-hint" id="remind_me-hint">"One mail, some minutes before the time to pay is over, if you have not paid by then."</p>
                </div>
            </section>
            <section aria-labelledby="review">
                <h2 id="review"><span class="step" aria-hidden="true">"3"</span>"Review"</h2>
                <p>"You pay "<b class="big">{total.to_string()}</b>", fees included. Nothing is added later."</p>
                <button class="button wide" r#type="submit">"Continue to payment"</button>
                <p class="muted small">"By continuing you accept the "<a href="/help#refunds">"refund rules"</a>"."</p>
            </section>
        </form>
    }
}

#[component]
fn TextField(
    name: &'static str,
    label: &'static str,
    kind: &'static str,
    complete: &'static str,
    value: String,
    error: String,
    required: bool,
    hint: &'static str,
) -> impl IntoView {
    let wrong = !error.is_empty();
    let described = match (wrong, hint.is_empty()) {
        (true, _) => Some(format!("{name}-error")),
        (false, false) => Some(format!("{name}-hint")),
        (false, true) => None,
    };
    view! {
        <div class="field" class:wrong=wrong>
            <label for=name>{label}</label>
            <input
                id=name
                name=name
                r#type=kind
                value=value
                autocomplete=complete
                required=required
                maxlength="254"
                aria-invalid=wrong.then_some("true")
                aria-describedby=described
            />
            {wrong.then(|| view! { <p class="field-error" id=format!("{name}-error")>{error}</p> })}
            {(!wrong && !hint.is_empty()).then(|| view! { <p class="field-hint" id=format!("{name}-hint")>{hint}</p> })}
        </div>
    }
}
