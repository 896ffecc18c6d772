//! The order that this browser placed for an event, in a cookie of the event's pages: who comes back to checkout is told
//! how it stands, and never that nothing was paid when it was.

use crate::{
    orders::{
        abandon_order::order_address,
        stage::{Origin, Stage, Standing},
    },
    request,
};
use axum::http::header;
use domain::ids::{OrderId, SeatId};
use protocol::api::EventSummary;
use services::{OrderAuth, Services};

const COOKIE: &str = "parterre_order";
/// Long enough for going back, short enough for a borrowed computer.
const LIFE_SECONDS: u32 = 7_200;

/// An order and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptOrder {
    /// Where it stands.
    pub stage: Stage,
    /// Its page.
    pub address: String,
    /// The seats in it.
    pub seats: Vec<SeatId>,
}

impl KeptOrder {
    /// The browser's order for the event; none when there is none, or when it cannot be looked up now.
    pub async fn read(services: &Services, event: &EventSummary) -> Option<Self> {
        let (order, key) = parse(&request::cookie(COOKIE)?)?;
        let page = services.order(order, OrderAuth::Key(&key)).await.ok()??;
        (page.event.id == event.id).then(|| Self {
            stage: Stage::of(Standing::from(&page), Origin::Anywhere),
            address: order_address(&order.to_string(), &key),
            seats: page.order.lines.into_iter().filter_map(|line| line.seat_id).collect(),
        })
    }

    /// Whether it is about these seats; without any, it may be.
    pub fn is_about(&self, seats: &[SeatId]) -> bool {
        seats.is_empty() || seats.iter().any(|seat| self.seats.contains(seat))
    }
}

/// Gives the browser the order behind an order's address, for the pages of its event.
pub fn keep(order_url: &str, slug: &str) {
    let Some((_, order)) = order_url.split_once("/orders/").filter(|(_, order)| parse(order).is_some())
    else {
        return;
    };
    let secure = if request::origin().starts_with("https:") { "; Secure" } else { "" };
    request::add_header(
        header::SET_COOKIE,
        &format!(
            "{COOKIE}={order}; Path=/events/{slug}; Max-Age={LIFE_SECONDS}; HttpOnly; SameSite=Lax{secure}"
        ),
    );
}

/// `<id>?key=<key>`, as at the end of an order's address.
fn parse(text: &str) -> Option<(OrderId, String)> {
    let (id, query) = text.split_once('?')?;
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).ok()?;
    let key = pairs.into_iter().find(|(name, _)| name == "key")?.1;
    let plain = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    plain.then_some((id.parse().ok()?, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_orders_own_address_is_kept() {
        let id = "0194f0a0-0000-7000-8000-000000000001";
        let (order, key) = parse(&format!("{id}?key=ab-C_1")).unwrap();
        assert_eq!((order.to_string().as_str(), key.as_str()), (id, "ab-C_1"));
        for text in
            [id.to_owned(), format!("{id}?key="), format!("{id}?key=a;b"), "x?key=a".into(), String::new()]
        {
            assert_eq!(parse(&text), None, "{text}");
        }
    }
}
