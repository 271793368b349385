//! One attempt, bounded in time and size.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use feiqian_courier::{Dispatch, Dispatched, TargetError, Targets, retry_after_ms};
use feiqian_ledger::event::AttemptOutcome;
use futures::future::{Either, select};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{HeaderName, HeaderValue, Method, Request};
use http_body_util::{BodyExt, Full};
use spin_sdk::wasip3::clocks::{monotonic_clock, system_clock};

use crate::lookup::addresses_of;
use crate::settings::{Lookup, Settings};

/// How long a receiver has for its answer (RULES section 6: 15 to 30 s).
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

/// How much of an answer's body is read, so that the connection can be used again: nothing in it
/// is looked at.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// Says whose request it is.
const AGENT: &str = "Feiqian-Webhooks";

/// Sends an event, and says what became of it. The answer's status decides; redirects are not
/// followed, since they are no success and nobody checked where they lead.
pub(crate) async fn send(settings: Settings, dispatch: Dispatch) -> Dispatched {
    let started = monotonic_clock::now();
    let attempt = pin!(attempt(settings, dispatch));
    let timeout = pin!(spin_sdk::time::sleep(ANSWER_TIMEOUT));
    let (outcome, retry_after_ms) = match select(attempt, timeout).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(_) => (AttemptOutcome::TimedOut, None),
    };
    let took_ms = monotonic_clock::now().saturating_sub(started) / 1_000_000;
    Dispatched { outcome, retry_after_ms, took_ms }
}

async fn attempt(settings: Settings, dispatch: Dispatch) -> (AttemptOutcome, Option<u64>) {
    if let Err(outcome) = check(settings, &dispatch.url).await {
        return (outcome, None);
    }
    let Some(request) = request(dispatch) else { return (AttemptOutcome::Unsent, None) };
    let Ok(response) = spin_sdk::http::send(request).await else {
        return (AttemptOutcome::Unreached, None);
    };
    let (head, body) = response.into_parts();
    skip(body).await;
    let after = head.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let wait = after.and_then(|value| retry_after_ms(value, now_ms()));
    (AttemptOutcome::Status(head.status.as_u16()), wait)
}

/// Whether a URL may be sent to now. A name may lead elsewhere the next time it is looked up; only
/// whoever connects can exclude that, so a region's host blocks private networks as well.
async fn check(Settings { targets, lookup }: Settings, url: &str) -> Result<(), AttemptOutcome> {
    let target = targets.read(url).map_err(|error| match error {
        TargetError::Address => AttemptOutcome::AddressRefused,
        TargetError::Malformed | TargetError::Scheme | TargetError::Host => {
            AttemptOutcome::UrlRefused
        }
    })?;
    if targets == Targets::Development || target.address.is_some() || lookup == Lookup::Host {
        return Ok(());
    }
    let addresses = addresses_of(&target.host).await;
    if addresses.is_empty() {
        return Err(AttemptOutcome::Unresolved);
    }
    if targets.allow(&addresses) { Ok(()) } else { Err(AttemptOutcome::AddressRefused) }
}

fn request(dispatch: Dispatch) -> Option<Request<Full<Bytes>>> {
    let body = Bytes::from(dispatch.body);
    let length = body.len();
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = dispatch.url.parse().ok()?;
    let headers = request.headers_mut();
    for header in dispatch.headers {
        let name = HeaderName::from_bytes(header.name.as_bytes()).ok()?;
        headers.insert(name, HeaderValue::from_str(&header.value).ok()?);
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_LENGTH, length.into());
    headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    Some(request)
}

/// Reads a body up to a bound. How it ends does not matter: the status has come.
async fn skip<B: BodyExt<Data = Bytes> + Unpin>(mut body: B) {
    let mut read = 0_usize;
    while let Some(Ok(frame)) = body.frame().await {
        read = read.saturating_add(frame.data_ref().map_or(0, Bytes::len));
        if read > ANSWER_BYTES_MAX {
            return;
        }
    }
}

/// Milliseconds since 1970.
fn now_ms() -> u64 {
    let now = system_clock::now();
    let seconds = u64::try_from(now.seconds).unwrap_or(0);
    seconds.saturating_mul(1_000).saturating_add(u64::from(now.nanoseconds / 1_000_000))
}
