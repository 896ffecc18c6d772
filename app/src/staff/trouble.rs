//! What waits for somebody to look at it: dead letters, and what the payment provider said and could not be applied.

use super::{
    desk::{Desk, Place, ReasonForm, Told, document},
    words::{machine_time, moment},
};
use leptos::prelude::*;
use services::support::{DeadLetter, StuckFact, Trouble};

/// The page.
pub fn trouble_page(desk: &Desk, trouble: Trouble, told: Option<Told>) -> String {
    let next = trouble.next.map(|before| format!("/staff/trouble?before={before}"));
    let (letters, stuck) = (trouble.dead_letters, trouble.stuck);
    let content = view! {
        <h1>"Trouble"</h1>
        <h2>"Dead letters"</h2>
        <p class="muted small">"What workers tried again and again and then gave up. Mend the cause first; a letter that is tried anew begins with its first attempt."</p>
        {if letters.is_empty() {
            view! { <div class="empty"><p class="empty-title">"No dead letters"</p><p class="muted">"Everything that happened has had its effect, or is being tried."</p></div> }.into_any()
        } else {
            view! { <Letters desk=desk.clone() letters/> }.into_any()
        }}
        {next.map(|href| view! { <p class="actions"><a class="button quiet small" href=href>"Older ones"</a></p> })}
        <h2>"From the payment provider"</h2>
        <p class="muted small">"What it told us and could not be applied yet. Workers try these again by themselves, later each time."</p>
        {if stuck.is_empty() {
            view! { <div class="empty"><p class="empty-title">"Nothing hangs"</p><p class="muted">"All that the provider told us has been applied."</p></div> }.into_any()
        } else {
            view! { <Stuck desk=desk.clone() stuck/> }.into_any()
        }}
    };
    document(desk, Place::Trouble, "Trouble", told, content.into_any())
}

#[component]
fn Letters(desk: Desk, letters: Vec<DeadLetter>) -> impl IntoView {
    view! {
        <ul class="staff-cards" role="list">
            {letters.into_iter().map(|letter| {
                let order = letter.payload["order"].as_str().map(|order| format!("/staff/orders/{order}"));
                let about = format!("{} {}", letter.kind.replace('_', " "), letter.fact);
                view! {
                    <li>
                        <p><b>{letter.kind.replace('_', " ")}</b><span class="muted">{format!(" for {}, fact {}", letter.group, letter.fact)}</span></p>
                        <p class="staff-why">{letter.reason}</p>
                        <p class="muted small">
                            {format!("Given up after {} attempts, ", letter.attempts)}<time datetime=machine_time(letter.died_at)>{moment(letter.died_at)}</time>" UTC. "
                            {order.map(|href| view! { <a href=href>"Its order"</a> })}
                        </p>
                        <ReasonForm desk=desk.clone() action=format!("/staff/dead-letters/{}/replay", letter.id) button="Try anew" name=format!("letter-{}", letter.id) about/>
                    </li>
                }
            }).collect_view()}
        </ul>
    }
}

#[component]
fn Stuck(desk: Desk, stuck: Vec<StuckFact>) -> impl IntoView {
    view! {
        <ul class="staff-cards" role="list">
            {stuck.into_iter().map(|hanging| {
                let fact = hanging.fact;
                view! {
                    <li>
                        <p><b>{fact.kind.clone()}</b>" "<code>{fact.id.clone()}</code></p>
                        <p class="staff-why">{hanging.last_error.unwrap_or_else(|| "Not tried yet.".to_owned())}</p>
                        <p class="muted small">{format!("{} attempts, received ", fact.attempts)}<time datetime=machine_time(fact.received_at)>{moment(fact.received_at)}</time>" UTC."</p>
                        <ReasonForm desk=desk.clone() action=format!("/staff/provider-facts/{}/retry", fact.id) button="Apply now" name=format!("fact-{}", fact.id) about=fact.id/>
                    </li>
                }
            }).collect_view()}
        </ul>
    }
}
