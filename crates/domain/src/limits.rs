//! Every bound in one place. A number here is the rule; its reason stands beside it.

/// Seats and places in one hold at the very most, whatever an event allows: one Lua call stays under a millisecond.
pub const HOLD_SEATS_MAX: u32 = 50;
/// Areas named in one hold.
pub const HOLD_AREAS_MAX: usize = 8;
/// Seats in one plan: the largest stadiums have about 115,000.
pub const PLAN_SEATS_MAX: u32 = 120_000;
/// Areas in one plan.
pub const PLAN_AREAS_MAX: usize = 256;
/// Sections in one plan.
pub const PLAN_SECTIONS_MAX: usize = 1_024;
/// Shortest hold a caller may ask for.
pub const HOLD_TTL_MS_MIN: u64 = 5_000;
/// Longest hold a caller may ask for.
pub const HOLD_TTL_MS_MAX: u64 = 30 * 60_000;
/// Bytes of a client-chosen id (`client_reservation_id`, `idempotency_key`).
pub const CLIENT_ID_BYTES_MAX: usize = 64;
/// Bytes of the payload that a hold carries (tier choices).
pub const HOLD_PAYLOAD_BYTES_MAX: usize = 8_192;
/// Items in one page of a list.
pub const PAGE_ITEMS_MAX: u32 = 100;
/// Bytes of a JSON request body.
pub const BODY_BYTES_MAX: usize = 64 * 1_024;
/// Bytes of a search text.
pub const SEARCH_BYTES_MAX: usize = 200;
/// Bytes of a plan's source: a plan of the largest size with every seat written out has about 15 MB.
pub const PLAN_BYTES_MAX: usize = 32 * 1_024 * 1_024;
/// Rows in one plan.
pub const PLAN_ROWS_MAX: usize = 20_000;
/// Seats in one row.
pub const PLAN_ROW_SEATS_MAX: u32 = 2_000;
/// Categories of one plan: an index fits a byte with room, and people must tell their colours apart.
pub const PLAN_CATEGORIES_MAX: usize = 64;
/// Levels of one plan.
pub const PLAN_LEVELS_MAX: usize = 32;
/// Shapes and free texts on one drawing.
pub const PLAN_SHAPES_MAX: usize = 4_096;
/// Corners of one polygon.
pub const PLAN_POLYGON_POINTS_MAX: usize = 512;
/// Places in one area.
pub const PLAN_AREA_CAPACITY_MAX: u32 = 200_000;
/// Bytes of an id inside a plan.
pub const PLAN_ID_BYTES_MAX: usize = 128;
/// Characters of a gate's name in a plan: it stands on a ticket.
pub const PLAN_GATE_CHARS_MAX: usize = 40;
/// Characters of a name in a plan.
pub const PLAN_NAME_CHARS_MAX: usize = 120;
/// Characters of a row's label or a seat's number: they are written into the map.
pub const PLAN_LABEL_CHARS_MAX: usize = 32;
/// Characters of a text on the drawing.
pub const PLAN_TEXT_CHARS_MAX: usize = 200;
/// Largest coordinate in metres, either sign: whole centimetres stay exact in an `f32`.
pub const PLAN_COORDINATE_M_MAX: f64 = 20_000.0;
/// Problems told about one plan; beyond that the list helps nobody.
pub const PLAN_PROBLEMS_MAX: usize = 1_000;
/// Zones of one event.
pub const ZONES_MAX: usize = 64;
/// Tiers of one event.
pub const TIERS_MAX: usize = 512;
/// A price or a fee, in minor units: a hundred thousand euros. No sum of a hold comes near an overflow.
pub const PRICE_MINOR_MAX: i64 = 10_000_000;
/// Lines in one quote: every seat of a hold and every area.
pub const PRICE_LINES_MAX: usize = 64;
/// Places of one area in one line.
pub const AREA_PLACES_MAX: u32 = 1_000;
