use feiqian_ledger::{EndpointId, EventId, PartnerId, Refusal};

use super::reading::{Lines, lines_of};
use super::{Errand, EventPosition, EventsQuery, load_endpoint, load_event, set};
use crate::{FlowError, Platform};

/// What became of the replay of a part of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayedRange {
    /// Events that are on their way once more.
    pub replayed: usize,
    /// Where to go on.
    pub next: EventPosition,
    /// Whether the day has more now.
    pub has_more: bool,
}

/// Sends an event to an endpoint once more, whatever its filter, by the whole schedule.
///
/// # Errors
/// [`FlowError::NotFound`] for an event or an endpoint that is not the partner's,
/// [`Refusal::EndpointDisabled`].
pub async fn replay_event<P: Platform>(
    platform: &P,
    partner: &PartnerId,
    event: &EventId,
    endpoint: &EndpointId,
) -> Result<(), FlowError> {
    load_event(platform, partner, event).await?;
    check_enabled(platform, partner, endpoint).await?;
    replay(platform, event, endpoint).await
}

/// Sends the events of a part of a day to an endpoint once more.
///
/// # Errors
/// As [`replay_event`]. After an error some may be on their way; asking again sends these twice.
pub async fn replay_range<P: Platform>(
    platform: &P,
    query: &EventsQuery,
    endpoint: &EndpointId,
) -> Result<ReplayedRange, FlowError> {
    check_enabled(platform, &query.partner, endpoint).await?;
    let Lines { lines, next, has_more } = lines_of(platform, query).await?;
    for line in &lines {
        replay(platform, &line.event, endpoint).await?;
    }
    Ok(ReplayedRange { replayed: lines.len(), next, has_more })
}

async fn replay<P: Platform>(
    platform: &P,
    event: &EventId,
    endpoint: &EndpointId,
) -> Result<(), FlowError> {
    let errand = Errand::Replay { event: event.clone(), endpoint: endpoint.clone() };
    set(platform, &errand).await
}

async fn check_enabled<P: Platform>(
    platform: &P,
    partner: &PartnerId,
    endpoint: &EndpointId,
) -> Result<(), FlowError> {
    match load_endpoint(platform, partner, endpoint).await?.is_enabled() {
        true => Ok(()),
        false => Err(Refusal::EndpointDisabled.into()),
    }
}
