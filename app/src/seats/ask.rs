//! What the island asks of the server.

use super::wire::{Held, Refusal, Wish};
use domain::ids::EventId;
use leptos::{prelude::*, server_fn::codec::Postcard};

/// Does what the buyer wishes of the selection and answers what is held then; `None` when nothing is.
#[server(prefix = "/do", endpoint = "ask", input = Postcard, output = Postcard)]
pub async fn ask(
    /// Which event.
    event: EventId,
    /// What to do.
    wish: Wish,
) -> Result<Option<Held>, Refusal> {
    use crate::request;
    use protocol::api::BestAvailableWish;
    let refuse = |error: crate::error::AppError| {
        request::set_status(error.status());
        Refusal::new(error.code())
    };
    let services = request::services().map_err(refuse)?;
    let sale = request::sale(&services, event).await.map_err(refuse)?;
    let buyer = request::buyer().map_err(refuse)?;
    let held = match wish {
        Wish::Look => services.current_hold(&sale, &buyer).await,
        Wish::Change(change) => services.change_hold(&sale, &buyer, &change.into()).await,
        Wish::Choose { quantity, zone, accessible } => {
            let wish = BestAvailableWish { quantity, zone_id: zone, accessible };
            services.choose_for_me(&sale, &buyer, &wish).await.map(Some)
        }
        Wish::Extend => match services.extend_of_buyer(&sale, &buyer).await {
            Ok(_) => services.current_hold(&sale, &buyer).await,
            Err(error) => Err(error),
        },
        Wish::Release => services.release_of_buyer(&sale, &buyer).await.map(|()| None),
    };
    let plan = &sale.house.plan;
    held.map(|held| held.map(|hold| Held::of(hold, plan))).map_err(|error| {
        request::set_status(protocol::api::Problem::from(&error).status);
        Refusal::of(&error, plan)
    })
}
