//! Finding an order.

use super::{
    desk::{Desk, Place, Told, document},
    words::{machine_time, moment, name_of, tone_of},
};
use leptos::prelude::*;
use services::support::{Found, FoundOrder, Search};

/// The page: the search, and what it found.
pub fn search_page(desk: &Desk, search: &Search, found: Found, told: Option<Told>) -> String {
    let (words, event) = (search.words.clone(), search.event.clone());
    let asked = !words.trim().is_empty();
    let next = found.next.map(|after| {
        let query = serde_urlencoded::to_string([("words", &words), ("event", &event), ("after", &after)]);
        format!("/staff?{}", query.unwrap_or_default())
    });
    let results = match (found.orders.is_empty(), asked) {
        (true, false) => view! {
            <div class="empty">
                <p class="empty-title">"Which order?"</p>
                <p class="muted">"Ask for the number, the e-mail address, or what the bank statement names. For a seat, give the event as well: its name in the address of its page."</p>
            </div>
        }
        .into_any(),
        (true, true) => view! {
            <div class="empty" role="status">
                <p class="empty-title">"Nothing found"</p>
                <p class="muted">"No order goes by this. Numbers have ten letters and digits; addresses have to be whole."</p>
            </div>
        }
        .into_any(),
        (false, _) => view! { <Orders orders=found.orders/> }.into_any(),
    };
    let content = view! {
        <h1>"Orders"</h1>
        <form method="get" action="/staff" class="staff-search" role="search">
            <div class="field">
                <label for="words">"Number, e-mail, payment, or seat"</label>
                <input id="words" name="words" r#type="search" autocomplete="off" maxlength="200" value=words/>
            </div>
            <div class="field">
                <label for="event">"Event, for a seat"</label>
                <input id="event" name="event" autocomplete="off" maxlength="200" value=event/>
            </div>
            <button class="button" r#type="submit">"Find"</button>
        </form>
        {results}
        {next.map(|href| view! { <p class="actions"><a class="button quiet small" href=href>"Older orders"</a></p> })}
    };
    document(desk, Place::Orders, "Orders", told, content.into_any())
}

#[component]
fn Orders(orders: Vec<FoundOrder>) -> impl IntoView {
    view! {
        <div class="staff-scroll" tabindex="0" role="region" aria-label="Orders found">
            <table class="staff-table">
                <thead>
                    <tr>
                        <th scope="col">"Order"</th><th scope="col">"Event"</th><th scope="col">"Buyer"</th>
                        <th scope="col">"Stands"</th><th scope="col" class="number">"Total"</th><th scope="col">"Placed (UTC)"</th>
                    </tr>
                </thead>
                <tbody>{orders.into_iter().map(|order| view! { <OrderRow order/> }).collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn OrderRow(order: FoundOrder) -> impl IntoView {
    view! {
        <tr>
            <th scope="row"><a href=format!("/staff/orders/{}", order.id)>{order.number}</a></th>
            <td>{order.event_name}</td>
            <td>{order.buyer_name}<small class="muted">{order.buyer_email}</small></td>
            <td><States states=vec![name_of(order.status), name_of(order.payment_status), name_of(order.refund_status)]/></td>
            <td class="number">{order.total.to_string()}</td>
            <td><time datetime=machine_time(order.placed_at)>{moment(order.placed_at)}</time></td>
        </tr>
    }
}

/// The labels of an order's three axes; where nothing was done there is nothing to say.
#[component]
pub(super) fn States(states: Vec<String>) -> impl IntoView {
    states.into_iter().filter(|state| state != "none").map(|state| view! { <Label state/>" " }).collect_view()
}

/// The label of one state.
#[component]
pub(super) fn Label(state: String) -> impl IntoView {
    let class = tone_of(&state);
    view! { <span class=class>{state}</span> }
}
