//! `/v1/events`: what webhooks told, for reconciliation.

use super::{Call, Refusal};
use crate::shape;
use serde_json::Value;

const LIMIT_MAX: i64 = 100;

pub(super) fn list(call: Call<'_>) -> Result<Value, Refusal> {
    let form = call.form;
    let limit = usize::try_from(form.integer("limit")?.unwrap_or(10).clamp(1, LIMIT_MAX)).unwrap_or(10);
    let since = form.integer("created[gte]")?.unwrap_or(i64::MIN);
    let after = match form.get("starting_after") {
        Some(id) => call.state.event(id).ok_or_else(|| Refusal::missing("event", id))?.seq,
        None => u64::MAX,
    };
    let kind = form.get("type");
    let matching = call.state.events().filter(|event| {
        event.seq < after && event.created >= since && kind.is_none_or(|kind| kind == event.kind)
    });
    let mut page: Vec<Value> = matching.take(limit + 1).map(shape::event).collect();
    let has_more = page.len() > limit;
    page.truncate(limit);
    Ok(shape::list("/v1/events", page, has_more))
}

pub(super) fn retrieve(call: Call<'_>, id: &str) -> Result<Value, Refusal> {
    call.state.event(id).map(shape::event).ok_or_else(|| Refusal::missing("event", id))
}
