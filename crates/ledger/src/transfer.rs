use feiqian_calendar::{Calendar, Timestamp};
use serde::{Deserialize, Serialize};

use crate::AccountId;

/// How long a normal transfer waits before it is sent, milliseconds (RULES section 1: 2 h).
const NORMAL_WAIT_MS: u64 = 2 * 60 * 60 * 1000;

/// When a transfer is sent (RULES section 1). Until then it can be cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speed {
    /// At once.
    AtOnce,
    /// After two hours.
    TwoHours,
    /// On the region's next calendar day, and no sooner than a normal one.
    NextDay,
}

impl Speed {
    /// The name on the wire and in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AtOnce => "at_once",
            Self::TwoHours => "two_hours",
            Self::NextDay => "next_day",
        }
    }

    /// When a transfer that is asked for now is sent.
    #[must_use]
    pub fn sends_at(self, now: Timestamp, calendar: Calendar) -> Timestamp {
        let normal = now.plus_millis(NORMAL_WAIT_MS);
        match self {
            Self::AtOnce => now,
            Self::TwoHours => normal,
            Self::NextDay => {
                let next = calendar.day(now).next();
                next.map_or(normal, |day| calendar.start_of(day).max(normal))
            }
        }
    }
}

/// A transfer to another account of the application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// The account that the money goes to.
    pub payee: AccountId,
    /// Its holder's name, as the sender was shown it.
    pub payee_name: String,
    /// When it is sent, by the sender's choice.
    pub speed: Speed,
    /// When that is.
    pub sends_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (asked for at, of China's 23 November 2026; sent at).
    #[test]
    fn each_speed_waits_as_the_rule_says() {
        let at = |text: &str| Timestamp::parse(text).unwrap();
        for (speed, now, sent) in [
            (Speed::AtOnce, "2026-11-23T12:00:00+08:00", "2026-11-23T12:00:00+08:00"),
            (Speed::TwoHours, "2026-11-23T23:00:00+08:00", "2026-11-24T01:00:00+08:00"),
            (Speed::NextDay, "2026-11-23T00:00:00+08:00", "2026-11-24T00:00:00+08:00"),
            (Speed::NextDay, "2026-11-23T21:59:59+08:00", "2026-11-24T00:00:00+08:00"),
            (Speed::NextDay, "2026-11-23T22:00:00+08:00", "2026-11-24T00:00:00+08:00"),
            (Speed::NextDay, "2026-11-23T22:00:01+08:00", "2026-11-24T00:00:01+08:00"),
            (Speed::NextDay, "2026-12-31T12:00:00+08:00", "2027-01-01T00:00:00+08:00"),
        ] {
            assert_eq!(speed.sends_at(at(now), Calendar::CHINA), at(sent), "{speed:?} {now}");
        }
    }
}
