use feiqian_identity::{SealError, SealKeys, Sealed};
use feiqian_ledger::event::{Endpoint, NewEndpoint};
use feiqian_ledger::{
    Document, ENDPOINTS_MAX, EndpointId, Event, EventId, EventType, PartnerId, Refusal,
};
use feiqian_signing::new_webhook_secret;
use feiqian_store::{Pause, Store};

use super::{Errand, set};
use crate::accounts::check_fingerprint;
use crate::documents::{Decision, change, create, load_many};
use crate::platform::{Backoff, seal};
use crate::{FlowError, Platform, Subject};

/// Looks at a place that another is just taking before it counts as taken.
const PLACE_LOOKS_MAX: u32 = 8;

/// Bytes of a secret: as many as its hash has.
const SECRET_BYTES: usize = 32;

/// A partner's request to be told of events.
#[derive(Debug, Clone)]
pub struct CreateEndpointRequest {
    /// Who asks.
    pub partner: PartnerId,
    /// The idempotency key.
    pub key: String,
    /// Where to. Whether it may be sent to is the caller's to check.
    pub url: String,
    /// The types that are sent; none for all.
    pub types: Vec<EventType>,
}

/// An endpoint with the secret that its partner is shown.
#[derive(Debug, Clone)]
pub struct MadeEndpoint {
    /// It.
    pub endpoint: Endpoint,
    /// The secret in use: `whsec_` and base64.
    pub secret: String,
    /// Whether an earlier request made it.
    pub replayed: bool,
}

/// A partner's places for endpoints, taken or not, in one round trip. A removed endpoint is none.
pub(super) async fn places_of<P: Platform>(
    platform: &P,
    partner: &PartnerId,
) -> Result<Vec<Option<Endpoint>>, FlowError> {
    let keys: Vec<String> = (0..ENDPOINTS_MAX).map(|place| Endpoint::key(partner, place)).collect();
    load_many(platform, &keys).await
}

/// The endpoints of a partner.
///
/// # Errors
/// That the store did not answer.
pub async fn list_endpoints<P: Platform>(
    platform: &P,
    partner: &PartnerId,
) -> Result<Vec<Endpoint>, FlowError> {
    let places = places_of(platform, partner).await?;
    Ok(places.into_iter().flatten().filter(|endpoint| !endpoint.is_removed()).collect())
}

/// An endpoint of a partner.
///
/// # Errors
/// [`FlowError::NotFound`].
pub async fn load_endpoint<P: Platform>(
    platform: &P,
    partner: &PartnerId,
    id: &EndpointId,
) -> Result<Endpoint, FlowError> {
    let found = list_endpoints(platform, partner).await?;
    let found = found.into_iter().find(|endpoint| endpoint.id == *id);
    found.ok_or(FlowError::NotFound(Subject::Endpoint))
}

/// Makes an endpoint in the first of the partner's places that is free. The same request asked
/// again finds what it made, secret included.
///
/// # Errors
/// [`FlowError::KeyReused`], [`Refusal::EndpointsFull`].
pub async fn create_endpoint<P: Platform>(
    platform: &P,
    keys: &SealKeys,
    request: CreateEndpointRequest,
) -> Result<MadeEndpoint, FlowError> {
    let CreateEndpointRequest { partner, key, url, types } = request;
    let id = EndpointId::derive(platform.region(), &[partner.as_str(), &key]);
    let secret = seal_new_secret(platform, keys, &id)?;
    let now = platform.now();
    let new = Endpoint::new(NewEndpoint { id, partner: partner.clone(), url, types, secret, now });
    let known = places_of(platform, &partner).await?;
    if let Some(known) = known.into_iter().flatten().find(|known| known.id == new.id) {
        check_fingerprint(&known.fingerprint, &new.fingerprint)?;
        if known.is_removed() {
            return Err(FlowError::NotFound(Subject::Endpoint));
        }
        return shown(keys, known, true);
    }
    for place in 0..ENDPOINTS_MAX {
        let taken = take_place(platform, &Endpoint::key(&partner, place), &new).await?;
        match taken {
            Some((endpoint, replayed)) if endpoint.id == new.id => {
                check_fingerprint(&endpoint.fingerprint, &new.fingerprint)?;
                return shown(keys, endpoint, replayed);
            }
            _ => {}
        }
    }
    Err(Refusal::EndpointsFull.into())
}

/// Takes a place, or finds who has it; none if its maker died. True for an endpoint that was there.
async fn take_place<P: Platform>(
    platform: &P,
    key: &str,
    new: &Endpoint,
) -> Result<Option<(Endpoint, bool)>, FlowError> {
    for look in 1..=PLACE_LOOKS_MAX {
        match create(platform, key, new).await {
            Ok(None) => return Ok(Some((new.clone(), false))),
            Ok(Some(known)) if known.is_removed() => {
                let taken = change(platform, key, async |known: &mut Endpoint| {
                    if !known.is_removed() {
                        return Ok(Decision::Keep((known.clone(), true)));
                    }
                    *known = new.clone();
                    Ok(Decision::Write((new.clone(), false)))
                });
                return taken.await.map(Some);
            }
            Ok(Some(known)) => return Ok(Some((known, true))),
            Err(FlowError::InProgress) => Backoff(platform).pause(look).await,
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Changes where an endpoint is, what it gets, and whether it gets anything.
///
/// # Errors
/// [`FlowError::NotFound`].
pub async fn change_endpoint<P: Platform>(
    platform: &P,
    partner: &PartnerId,
    id: &EndpointId,
    (url, types, enabled): (String, Vec<EventType>, bool),
) -> Result<Endpoint, FlowError> {
    let now = platform.now();
    change_place(platform, partner, id, |endpoint| {
        endpoint.change(url.clone(), types.clone(), enabled, now);
    })
    .await
}

/// Removes an endpoint. What is on its way to it comes to nothing, and its place is free.
///
/// # Errors
/// [`FlowError::NotFound`].
pub async fn remove_endpoint<P: Platform>(
    platform: &P,
    partner: &PartnerId,
    id: &EndpointId,
) -> Result<(), FlowError> {
    change_place(platform, partner, id, Endpoint::remove).await.map(drop)
}

/// Gives an endpoint a new secret. The one before signs beside it for a day.
///
/// # Errors
/// [`FlowError::NotFound`].
pub async fn rotate_secret<P: Platform>(
    platform: &P,
    keys: &SealKeys,
    partner: &PartnerId,
    id: &EndpointId,
) -> Result<MadeEndpoint, FlowError> {
    let sealed = seal_new_secret(platform, keys, id)?;
    let now = platform.now();
    let endpoint = change_place(platform, partner, id, |endpoint| {
        endpoint.rotate(sealed.clone(), now);
    })
    .await?;
    shown(keys, endpoint, false)
}

/// Sends an event to one endpoint, to see whether it arrives. Gives its id.
///
/// # Errors
/// [`FlowError::NotFound`], [`Refusal::EndpointDisabled`].
pub async fn ping_endpoint<P: Platform>(
    platform: &P,
    partner: &PartnerId,
    id: &EndpointId,
) -> Result<EventId, FlowError> {
    if !load_endpoint(platform, partner, id).await?.is_enabled() {
        return Err(Refusal::EndpointDisabled.into());
    }
    let endpoint = change_place(platform, partner, id, |endpoint| {
        endpoint.events = endpoint.events.saturating_add(1);
    })
    .await?;
    let event = Event::of_ping(&endpoint, platform.now());
    let errand = Errand::Delivery { event: event.id.clone(), endpoint: id.clone() };
    platform.store().put(&Event::key(&event.id), &event.encode()?).await?;
    set(platform, &errand).await?;
    Ok(event.id)
}

/// Changes an endpoint in whatever place of its partner's it is.
async fn change_place<P: Platform>(
    platform: &P,
    partner: &PartnerId,
    id: &EndpointId,
    decide: impl Fn(&mut Endpoint),
) -> Result<Endpoint, FlowError> {
    let places = places_of(platform, partner).await?;
    let known = (0_u8..).zip(places).filter_map(|(place, known)| Some((place, known?)));
    let place = known.filter(|(_, known)| known.id == *id).map(|(place, _)| place).next();
    let gone = || FlowError::NotFound(Subject::Endpoint);
    let key = Endpoint::key(partner, place.ok_or_else(gone)?);
    change(platform, &key, async |endpoint: &mut Endpoint| {
        if endpoint.id != *id || endpoint.is_removed() {
            return Err(gone());
        }
        decide(endpoint);
        Ok(Decision::Write(endpoint.clone()))
    })
    .await
}

fn seal_new_secret<P: Platform>(
    platform: &P,
    keys: &SealKeys,
    id: &EndpointId,
) -> Result<Sealed, SealError> {
    let mut secret = [0; SECRET_BYTES];
    platform.fill_random(&mut secret);
    seal(platform, keys, &Endpoint::seal_context(id), &new_webhook_secret(&secret))
}

/// An endpoint with its newest secret.
fn shown(keys: &SealKeys, endpoint: Endpoint, replayed: bool) -> Result<MadeEndpoint, FlowError> {
    let lost = || FlowError::Inconsistent(format!("{} has no secret", endpoint.id));
    let newest = endpoint.secrets.last().ok_or_else(lost)?;
    let secret = keys.open(&Endpoint::seal_context(&endpoint.id), &newest.sealed)?;
    Ok(MadeEndpoint { endpoint, secret, replayed })
}
