//! Until when tickets can be given back. The rules are copied to the order when it is placed: a later change of the
//! house's rules does not touch what was bought before.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// The rules of one order, as stored with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Of this form.
    version: u32,
    /// Whole hours before the event begins; later nothing can be given back.
    pub refundable_until_hours_before: u32,
}

/// Why the rules say no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the time for giving back was over at {until}")]
pub struct TooLate {
    /// The last moment.
    pub until: DateTime<Utc>,
}

impl Policy {
    /// What orders get that are placed now: two days before, price and fees.
    pub const STANDARD: Self = Self { version: 1, refundable_until_hours_before: 48 };

    /// The last moment in which tickets of an event that begins then can be given back.
    pub fn until(&self, starts_at: DateTime<Utc>) -> DateTime<Utc> {
        starts_at - TimeDelta::hours(i64::from(self.refundable_until_hours_before))
    }

    /// Whether tickets can be given back at `now`. Of a cancelled event always.
    pub fn allows(
        &self,
        starts_at: DateTime<Utc>,
        cancelled: bool,
        now: DateTime<Utc>,
    ) -> Result<(), TooLate> {
        let until = self.until(starts_at);
        if cancelled || now <= until { Ok(()) } else { Err(TooLate { until }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_moment_is_part_of_the_time() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let begins = at("2027-03-10T19:30:00Z");
        // now, cancelled, allowed
        let table = [
            ("2027-01-01T00:00:00Z", false, true),
            ("2027-03-08T19:30:00Z", false, true),
            ("2027-03-08T19:30:01Z", false, false),
            ("2027-03-11T00:00:00Z", false, false),
            ("2027-03-08T19:30:01Z", true, true),
            ("2027-03-11T00:00:00Z", true, true),
        ];
        for (now, cancelled, allowed) in table {
            let found = Policy::STANDARD.allows(begins, cancelled, at(now));
            let expected = if allowed { Ok(()) } else { Err(TooLate { until: at("2027-03-08T19:30:00Z") }) };
            assert_eq!(found, expected, "{now} {cancelled}");
        }
    }

    #[test]
    fn rules_that_were_stored_before_are_read() {
        let stored = r#"{"version":1,"refundable_until_hours_before":48}"#;
        assert_eq!(serde_json::from_str::<Policy>(stored).unwrap(), Policy::STANDARD);
        assert_eq!(serde_json::to_string(&Policy::STANDARD).unwrap(), stored);
    }
}
