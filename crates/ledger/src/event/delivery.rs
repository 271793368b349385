use feiqian_calendar::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{DELIVERY_ATTEMPTS_KEPT, Document, EndpointId, EventId};

/// How long the next attempt waits after each that failed, milliseconds (RULES section 6,
/// Standard Webhooks). After the last there is none.
pub const DELIVERY_WAITS_MS: [u64; 9] = [
    5_000,
    5 * MINUTE_MS,
    30 * MINUTE_MS,
    2 * HOUR_MS,
    5 * HOUR_MS,
    10 * HOUR_MS,
    14 * HOUR_MS,
    20 * HOUR_MS,
    24 * HOUR_MS,
];

const MINUTE_MS: u64 = 60 * 1000;
const HOUR_MS: u64 = 60 * MINUTE_MS;

/// The part of a wait that chance adds to it, at most: so that what failed together does not
/// come back together.
const JITTER_DIVISOR: u64 = 10;

/// The longest wait that a receiver may ask for, milliseconds: as long as the longest of ours.
const RETRY_AFTER_MAX_MS: u64 = 24 * HOUR_MS;

/// What became of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptOutcome {
    /// The endpoint answered with this status. Only 200 to 299 is a success.
    Status(u16),
    /// No connection, or it broke before the answer.
    Unreached,
    /// No answer in time.
    TimedOut,
    /// The name of its host is not known.
    Unresolved,
    /// Its host is at an address that is not public.
    AddressRefused,
    /// Its URL is none that events are sent to.
    UrlRefused,
    /// The event could not be handed over or signed here.
    Unsent,
}

impl AttemptOutcome {
    /// Whether the endpoint has the event.
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Status(200..=299))
    }

    /// Whether the endpoint wants no events any more.
    #[must_use]
    pub const fn is_gone(self) -> bool {
        matches!(self, Self::Status(410))
    }

    /// A word for what came instead of a status.
    #[must_use]
    pub const fn error(self) -> Option<&'static str> {
        match self {
            Self::Status(_) => None,
            Self::Unreached => Some("unreached"),
            Self::TimedOut => Some("timed_out"),
            Self::Unresolved => Some("unresolved"),
            Self::AddressRefused => Some("address_refused"),
            Self::UrlRefused => Some("url_refused"),
            Self::Unsent => Some("unsent"),
        }
    }

    /// The status, if there was an answer.
    #[must_use]
    pub const fn status(self) -> Option<u16> {
        match self {
            Self::Status(status) => Some(status),
            _ => None,
        }
    }
}

/// What whoever delivers an event has to say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivered {
    /// What became of it.
    pub outcome: AttemptOutcome,
    /// How long the endpoint wants to be left alone, milliseconds, if it says so.
    pub retry_after_ms: Option<u64>,
    /// How long it took, milliseconds.
    pub took_ms: u64,
}

/// An attempt to deliver an event to an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When it began.
    pub at: Timestamp,
    /// Which attempt of its row it was, from 1.
    pub number: u32,
    /// Whether the partner asked for this row.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replay: bool,
    /// What became of it.
    pub outcome: AttemptOutcome,
    /// How long it took, milliseconds.
    pub took_ms: u64,
    /// When the next one is due; none if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Timestamp>,
}

/// How long to wait after attempt `number`, from 1; none after the last. `random` is any number.
#[must_use]
pub fn wait_ms(number: u32, retry_after_ms: Option<u64>, random: u64) -> Option<u64> {
    let place = usize::try_from(number.max(1) - 1).unwrap_or(usize::MAX);
    let wait = *DELIVERY_WAITS_MS.get(place)?;
    let jittered = wait + random % (wait / JITTER_DIVISOR + 1);
    Some(jittered.max(retry_after_ms.unwrap_or(0).min(RETRY_AFTER_MAX_MS)))
}

/// The attempt that took place, with when the next one is due: none after a success, after the
/// last of the schedule, and when the endpoint is gone.
#[must_use]
pub fn after_attempt(
    at: Timestamp,
    number: u32,
    replay: bool,
    delivered: &Delivered,
    random: u64,
) -> Attempt {
    let Delivered { outcome, retry_after_ms, took_ms } = *delivered;
    let over = outcome.is_success() || outcome.is_gone();
    let wait = wait_ms(number, retry_after_ms, random).filter(|_| !over);
    let next_at = wait.map(|wait| at.plus_millis(took_ms).plus_millis(wait));
    Attempt { at, number, replay, outcome, took_ms, next_at }
}

/// The attempts to deliver one event to one endpoint, the newest last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempts {
    schema: u16,
    lines: Vec<Attempt>,
}

impl Document for Attempts {
    const SCHEMA: u16 = 1;
    const NAME: &'static str = "attempts";

    fn schema(&self) -> u16 {
        self.schema
    }
}

impl Attempts {
    /// The key of the attempts of an event at an endpoint. The next slot is used when the maker
    /// of the one before died.
    #[must_use]
    pub fn key(event: &EventId, endpoint: &EndpointId, slot: u8) -> String {
        format!("attempts/{event}/{endpoint}/{slot}")
    }

    /// With the first attempt.
    #[must_use]
    pub fn new(attempt: Attempt) -> Self {
        Self { schema: Self::SCHEMA, lines: vec![attempt] }
    }

    /// The newest, in the order in which they took place.
    #[must_use]
    pub fn lines(&self) -> &[Attempt] {
        &self.lines
    }

    /// Adds an attempt; the oldest makes room.
    pub fn add(&mut self, attempt: Attempt) {
        if self.lines.len() >= DELIVERY_ATTEMPTS_KEPT {
            self.lines.remove(0);
        }
        self.lines.push(attempt);
    }
}
