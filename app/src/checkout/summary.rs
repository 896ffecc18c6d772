//! What is about to be paid for, line by line.

use domain::{money::Money, tax::RateTotal};
use leptos::prelude::*;
use protocol::api::{EventSummary, HoldView};

/// Every line, the fees, the total.
#[component]
pub fn Summary(
    /// Which event.
    event: EventSummary,
    /// Its time in words.
    when: String,
    /// What is held.
    hold: HoldView,
    /// The tax in its total.
    tax: Option<RateTotal>,
) -> impl IntoView {
    let fees = fees(&hold);
    let seats = hold.seats.into_iter().map(|seat| line(seat.label, seat.tier_name, seat.total));
    let areas = hold
        .areas
        .into_iter()
        .map(|area| line(format!("{} × {}", area.quantity, area.label), area.tier_name, area.total));
    view! {
        <section class="summary" aria-labelledby="summary-heading">
            <h2 id="summary-heading">"Your seats"</h2>
            <p class="summary-event"><b>{event.name}</b><br/>{when}<br/>{event.venue.name}", "{event.venue.city}</p>
            <ul class="lines" role="list">{seats.collect_view()}{areas.collect_view()}</ul>
            <dl class="totals">
                {fees.map(|fees| view! { <div class="muted"><dt>"of which fees"</dt><dd>{fees.to_string()}</dd></div> })}
                <div class="total"><dt>"Total"</dt><dd>{hold.total_amount.to_string()}</dd></div>
                {tax.map(contained)}
            </dl>
        </section>
    }
}

fn line(label: String, tier: String, total: Money) -> impl IntoView {
    view! {
        <li class="line">
            <span>{label}<small class="muted">{tier}</small></span>
            <b>{total.to_string()}</b>
        </li>
    }
}

/// `includes VAT 7 %`, below a total.
pub(crate) fn contained(tax: RateTotal) -> impl IntoView {
    view! { <div class="muted"><dt>"includes VAT "{tax.rate.to_string()}</dt><dd>{tax.tax.to_string()}</dd></div> }
}

/// All fees together; `None` when there are none.
fn fees(hold: &HoldView) -> Option<Money> {
    let seats = hold.seats.iter().map(|seat| Ok(seat.fee));
    let areas = hold.areas.iter().map(|area| area.fee.times(area.quantity));
    let sum = seats.chain(areas).try_fold(Money::zero(hold.total_amount.currency), |sum, fee| sum.plus(fee?));
    sum.ok().filter(|sum| sum.minor > 0)
}
