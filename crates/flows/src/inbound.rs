//! What other systems tell us without being asked. It is a hint and moves nothing by itself.

use feiqian_calendar::{Calendar, Day, Timestamp};
use feiqian_ledger::{InboundEvent, InboundEvents};
use feiqian_store::Store;

use crate::documents::load;
use crate::pages::add_line;
use crate::worker::{Progress, Settler};
use crate::{FlowError, Mark, Platform};

/// Marks that a bank's event is looked for among. With more that are pending, some events come
/// to nothing and the worker finishes their operations.
pub const EVENT_MARKS_MAX: usize = 1_000;

/// Takes up at once what is pending under a request id of ours, whatever the bank's event says
/// of it: the operation's own functions ask the bank and believe what it answers to that. So
/// an event that is repeated, late, out of order or wrong does what the worker does anyway.
///
/// None if nothing is pending under that id. A mark that is not finished keeps its time.
///
/// # Errors
/// That the marks could not be listed.
pub async fn note_bank_event<P: Platform, S: Settler>(
    platform: &P,
    settler: &S,
    request_id: &str,
) -> Result<Option<Progress<S::Failure>>, FlowError> {
    let marks = platform.store().pending_due(Timestamp::MAX, EVENT_MARKS_MAX).await?;
    let mut progress = None;
    for pending in marks {
        let Some(mark) = Mark::of(&pending).filter(|mark| mark.subject() == request_id) else {
            continue;
        };
        progress = Some(settler.settle(&mark, &pending).await);
    }
    Ok(progress)
}

/// Keeps an event that asks for nothing to be done. One that came before is kept once.
///
/// # Errors
/// That the store did not answer. [`FlowError::Contended`] if the day's document cannot be
/// made; the event is lost, which costs nobody anything.
pub async fn record_event<P: Platform>(
    platform: &P,
    calendar: Calendar,
    source: &str,
    id: &str,
    kind: &str,
) -> Result<(), FlowError> {
    let at = platform.now();
    let event = InboundEvent { id: id.to_owned(), kind: kind.to_owned(), at };
    let key = InboundEvents::key(source, calendar.day(at));
    let new = InboundEvents::new(event.clone());
    add_line(platform, std::iter::once(key), &new, |events: &mut InboundEvents| {
        events.add(event.clone());
        true
    })
    .await
}

/// What a source has told us on a day, if anything was kept. One store round trip.
///
/// # Errors
/// That the store did not answer.
pub async fn read_events<P: Platform>(
    platform: &P,
    source: &str,
    day: Day,
) -> Result<Option<InboundEvents>, FlowError> {
    load(platform, &InboundEvents::key(source, day)).await
}
