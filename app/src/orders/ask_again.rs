//! A page that waits asks again by itself: soon at first, then less and less often. The count stands in a short-lived
//! cookie of this order's pages, so that the address stays the one to keep and going back is not filled with tries.

use crate::request;
use axum::http::header::{HeaderName, SET_COOKIE};

const COOKIE: &str = "parterre_asked";
/// A count is forgotten after this time without a try.
const LIFE_SECONDS: u32 = 60;
/// Seconds before each try.
const PAUSES: [u32; 6] = [1, 1, 2, 3, 5, 8];
/// Seconds before all others.
const PAUSE_MAX: u32 = 10;

/// Has the page asked for again; no more than `tries_max` times in a row.
pub fn ask_again(order: &str, tries_max: u32) {
    let asked = request::cookie(COOKIE).and_then(|text| text.parse().ok()).unwrap_or(0);
    let Some(pause) = pause(asked, tries_max) else { return };
    // As a header, not in the document: the page stays free of timed refreshes for who reads it.
    request::add_header(HeaderName::from_static("refresh"), &pause.to_string());
    let secure = if request::origin().starts_with("https:") { "; Secure" } else { "" };
    let next = asked.saturating_add(1);
    request::add_header(
        SET_COOKIE,
        &format!(
            "{COOKIE}={next}; Path=/orders/{order}; Max-Age={LIFE_SECONDS}; HttpOnly; SameSite=Lax{secure}"
        ),
    );
}

/// Seconds to wait before the next try.
fn pause(asked: u32, tries_max: u32) -> Option<u32> {
    let known = usize::try_from(asked).ok().and_then(|at| PAUSES.get(at)).copied();
    (asked < tries_max).then(|| known.unwrap_or(PAUSE_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_try_comes_soon_and_the_later_ones_seldom() {
        let pauses: Vec<_> = (0..8).map_while(|asked| pause(asked, u32::MAX)).collect();
        assert_eq!(pauses, [1, 1, 2, 3, 5, 8, 10, 10]);
        assert_eq!(pause(3, 4), Some(3));
        assert_eq!(pause(4, 4), None);
        assert_eq!(pause(u32::MAX - 1, u32::MAX), Some(10));
    }
}
