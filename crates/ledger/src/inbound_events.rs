use feiqian_calendar::{Day, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Document, INBOUND_EVENTS_MAX};

/// What a source has told us on a day that asked for nothing to be done: the newest events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboundEvents {
    schema: u16,
    received: u64,
    lines: Vec<InboundEvent>,
}

/// An event of another system, without what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboundEvent {
    /// The sender's id of it.
    pub id: String,
    /// Its type.
    pub kind: String,
    /// When it came first.
    pub at: Timestamp,
}

impl Document for InboundEvents {
    const SCHEMA: u16 = 1;
    const NAME: &'static str = "inbound events";

    fn schema(&self) -> u16 {
        self.schema
    }
}

impl InboundEvents {
    /// The key of a day's events of a source.
    #[must_use]
    pub fn key(source: &str, day: Day) -> String {
        format!("inbound_events/{source}/{day}")
    }

    /// A day with its first event.
    #[must_use]
    pub fn new(event: InboundEvent) -> Self {
        Self { schema: Self::SCHEMA, received: 1, lines: vec![event] }
    }

    /// How many came, those that are no longer listed included.
    #[must_use]
    pub const fn received(&self) -> u64 {
        self.received
    }

    /// The newest, in the order in which they came.
    #[must_use]
    pub fn lines(&self) -> &[InboundEvent] {
        &self.lines
    }

    /// Adds an event; the oldest makes room. False, and nothing changed, if it is listed.
    pub fn add(&mut self, event: InboundEvent) -> bool {
        if self.lines.iter().any(|known| known.id == event.id) {
            return false;
        }
        if self.lines.len() >= INBOUND_EVENTS_MAX {
            self.lines.remove(0);
        }
        self.received = self.received.saturating_add(1);
        self.lines.push(event);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(number: usize) -> InboundEvent {
        let id = format!("evt_{number}");
        InboundEvent { id, kind: "card.expired".to_owned(), at: Timestamp::default() }
    }

    #[test]
    fn a_replay_adds_nothing_and_the_oldest_make_room() {
        let mut events = InboundEvents::new(event(0));
        assert!(!events.add(event(0)));
        for number in 1..=INBOUND_EVENTS_MAX {
            assert!(events.add(event(number)));
        }
        assert_eq!(events.lines().len(), INBOUND_EVENTS_MAX);
        assert_eq!(events.lines()[0], event(1));
        assert_eq!(events.received(), INBOUND_EVENTS_MAX as u64 + 1);
        assert_eq!(InboundEvents::decode(&events.encode().unwrap()).unwrap(), events);
    }
}
