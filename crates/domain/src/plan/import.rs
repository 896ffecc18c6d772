//! Reading a plan: bytes in, a frozen [`Plan`] or every problem at once out.
//!
//! The steps: JSON (`json`) → a typed draft (`own` or `pretix`) → checks over the whole (`check`) → the frozen plan
//! (`freeze`). Every list, text, number and the depth are bounded (`crate::limits`).

mod check;
mod colors;
mod draft;
mod fields;
mod freeze;
mod json;
mod order;
mod own;
mod own_forms;
mod own_rows;
mod pretix;
mod pretix_areas;
mod problem;
mod scale;

pub use problem::{Problem, ProblemCode};

use super::Plan;
use crate::limits::PLAN_BYTES_MAX;
use problem::{At, Problems};

/// The name of the own format, as it stands in the source's `format`.
pub const FORMAT: &str = "parterre-plan/1";

/// Reads a plan in the own format or in the one that pretix uses, told apart by what stands in it.
///
/// # Errors
/// Every problem that was found, each with its place; at least one.
pub fn parse(bytes: &[u8]) -> Result<Plan, Vec<Problem>> {
    let mut p = Problems::default();
    if bytes.len() > PLAN_BYTES_MAX {
        p.add(At::Root, ProblemCode::TooLarge, format_args!("longer than {PLAN_BYTES_MAX} bytes"));
        return Err(p.into_vec());
    }
    let json = match json::read(bytes) {
        Ok(json) => json,
        Err(e) => {
            let message = format_args!("not JSON: {} (line {}, column {})", e.what, e.line, e.column);
            p.add(At::Root, ProblemCode::Syntax, message);
            return Err(p.into_vec());
        }
    };
    let draft = match format_of(&json) {
        Some(Format::Own) => own::read(&json, &mut p),
        Some(Format::Pretix) => pretix::read(&json, &mut p),
        None => {
            let message = format_args!("neither `\"format\": \"{FORMAT}\"` nor a pretix plan with `zones`");
            p.add(At::Root, ProblemCode::UnknownFormat, message);
            return Err(p.into_vec());
        }
    };
    drop(json);
    check::check(&draft, &mut p);
    if p.is_empty() { Ok(freeze::freeze(draft)) } else { Err(p.into_vec()) }
}

enum Format {
    Own,
    Pretix,
}

fn format_of(json: &json::Json) -> Option<Format> {
    let json::Json::Object(fields) = json else { return None };
    match fields.iter().find(|(key, _)| key == "format") {
        Some((_, json::Json::Text(name))) if name == FORMAT => Some(Format::Own),
        _ if pretix::recognises(json) => Some(Format::Pretix),
        _ => None,
    }
}
