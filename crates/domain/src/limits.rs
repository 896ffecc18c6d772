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
