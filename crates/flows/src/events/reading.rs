use feiqian_calendar::Day;
use feiqian_ledger::event::{Attempt, Attempts, EventLine, EventLog, EventPage};
use feiqian_ledger::{
    DELIVERY_ATTEMPT_SLOTS, EVENT_LOG_SLOTS, EVENT_PAGE_LINES, EndpointId, Event, EventId,
    EventType, PartnerId,
};

use super::list_endpoints;
use crate::documents::{load, load_many};
use crate::{FlowError, Platform, Subject};

/// The most events of one answer (RULES section 6).
pub const EVENTS_LIMIT_MAX: usize = 100;

/// Pages that one answer reads, when few lines of them are of the type that is asked for.
const PAGES_READ_MAX: usize = 8;

/// Where in a day a reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EventPosition {
    /// Which of the day's logs.
    pub slot: u8,
    /// How many of its lines are behind the reader.
    pub line: u64,
}

/// Bits of a position's line in its number: more lines than a day has.
const LINE_BITS: u32 = 48;

impl EventPosition {
    /// The position as one number, for a cursor.
    #[must_use]
    pub const fn number(self) -> u64 {
        ((self.slot as u64) << LINE_BITS) | (self.line & ((1 << LINE_BITS) - 1))
    }

    /// The position that a number stands for. One that there is not has nothing behind it.
    #[must_use]
    pub fn from_number(number: u64) -> Self {
        let slot = u8::try_from(number >> LINE_BITS).unwrap_or(u8::MAX);
        Self { slot, line: number & ((1 << LINE_BITS) - 1) }
    }
}

/// What is asked of a partner's day.
#[derive(Debug, Clone)]
pub struct EventsQuery {
    /// Whose.
    pub partner: PartnerId,
    /// The day on which they were made ready.
    pub day: Day,
    /// Of which type; none for all.
    pub kind: Option<EventType>,
    /// Where to go on.
    pub after: EventPosition,
    /// How many at most, 1 to [`EVENTS_LIMIT_MAX`].
    pub limit: usize,
}

/// Events of a day, in the order in which they were made ready.
#[derive(Debug, Clone, Default)]
pub struct EventsPage {
    /// The events.
    pub events: Vec<Event>,
    /// Where the next answer goes on, also if there is nothing yet.
    pub next: EventPosition,
    /// Whether there is more now.
    pub has_more: bool,
}

/// Lines of a day, and where their reader then stands.
pub(super) struct Lines {
    pub(super) lines: Vec<EventLine>,
    pub(super) next: EventPosition,
    pub(super) has_more: bool,
}

/// Reads a partner's events of a day. A poller that goes on where it stood misses none: what is
/// made ready later comes behind.
///
/// # Errors
/// That the store did not answer or its data is not consistent.
pub async fn list_events<P: Platform>(
    platform: &P,
    query: &EventsQuery,
) -> Result<EventsPage, FlowError> {
    let Lines { lines, next, has_more } = lines_of(platform, query).await?;
    let keys: Vec<String> = lines.iter().map(|line| Event::key(&line.event)).collect();
    let events = load_many::<P, Event>(platform, &keys).await?;
    Ok(EventsPage { events: events.into_iter().flatten().collect(), next, has_more })
}

pub(super) async fn lines_of<P: Platform>(
    platform: &P,
    query: &EventsQuery,
) -> Result<Lines, FlowError> {
    let EventsQuery { partner, day, kind, after, limit } = query;
    let keys: Vec<String> =
        (0..EVENT_LOG_SLOTS).map(|slot| EventLog::key(partner, *day, slot)).collect();
    let logs = load_many::<P, EventLog>(platform, &keys).await?;
    let limit = (*limit).clamp(1, EVENTS_LIMIT_MAX);
    let (mut found, mut pages, mut next) = (Vec::new(), 0, *after);
    for (slot, log) in (0_u8..).zip(logs) {
        let Some(log) = log.filter(|_| slot >= after.slot) else { continue };
        let mut line = if slot == after.slot { after.line } else { 0 };
        while line < log.len() {
            next = EventPosition { slot, line };
            if found.len() >= limit || pages >= PAGES_READ_MAX {
                return Ok(Lines { lines: found, next, has_more: true });
            }
            pages += 1;
            for known in part(platform, partner, *day, next, &log).await? {
                if found.len() >= limit {
                    return Ok(Lines { lines: found, next, has_more: true });
                }
                line += 1;
                next = EventPosition { slot, line };
                if kind.is_none_or(|kind| kind == known.kind) {
                    found.push(known);
                }
            }
        }
    }
    Ok(Lines { lines: found, next, has_more: false })
}

/// The rest of the page that a line is in; never empty for a line that is there.
async fn part<P: Platform>(
    platform: &P,
    partner: &PartnerId,
    day: Day,
    EventPosition { slot, line }: EventPosition,
    log: &EventLog,
) -> Result<Vec<EventLine>, FlowError> {
    let per_page = EVENT_PAGE_LINES as u64;
    let number = u32::try_from(line / per_page).unwrap_or(u32::MAX);
    let lost = || FlowError::Inconsistent(format!("a page of events of {day} is lost"));
    let (lines, skipped) = if number < log.pages() {
        let key = EventPage::key(partner, day, slot, number);
        let page: Option<EventPage> = load(platform, &key).await?;
        (page.ok_or_else(lost)?.lines().to_vec(), line % per_page)
    } else {
        (log.lines().to_vec(), line - u64::from(log.pages()) * per_page)
    };
    let rest = lines.get(usize::try_from(skipped).unwrap_or(usize::MAX)..).unwrap_or_default();
    if rest.is_empty() { Err(lost()) } else { Ok(rest.to_vec()) }
}

/// An event of a partner.
///
/// # Errors
/// [`FlowError::NotFound`] if there is none, or it is another partner's.
pub async fn load_event<P: Platform>(
    platform: &P,
    partner: &PartnerId,
    id: &EventId,
) -> Result<Event, FlowError> {
    let event: Option<Event> = load(platform, &Event::key(id)).await?;
    event.filter(|event| event.partner == *partner).ok_or(FlowError::NotFound(Subject::Event))
}

/// The newest attempts to deliver an event to each of its partner's endpoints.
///
/// # Errors
/// As [`load_event`].
pub async fn load_attempts<P: Platform>(
    platform: &P,
    partner: &PartnerId,
    id: &EventId,
) -> Result<Vec<(EndpointId, Vec<Attempt>)>, FlowError> {
    load_event(platform, partner, id).await?;
    let endpoints = list_endpoints(platform, partner).await?;
    let keys: Vec<String> = endpoints
        .iter()
        .flat_map(|endpoint| {
            (0..DELIVERY_ATTEMPT_SLOTS).map(|slot| Attempts::key(id, &endpoint.id, slot))
        })
        .collect();
    let found = load_many::<P, Attempts>(platform, &keys).await?;
    let slots = found.chunks(usize::from(DELIVERY_ATTEMPT_SLOTS));
    let lines = |slots: &[Option<Attempts>]| {
        slots.iter().flatten().flat_map(|attempts| attempts.lines().to_vec()).collect()
    };
    Ok(endpoints.into_iter().zip(slots).map(|(known, slots)| (known.id, lines(slots))).collect())
}
