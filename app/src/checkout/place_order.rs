//! The checkout form: places the order, then sends the buyer to the payment page.

use super::{kept_form::KeptForm, kept_order};
use crate::{error::AppError, request};
use domain::{
    contact::{Email, PersonName, Phone},
    ids::EventId,
};
use leptos::prelude::*;
use protocol::api::{Buyer, CommitRequest};
use services::{BuyerKey, CheckoutAnswer, Sale, Services};

/// Parses the fields, places the order of what is held, and redirects: to the payment page, to the tickets when
/// it is paid, or back to the form with what was typed and what is wrong. `was` are the held seats, so that an
/// expired hold can be asked for again.
#[server(prefix = "/do", endpoint = "place_order")]
pub async fn place_order(
    /// Which event.
    event: EventId,
    /// Names this try.
    attempt: String,
    /// Name, as typed.
    name: String,
    /// E-mail, as typed.
    email: String,
    /// Telephone, as typed.
    #[server(default)]
    phone: String,
    /// The box "text me" was ticked.
    #[server(default)]
    text_me: bool,
    /// The box "remind me" was ticked.
    #[server(default)]
    remind_me: bool,
    /// The held seats, by position.
    #[server(default)]
    was: String,
) -> Result<(), AppError> {
    let (services, buyer) = (request::services()?, request::buyer()?);
    let sale = request::sale(&services, event).await?;
    let typed = KeptForm { name, email, phone, text_me, remind_me, ..KeptForm::default() };
    let path = match parse(&typed) {
        Ok(fields) => pay(&services, &sale, &buyer, attempt, fields).await,
        Err(kept) => Err(*kept),
    };
    let path = path.unwrap_or_else(|kept| {
        let KeptForm { name, email, phone, text_me, remind_me, .. } = typed;
        KeptForm { name, email, phone, text_me, remind_me, ..kept }.keep();
        let seats: Vec<u32> = was.split(',').filter_map(|ix| ix.parse().ok()).collect();
        back_to_form(&sale.row.summary.slug, &seats)
    });
    request::see_other(&path);
    Ok(())
}

/// The checkout page, with the seats that this try was about.
pub fn back_to_form(slug: &str, seats: &[u32]) -> String {
    let was = seats.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
    if was.is_empty() {
        format!("/events/{slug}/checkout")
    } else {
        format!("/events/{slug}/checkout?was={was}")
    }
}

async fn pay(
    services: &Services,
    sale: &Sale,
    buyer: &BuyerKey,
    attempt: String,
    fields: Buyer,
) -> Result<String, KeptForm> {
    let order =
        CommitRequest { idempotency_key: attempt, buyer: fields, payment_token: None, return_url: None };
    match services.checkout(sale, buyer, &order).await {
        Ok(CheckoutAnswer::Paid(paid)) => {
            kept_order::keep(&paid.order_url, &sale.row.summary.slug);
            Ok(paid.order_url)
        }
        Ok(CheckoutAnswer::Awaiting(awaiting)) => {
            kept_order::keep(&awaiting.order_url, &sale.row.summary.slug);
            Ok(awaiting.payment_url)
        }
        Err(error) => {
            Err(KeptForm { problem: AppError::from(error).code().to_owned(), ..KeptForm::default() })
        }
    }
}

/// The buyer, or the messages beside the fields.
fn parse(typed: &KeptForm) -> Result<Buyer, Box<KeptForm>> {
    let phone = typed.phone.trim();
    let phone = if phone.is_empty() { Ok(None) } else { Phone::parse(phone).map(Some) };
    match (PersonName::parse(&typed.name), Email::parse(&typed.email), phone) {
        (Ok(name), Ok(email), Ok(phone)) => Ok(Buyer {
            name: name.as_str().to_owned(),
            email: email.as_str().to_owned(),
            text_me: typed.text_me && phone.is_some(),
            remind_me: typed.remind_me,
            phone: phone.map(|phone| phone.as_str().to_owned()),
        }),
        (name, email, phone) => Err(Box::new(KeptForm {
            name_error: name.err().map(|error| format!("This {error}.")).unwrap_or_default(),
            email_error: email.err().map(|error| format!("This {error}.")).unwrap_or_default(),
            phone_error: phone.err().map(|error| format!("This {error}.")).unwrap_or_default(),
            ..KeptForm::default()
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_stands_beside_each_wrong_field_only() {
        let typed = KeptForm {
            name: "Ada Example".into(),
            email: "nowhere".into(),
            phone: " ".into(),
            ..Default::default()
        };
        let kept = parse(&typed).unwrap_err();
        assert!(kept.has_errors() && kept.name_error.is_empty() && kept.phone_error.is_empty());
        assert!(kept.email_error.starts_with("This is not"));
    }

    #[test]
    fn a_wish_needs_what_it_needs() {
        let typed = KeptForm {
            name: "Ada Example".into(),
            email: "ada@example.org".into(),
            text_me: true,
            remind_me: true,
            ..Default::default()
        };
        let buyer = parse(&typed).unwrap();
        assert!(buyer.remind_me && !buyer.text_me, "a mail needs no telephone");
    }

    #[test]
    fn the_way_back_names_the_seats() {
        assert_eq!(back_to_form("gala", &[3, 4]), "/events/gala/checkout?was=3,4");
        assert_eq!(back_to_form("gala", &[]), "/events/gala/checkout");
    }
}
