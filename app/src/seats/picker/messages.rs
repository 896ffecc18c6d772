//! What went wrong and what can be done, above the buyer's seats.

use super::{
    desk::{Deed, Desk},
    map,
    timer::WARN_SECONDS,
};
use leptos::prelude::*;

/// Something to tell, with what can be done about it.
#[derive(Clone, Debug, PartialEq)]
struct Message {
    /// `bad` is told at once, `warn` too, when it is urgent.
    tone: &'static str,
    urgent: bool,
    title: String,
    meaning: String,
    /// Seats that `deed` is about, in words.
    seats: String,
    deed: Option<(&'static str, Deed)>,
    close: Option<Deed>,
}

/// All that there is to tell now.
#[component]
pub fn Messages(
    /// The island.
    desk: Desk,
) -> impl IntoView {
    view! {
        <Notice desk read=low_time/>
        <Notice desk read=lost/>
        <Notice desk read=trouble/>
        <Notice desk read=singles/>
    }
}

/// One message, shown anew only when it is another one.
#[component]
fn Notice(desk: Desk, read: fn(Desk) -> Option<Message>) -> impl IntoView {
    let message = Memo::new(move |_| read(desk));
    move || {
        message.get().map(|message| {
            let Message { tone, urgent, title, meaning, seats, deed, close } = message;
            view! {
                <div class=format!("notice {tone}") role=if urgent { "alert" } else { "status" }>
                    <p class="notice-title">{title}</p>
                    <p>{meaning}" "<b>{seats}</b></p>
                    {deed.map(|(label, deed)| view! {
                        <button class="button small" disabled=desk.busy on:click=move |_| desk.perform(deed.clone())>{label}</button>
                    })}
                    {close.map(|deed| view! {
                        <button class="dismiss" aria-label="Close this message" on:click=move |_| desk.perform(deed.clone())>"×"</button>
                    })}
                </div>
            }
        })
    }
}

/// A refused tap, with the nearest seats like the lost ones.
fn trouble(desk: Desk) -> Option<Message> {
    let trouble = desk.trouble.get()?;
    let offered = !trouble.take.is_empty();
    let seats = if offered { format!("The nearest like it: {}", trouble.take_words) } else { String::new() };
    Some(Message {
        tone: "bad",
        urgent: true,
        title: trouble.title,
        meaning: trouble.meaning,
        seats,
        deed: offered.then_some(("Take these", Deed::Take(trouble.take))),
        close: Some(Deed::CloseTrouble),
    })
}

/// Seats that this choice would leave alone: said while choosing, refused at checkout.
fn singles(desk: Desk) -> Option<Message> {
    let seats = desk.hold.with(|hold| hold.as_ref().map(|hold| hold.singles.clone()))?;
    // The names come from the drawing, which arrives after the hold.
    desk.phase.track();
    (!seats.is_empty()).then(|| Message {
        tone: "warn",
        urgent: false,
        title: "This leaves one seat alone".to_owned(),
        meaning: "The house does not sell single leftover seats while others are free: take it too, or move by one."
            .to_owned(),
        seats: map::words_of(&seats),
        deed: Some(("Take it too", Deed::Take(seats))),
        close: None,
    })
}

/// The time ran out; the selection is one press away.
fn lost(desk: Desk) -> Option<Message> {
    let lost = desk.lost.get()?;
    Some(Message {
        tone: "warn",
        urgent: true,
        title: "Your time for these seats is over".to_owned(),
        meaning: "They are free again and no money was taken:".to_owned(),
        seats: lost.labels.join("; "),
        deed: Some(("Take the same seats again", Deed::TakeAgain)),
        close: Some(Deed::CloseLost),
    })
}

/// The time is nearly over: one press renews it, as often as the event allows. The countdown itself stands beside
/// the total; here it would be read out every second.
fn low_time(desk: Desk) -> Option<Message> {
    let renewable = desk.hold.with(|hold| hold.as_ref().map(|hold| hold.extensions_left > 0))?;
    desk.low.get().then(|| Message {
        tone: "warn",
        urgent: true,
        title: "Do you need longer?".to_owned(),
        meaning: if renewable {
            format!("Your seats go back in less than {WARN_SECONDS} seconds.")
        } else {
            "Your seats go back soon, and the time cannot be renewed again. Continue to checkout now."
                .to_owned()
        },
        seats: String::new(),
        deed: renewable.then_some(("Renew my time", Deed::Renew)),
        close: None,
    })
}
