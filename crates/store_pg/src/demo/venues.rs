//! Invented houses in real cities.

use super::DemoPlan;
use crate::catalogue::Venue;
use domain::ids::VenueId;
use uuid::Uuid;

/// One house.
pub(super) struct House {
    pub(super) slug: &'static str,
    name: &'static str,
    city: &'static str,
    country: &'static str,
    timezone: &'static str,
    address: &'static str,
    position: (f64, f64),
    pub(super) currency: &'static str,
    pub(super) plan: DemoPlan,
}

impl House {
    pub(super) fn venue(&self, id: Uuid) -> Venue {
        Venue {
            id: VenueId(id),
            slug: self.slug.to_owned(),
            name: self.name.to_owned(),
            city: self.city.to_owned(),
            country: self.country.to_owned(),
            timezone: self.timezone.to_owned(),
            address: self.address.to_owned(),
            position: Some(self.position),
        }
    }
}

/// All houses.
pub(super) const HOUSES: &[House] = &[
    House {
        slug: "lantern-house",
        name: "The Lantern House",
        city: "Berlin",
        country: "DE",
        timezone: "Europe/Berlin",
        address: "Laternenufer 4, 10179 Berlin",
        position: (52.512, 13.419),
        currency: "EUR",
        plan: DemoPlan::Theatre,
    },
    House {
        slug: "opera-du-quai-vert",
        name: "Opéra du Quai Vert",
        city: "Lyon",
        country: "FR",
        timezone: "Europe/Paris",
        address: "18 quai Vert, 69002 Lyon",
        position: (45.755, 4.829),
        currency: "EUR",
        plan: DemoPlan::Theatre,
    },
    House {
        slug: "saltmarket-playhouse",
        name: "Saltmarket Playhouse",
        city: "Edinburgh",
        country: "GB",
        timezone: "Europe/London",
        address: "31 Candle Wynd, Edinburgh EH1",
        position: (55.949, -3.190),
        currency: "GBP",
        plan: DemoPlan::Theatre,
    },
    House {
        slug: "polderdome",
        name: "Polderdome",
        city: "Rotterdam",
        country: "NL",
        timezone: "Europe/Amsterdam",
        address: "Zuiderkade 200, 3077 Rotterdam",
        position: (51.893, 4.524),
        currency: "EUR",
        plan: DemoPlan::Arena,
    },
    House {
        slug: "tidewater-arena",
        name: "Tidewater Arena",
        city: "Manchester",
        country: "GB",
        timezone: "Europe/London",
        address: "1 Lock Street, Manchester M50",
        position: (53.472, -2.298),
        currency: "GBP",
        plan: DemoPlan::Arena,
    },
    House {
        slug: "estadio-do-farol",
        name: "Estádio do Farol",
        city: "Lisbon",
        country: "PT",
        timezone: "Europe/Lisbon",
        address: "Avenida do Farol 77, 1990 Lisbon",
        position: (38.768, -9.094),
        currency: "EUR",
        plan: DemoPlan::Stadium,
    },
    House {
        slug: "alderpark-stadium",
        name: "Alderpark Stadium",
        city: "Dublin",
        country: "IE",
        timezone: "Europe/Dublin",
        address: "Alderpark Road, Dublin 9",
        position: (53.383, -6.245),
        currency: "EUR",
        plan: DemoPlan::Stadium,
    },
    House {
        slug: "kantine-nord",
        name: "Kantine Nord",
        city: "Vienna",
        country: "AT",
        timezone: "Europe/Vienna",
        address: "Nordgleis 12, 1200 Vienna",
        position: (48.238, 16.377),
        currency: "EUR",
        plan: DemoPlan::Club,
    },
    House {
        slug: "copper-cellar",
        name: "The Copper Cellar",
        city: "Hamburg",
        country: "DE",
        timezone: "Europe/Berlin",
        address: "Kupfergang 9, 20359 Hamburg",
        position: (53.548, 9.962),
        currency: "EUR",
        plan: DemoPlan::Club,
    },
    House {
        slug: "forum-am-wasser",
        name: "Forum am Wasser",
        city: "Zürich",
        country: "CH",
        timezone: "Europe/Zurich",
        address: "Wasserweg 40, 8008 Zürich",
        position: (47.355, 8.553),
        currency: "CHF",
        plan: DemoPlan::Conference,
    },
    House {
        slug: "mill-exchange",
        name: "The Mill Exchange",
        city: "Copenhagen",
        country: "DK",
        timezone: "Europe/Copenhagen",
        address: "Møllegården 3, 2300 Copenhagen",
        position: (55.662, 12.604),
        currency: "EUR",
        plan: DemoPlan::Conference,
    },
];
