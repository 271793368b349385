//! The connection with Spin: requests in, answers out, and what a flow needs of its host.

mod bank;
mod clock;
mod instance;
mod platform;
mod random;
mod settings;

pub use bank::{BankOverHttp, ConnectorHealth};
pub use platform::SpinPlatform;
pub use settings::{PerInstance, SpinVariables};

use bytes::{Bytes, BytesMut};
use http::header::CONTENT_LENGTH;
use http_body_util::{BodyExt, Full};
use spin_sdk::http::Request;
use std::thread::LocalKey;

use crate::{BodyError, Component, Inbound, MAX_BODY_BYTES, Problem, budget};
use instance::Running;

/// Serves one request of a component, and runs what follows the answer once it is out.
///
/// `settings` are loaded from the variables at the instance's first request. If that
/// fails each request says so, and the next one tries again.
pub async fn serve<C: Component>(
    request: Request,
    settings: &'static LocalKey<PerInstance<C::Settings>>,
) -> http::Response<Full<Bytes>> {
    let _running = Running::start();
    let (head, body) = request.into_parts();
    let body = if declared_too_large(&head) { Err(BodyError::TooLarge) } else { read(body).await };
    let settings = settings::of::<C>(settings).await.map_err(|error| Problem::from(&error));
    let loaded = settings.as_ref().ok().copied();
    let inbound = Inbound { head, body, others: Running::others() };
    let answer = crate::serve::<C>(inbound, settings, clock::now, random::bytes).await;
    if loaded.is_some_and(|settings| budget::is_short(C::swaps_left(settings), 0)) {
        instance::retire_when_idle();
    }
    let (response, followup) = answer.into_parts();
    if let Some(followup) = followup {
        // The task outlives the answer but not the instance: the pending worker finishes
        // what a dying instance leaves behind.
        let running = Running::start();
        spin_sdk::wasip3::spawn(async move {
            followup.await;
            drop(running);
        });
    }
    response.map(Full::new)
}

fn declared_too_large(head: &http::request::Parts) -> bool {
    let length = head.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    length.and_then(|text| text.parse::<u64>().ok()).is_some_and(|n| n > MAX_BODY_BYTES as u64)
}

/// Reads a body of unknown length up to its bound.
pub(crate) async fn read<B>(mut body: B) -> Result<Bytes, BodyError>
where
    B: http_body::Body<Data = Bytes> + Unpin,
{
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| BodyError::Broken)?;
        let Ok(data) = frame.into_data() else { continue };
        if whole.len().saturating_add(data.len()) > MAX_BODY_BYTES {
            return Err(BodyError::TooLarge);
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole.freeze())
}
