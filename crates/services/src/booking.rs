//! An order as its buyer is told of it, on paper, by mail and in a calendar.

use crate::{Error, OrderAuth, Result, Services, clock, tickets::place_label};
use domain::ids::{OrderId, TicketId};
use notifications::{Booking, EventFacts, PageSize, TicketFacts, calendar, tickets_pdf, wallet_pass};
use std::collections::HashMap;
use store_pg::{
    catalogue::{EventStatus, EventSummary},
    orders::Order,
    tickets::{Ticket, TicketState},
};

/// A file for the buyer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl Services {
    /// Everything that is told of an order.
    pub(crate) async fn booking(&self, order: &Order) -> Result<Booking> {
        let sale = self.sale_by_id(order.event).await?.ok_or(Error::NotFound("event"))?;
        let (base, key) = (&self.config.base_url, self.order_key(order.id));
        let tickets = self.pg.tickets_of_order(order.id).await?;
        let live = tickets.iter().filter(|t| matches!(t.state, TicketState::Issued | TicketState::Admitted));
        let by_line: HashMap<_, &Ticket> = live.map(|ticket| (ticket.line, ticket)).collect();
        let mut facts = Vec::with_capacity(by_line.len());
        for line in &order.lines {
            let Some(ticket) = by_line.get(&line.id) else { continue };
            facts.push(TicketFacts {
                id: ticket.id,
                label: place_label(line),
                gate: sale.house.gate(line.place).map(str::to_owned),
                tier: line.tier_name.clone(),
                price: line.price.plus(line.fee).map_err(Error::internal)?,
                code: ticket.code.clone(),
                url: format!("{base}/orders/{}/tickets/{}?key={key}", order.id, ticket.id),
            });
        }
        Ok(Booking {
            order: order.id,
            number: order.number.clone(),
            holder: order.contact.name.clone(),
            order_url: self.order_url(order.id),
            total: order.total,
            event: event_facts(&sale.row.summary, base),
            tickets: facts,
        })
    }

    /// The tickets of an order as PDF, one a page, or one of them; `None` when there is no such order or ticket.
    ///
    /// # Errors
    /// `Unauthorized` with a wrong proof.
    pub async fn tickets_pdf(
        &self,
        id: OrderId,
        auth: OrderAuth<'_>,
        only: Option<TicketId>,
        size: PageSize,
    ) -> Result<Option<Paper>> {
        let Some(booking) = self.booking_of(id, auth, only).await? else { return Ok(None) };
        if booking.tickets.is_empty() {
            return Ok(None);
        }
        let name = format!("tickets-{}.pdf", booking.number);
        let notifier = std::sync::Arc::clone(&self.notifier);
        // Drawing pages is work for a processor, not for the runtime's threads.
        let drawn = tokio::task::spawn_blocking(move || tickets_pdf(&booking, &notifier.brand, size));
        let bytes = drawn.await.map_err(Error::internal)?.map_err(Error::internal)?;
        Ok(Some(Paper { name, bytes }))
    }

    /// The evening of an order as a calendar entry, with the seats, or one of them.
    ///
    /// # Errors
    /// `Unauthorized` with a wrong proof.
    pub async fn order_calendar(
        &self,
        id: OrderId,
        auth: OrderAuth<'_>,
        only: Option<TicketId>,
    ) -> Result<Option<Paper>> {
        let Some(booking) = self.booking_of(id, auth, only).await? else { return Ok(None) };
        Ok(Some(Paper { name: format!("{}.ics", booking.number), bytes: calendar(&booking).into_bytes() }))
    }

    /// A ticket as a pass for a phone's wallet; `None` when there is no such order or ticket.
    ///
    /// # Errors
    /// `Unauthorized` with a wrong proof.
    pub async fn wallet_pass(
        &self,
        id: OrderId,
        auth: OrderAuth<'_>,
        ticket: TicketId,
    ) -> Result<Option<Paper>> {
        let Some(booking) = self.booking_of(id, auth, Some(ticket)).await? else { return Ok(None) };
        let Some(ticket) = booking.tickets.first() else { return Ok(None) };
        let notifier = &self.notifier;
        let pass = wallet_pass(&booking, ticket, &notifier.brand, &notifier.passes, clock::now());
        let name = format!("{}.pkpass", booking.number);
        Ok(Some(Paper { name, bytes: pass.map_err(Error::internal)? }))
    }

    /// Whether phones refuse the passes: they are signed by the demo's own certificate.
    pub fn passes_are_for_trial(&self) -> bool {
        self.notifier.passes.is_for_trial()
    }

    async fn booking_of(
        &self,
        id: OrderId,
        auth: OrderAuth<'_>,
        only: Option<TicketId>,
    ) -> Result<Option<Booking>> {
        let Some(order) = self.order_row(id, auth).await? else { return Ok(None) };
        let mut booking = self.booking(&order).await?;
        if let Some(only) = only {
            booking.tickets.retain(|ticket| ticket.id == only);
        }
        Ok((only.is_none() || !booking.tickets.is_empty()).then_some(booking))
    }
}

fn event_facts(event: &EventSummary, base: &str) -> EventFacts {
    let venue = &event.venue;
    // The city once, where the address names it already.
    let address = match (venue.address.is_empty(), venue.address.contains(&venue.city)) {
        (true, _) => venue.city.clone(),
        (false, true) => venue.address.clone(),
        (false, false) => format!("{}, {}", venue.address, venue.city),
    };
    EventFacts {
        id: event.id,
        name: event.name.clone(),
        subtitle: event.subtitle.clone(),
        starts_at: event.starts_at,
        doors_at: event.doors_at,
        ends_at: event.ends_at,
        timezone: venue.timezone.clone(),
        venue: venue.name.clone(),
        address,
        position: venue.position,
        url: format!("{base}/events/{}", event.slug),
        cancelled: event.status == EventStatus::Cancelled,
        changed_at: clock::now(),
    }
}
