//! Telling partners of what happened.
//!
//! A protocol that has decided something for good sets a mark in the outbox, an *errand*, before
//! its own mark goes. From there a worker of its own goes on, so that no receiver holds money back:
//!
//! | step | the process dies after it | then |
//! |---|---|---|
//! | 1. the errand is set | by the protocol, before its mark goes | 2 |
//! | 2. the event is derived from the document that decided, and written | | it is written again, the same |
//! | 3. it is in its partner's log of the day | | it is found there, or stands there twice |
//! | 4. each endpoint that wants it has an errand | | some have it twice, and are told twice |
//! | 5. the errand of step 1 goes | | |
//! | 6. an attempt is made | | it is made again: *at least once* |
//! | 7. it is written down | | it is made again |
//! | 8. the endpoint knows that it works or fails | | it is made again |
//! | 9. the errand goes, or is set anew for the next attempt first | | an endpoint may be told twice |
//!
//! Nothing here decides about money, and no protocol waits for any of it.

mod deliver;
mod endpoints;
mod errand;
mod reading;
mod replay;
mod tell;

pub use deliver::{Courier, DELIVERY_ENDPOINTS_MAX, Parcel};
pub use endpoints::{
    CreateEndpointRequest, MadeEndpoint, change_endpoint, create_endpoint, list_endpoints,
    load_endpoint, ping_endpoint, remove_endpoint, rotate_secret,
};
pub use errand::Errand;
pub use reading::{
    EVENTS_LIMIT_MAX, EventPosition, EventsPage, EventsQuery, list_events, load_attempts,
    load_event,
};
pub use replay::{ReplayedRange, replay_event, replay_range};

use std::slice;

use feiqian_calendar::Calendar;
use feiqian_identity::SealKeys;
use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_store::{Pending, Store};

use crate::{FlowError, Platform};

/// Errands that are taken up at once: their documents are read in one round trip, and what becomes
/// of them is written in few.
pub const DELIVERY_BATCH_MAX: usize = 128;

/// Errands that a run lists: more than a busy region's second brings. Keys alone, a few hundred
/// kilobytes.
const DELIVERY_LIST_MAX: usize = 4_096;

/// What a run of the worker for the outbox did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryRun {
    /// Events that were made ready.
    pub told: usize,
    /// Attempts that succeeded.
    pub delivered: usize,
    /// Attempts that failed.
    pub failed: usize,
    /// What went wrong here, by the name of the errand. Each is put off.
    pub failures: Vec<(String, FlowError)>,
}

/// Sets the errand of something that has been decided for good, before the mark of its protocol
/// goes. Setting it twice tells of it twice.
pub(crate) async fn announce<P: Platform>(platform: &P, errand: &Errand) -> Result<(), FlowError> {
    if mutant(Mutant::EventNotMade) {
        return Ok(());
    }
    set(platform, errand).await
}

/// Sets an errand, to be taken up by the next run.
async fn set<P: Platform>(platform: &P, errand: &Errand) -> Result<(), FlowError> {
    Ok(platform.store().outbox_add(&[errand.mark(platform.now(), 0)]).await?)
}

/// One run of the worker for the outbox: makes events ready, then delivers what is due. It is
/// bounded in number, in endpoints at once and in time. Two runs at once are harmless.
///
/// # Errors
/// That the errands could not be listed or put off.
pub async fn run_deliveries<P: Platform, C: Courier>(
    platform: &P,
    calendar: Calendar,
    keys: &SealKeys,
    courier: &C,
) -> Result<DeliveryRun, FlowError> {
    let (started, mut run) = (platform.now(), DeliveryRun::default());
    let list = async || platform.store().outbox_due(platform.now(), DELIVERY_LIST_MAX).await;
    let mut due = list().await?;
    if tell::tell(platform, calendar, &due, &mut run).await? {
        due = list().await?;
    }
    deliver::deliver(platform, keys, courier, due, started, &mut run).await?;
    Ok(run)
}

/// Puts an errand off, and then drops the old mark: dying in between leaves both, and the second
/// tells again.
async fn postpone<P: Platform>(
    platform: &P,
    pending: &Pending,
    next: &Pending,
) -> Result<(), FlowError> {
    if next == pending {
        return Ok(());
    }
    platform.store().outbox_add(slice::from_ref(next)).await?;
    Ok(platform.store().outbox_done(slice::from_ref(pending)).await?)
}
