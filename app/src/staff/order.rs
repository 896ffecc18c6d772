//! One order, with all that is on record about it, and what support can do.

use super::{
    desk::{Desk, Place, ReasonForm, Told, document},
    search::{Label, States},
    words::{machine_time, moment, name_of},
};
use crate::format::venue_time;
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use services::support::{Entry, OrderFile, Payment, Refund, TicketLine};

/// The page.
pub fn order_page(desk: &Desk, file: OrderFile, told: Option<Told>, now: DateTime<Utc>) -> String {
    let title = format!("Order {}", file.order.number);
    let content = view! {
        <p class="eyebrow"><a href="/staff">"Orders"</a></p>
        <h1>{title.clone()}</h1>
        <Facts file=file.clone() now/>
        <Actions desk=desk.clone() file=file.clone()/>
        <h2>"Tickets"</h2>
        <Lines lines=file.lines/>
        <h2>"Payments"</h2>
        <Payments payments=file.payments/>
        {(!file.refunds.is_empty()).then(|| view! { <h2>"Refunds"</h2><Refunds refunds=file.refunds/> })}
        <h2>"Timeline"</h2>
        <p class="muted small">"Times are UTC. The newest stands last."</p>
        <Timeline entries=file.timeline/>
    };
    document(desk, Place::Orders, &title, told, content.into_any())
}

#[component]
fn Facts(file: OrderFile, now: DateTime<Utc>) -> impl IntoView {
    let order = file.order;
    let starts = venue_time(order.starts_at, &file.timezone, now);
    let states = vec![name_of(order.status), name_of(order.payment_status), name_of(order.refund_status)];
    view! {
        <dl class="staff-facts">
            <div><dt>"Stands"</dt><dd><States states/></dd></div>
            <div><dt>"Total"</dt><dd>{order.total.to_string()}</dd></div>
            <div><dt>"Event"</dt><dd>{order.event_name}<small class="muted">{starts}</small></dd></div>
            <div><dt>"Buyer"</dt><dd>{order.buyer_name}<small class="muted">{order.buyer_email}</small>{file.buyer_phone.map(|phone| view! { <small class="muted">{phone}</small> })}</dd></div>
            <div><dt>"Placed (UTC)"</dt><dd>{moment(order.placed_at)}</dd></div>
            <div><dt>"Pay before (UTC)"</dt><dd>{moment(file.pay_before)}</dd></div>
            <div><dt>"Id"</dt><dd><code>{order.id.to_string()}</code></dd></div>
        </dl>
    }
}

#[component]
fn Actions(desk: Desk, file: OrderFile) -> impl IntoView {
    let base = format!("/staff/orders/{}", file.order.id);
    let about = format!("of order {}", file.order.number);
    let (can_resend, can_refund, can_release) = (file.can_resend(), file.can_refund(), file.can_release());
    if !can_resend && !can_refund && !can_release {
        return view! { <p class="muted">"This order is over: there is nothing to send and nothing to give back."</p> }.into_any();
    }
    view! {
        <section class="staff-acts" aria-label="What can be done">
            {can_resend.then(|| view! {
                <ReasonForm desk=desk.clone() action=format!("{base}/resend") button="Send tickets again" name="resend" about=about.clone()/>
            })}
            {can_refund.then(|| view! {
                <ReasonForm desk=desk.clone() action=format!("{base}/refund") button="Refund everything" name="refund" about=about.clone()/>
            })}
            {can_release.then(|| view! {
                <ReasonForm desk action=format!("{base}/release") button="Give the seats back" name="release" about/>
            })}
        </section>
    }
    .into_any()
}

#[component]
fn Lines(lines: Vec<TicketLine>) -> impl IntoView {
    view! {
        <div class="staff-scroll" tabindex="0" role="region" aria-label="Tickets">
            <table class="staff-table">
                <thead><tr><th scope="col">"Place"</th><th scope="col">"Tier"</th><th scope="col" class="number">"Price, fees included"</th><th scope="col">"Ticket"</th></tr></thead>
                <tbody>
                    {lines.into_iter().map(|line| {
                        let state = line.state.map_or_else(|| "not issued".to_owned(), name_of);
                        view! {
                            <tr>
                                <th scope="row">{line.place}</th>
                                <td>{line.tier}</td>
                                <td class="number">{line.total.to_string()}</td>
                                <td><Label state/></td>
                            </tr>
                        }
                    }).collect_view()}
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn Payments(payments: Vec<Payment>) -> impl IntoView {
    if payments.is_empty() {
        return view! { <p class="muted">"Nobody has tried to pay yet, or there was nothing to pay."</p> }
            .into_any();
    }
    view! {
        <div class="staff-scroll" tabindex="0" role="region" aria-label="Payments">
            <table class="staff-table">
                <thead><tr><th scope="col">"Begun (UTC)"</th><th scope="col">"How"</th><th scope="col">"Stands"</th><th scope="col" class="number">"Amount"</th><th scope="col">"The provider calls it"</th></tr></thead>
                <tbody>
                    {payments.into_iter().map(|payment| {
                        let state = name_of(payment.state);
                        let names = [payment.intent_id, payment.session_id].into_iter().flatten();
                        view! {
                            <tr>
                                <th scope="row"><time datetime=machine_time(payment.created_at)>{moment(payment.created_at)}</time></th>
                                <td>{name_of(payment.kind)}</td>
                                <td><Label state/>{payment.failure.map(|failure| view! { <small class="muted">{failure}</small> })}</td>
                                <td class="number">{payment.amount.to_string()}</td>
                                <td>{names.map(|name| view! { <code>{name}</code>" " }).collect_view()}</td>
                            </tr>
                        }
                    }).collect_view()}
                </tbody>
            </table>
        </div>
    }
    .into_any()
}

#[component]
fn Refunds(refunds: Vec<Refund>) -> impl IntoView {
    view! {
        <div class="staff-scroll" tabindex="0" role="region" aria-label="Refunds">
            <table class="staff-table">
                <thead><tr><th scope="col">"Since (UTC)"</th><th scope="col">"Stands"</th><th scope="col" class="number">"Amount"</th><th scope="col">"The provider calls it"</th></tr></thead>
                <tbody>
                    {refunds.into_iter().map(|refund| {
                        let state = name_of(refund.state);
                        view! {
                            <tr>
                                <th scope="row"><time datetime=machine_time(refund.created_at)>{moment(refund.created_at)}</time></th>
                                <td><Label state/>{refund.failure.map(|failure| view! { <small class="muted">{failure}</small> })}</td>
                                <td class="number">{refund.amount.to_string()}</td>
                                <td><code>{refund.reference}</code></td>
                            </tr>
                        }
                    }).collect_view()}
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn Timeline(entries: Vec<Entry>) -> impl IntoView {
    view! {
        <ol class="staff-timeline" role="list">
            {entries.into_iter().map(|entry| {
                let source = name_of(entry.source);
                let from = [entry.who, entry.origin].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" from ");
                let data = (entry.data != serde_json::json!({})).then(|| entry.data.to_string());
                view! {
                    <li>
                        <time datetime=machine_time(entry.at)>{moment(entry.at)}</time>
                        <span class="state">{source}</span>
                        <div>
                            <b>{entry.what.replace('_', " ")}</b>
                            {(!from.is_empty()).then(|| view! { <span class="muted">" by "{from}</span> })}
                            {(!entry.why.is_empty()).then(|| view! { <p class="staff-why">{entry.why}</p> })}
                            {data.map(|data| view! { <details><summary class="small muted">"Details"</summary><code>{data}</code></details> })}
                        </div>
                    </li>
                }
            }).collect_view()}
        </ol>
    }
}
