use feiqian_calendar::{Day, Timestamp};
use serde::{Deserialize, Serialize};

use super::EventType;
use crate::{Document, EVENT_PAGE_LINES, Event, EventId, PartnerId};

/// The events of a partner that were made ready on a day: the newest lines, behind the pages
/// that have left.
///
/// A day has [`EVENT_LOG_SLOTS`](crate::EVENT_LOG_SLOTS) of them: the next one is used when the
/// maker of the one before died.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventLog {
    schema: u16,
    pages: u32,
    lines: Vec<EventLine>,
}

/// A full page of a partner's day: it never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventPage {
    schema: u16,
    number: u32,
    lines: Vec<EventLine>,
}

/// An event in a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventLine {
    /// The event.
    pub event: EventId,
    /// What happened.
    pub kind: EventType,
    /// When.
    pub at: Timestamp,
}

impl From<&Event> for EventLine {
    fn from(event: &Event) -> Self {
        Self { event: event.id.clone(), kind: event.kind, at: event.at }
    }
}

impl Document for EventLog {
    const SCHEMA: u16 = 1;
    const NAME: &'static str = "event log";

    fn schema(&self) -> u16 {
        self.schema
    }
}

impl Document for EventPage {
    const SCHEMA: u16 = 1;
    const NAME: &'static str = "page of events";

    fn schema(&self) -> u16 {
        self.schema
    }
}

impl EventLog {
    /// The key of a slot of a partner's day.
    #[must_use]
    pub fn key(partner: &PartnerId, day: Day, slot: u8) -> String {
        format!("events/{}/{day}/{slot}", partner.as_str())
    }

    /// An empty log.
    #[must_use]
    pub const fn new() -> Self {
        Self { schema: Self::SCHEMA, pages: 0, lines: Vec::new() }
    }

    /// Pages that have left, each of [`EVENT_PAGE_LINES`] lines.
    #[must_use]
    pub const fn pages(&self) -> u32 {
        self.pages
    }

    /// The lines behind those pages, in the order in which they came.
    #[must_use]
    pub fn lines(&self) -> &[EventLine] {
        &self.lines
    }

    /// How many lines there are, those of pages included.
    #[must_use]
    pub fn len(&self) -> u64 {
        u64::from(self.pages) * EVENT_PAGE_LINES as u64 + self.lines.len() as u64
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds an event, unless it is among the newest. One that was added long before stands
    /// there twice, which costs its reader nothing. True if that is news.
    pub fn add(&mut self, line: EventLine) -> bool {
        let news = self.lines.iter().all(|known| known.event != line.event);
        if news {
            self.lines.push(line);
        }
        news
    }

    /// The page that is to be written out before [`Self::drop_page`], if one is full.
    #[must_use]
    pub fn full_page(&self) -> Option<EventPage> {
        // One line stays, so that an event that comes again at once is noticed.
        let full = self.lines.len() > EVENT_PAGE_LINES;
        full.then(|| EventPage {
            schema: EventPage::SCHEMA,
            number: self.pages,
            lines: self.lines[..EVENT_PAGE_LINES].to_vec(),
        })
    }

    /// Drops the lines of a page that was written out.
    pub fn drop_page(&mut self, page: &EventPage) {
        if page.number == self.pages {
            self.lines.drain(..page.lines.len().min(self.lines.len()));
            self.pages = self.pages.saturating_add(1);
        }
    }
}

impl EventPage {
    /// The key of a page of a slot of a partner's day.
    #[must_use]
    pub fn key(partner: &PartnerId, day: Day, slot: u8, number: u32) -> String {
        format!("event_page/{}/{day}/{slot}/{number}", partner.as_str())
    }

    /// Its number, from 0.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// Its lines.
    #[must_use]
    pub fn lines(&self) -> &[EventLine] {
        &self.lines
    }
}
