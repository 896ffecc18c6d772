//! How it works: choosing, paying, refunds, access.

use leptos::prelude::*;
use leptos_meta::{Meta, Title};

/// The page.
#[component]
pub fn HelpPage() -> impl IntoView {
    view! {
        <Title text="How it works"/>
        <Meta name="description" content="How seats are chosen, held, paid for and returned."/>
        <article class="prose help">
            <h1>"How it works"</h1>
            <h2 id="seats">"Choosing seats"</h2>
            <p>"The map shows every seat as it is at this moment. Tap one and it is held for you: nobody else can take it while your time runs. Tap it again to give it back. “Choose for me” finds good seats side by side and shows them before you pay."</p>
            <p>"No map? The same seats stand below it as a list, section by section. The list works with a keyboard, with a screen reader, and with scripts switched off."</p>
            <h2 id="time">"Your time"</h2>
            <p>"The clock starts with your first seat. Before it runs out you are asked once whether you need longer; one click renews it. If it does run out, your seats are free for others, nothing is charged, and one click tries to take the same ones again."</p>
            <h2 id="price">"Prices"</h2>
            <p>"The price on the map, in the summary, on the payment page and on the ticket is one and the same. Fees are named, and they are in it."</p>
            <h2 id="payment">"Paying"</h2>
            <p>"You pay on a page of our payment provider; your card number never touches this site. If the bank declines, no money is taken and your seats stay held. If a payment arrives after your time is over, you get the same seats if they are still free, and otherwise your money back."</p>
            <h2 id="refunds">"Refunds"</h2>
            <p>"If an event is cancelled or moved, you get the whole price back, fees included, on the card that you paid with. Before you confirm a return, you see the amount, what is kept and when the money arrives."</p>
            <h2 id="access">"Access"</h2>
            <p>"Wheelchair places, places for companions and step-free seats are sold at the same time and on the same map as all others, without proof. The filter “Accessible seats” shows them alone. "</p>
            <h2 id="tickets">"Tickets"</h2>
            <p>"Your tickets come by mail, and stand on the order page, one code each. Show it on the phone or print it; each code opens the door once. Lost both? "<a href="/tickets/find">"Find your tickets"</a>" with order number and e-mail."</p>
        </article>
    }
}
