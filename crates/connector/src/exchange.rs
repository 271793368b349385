//! One exchange with the gateway, bounded in time and size.

use bytes::{Bytes, BytesMut};
use feiqian_gateway_api::{ANSWER_BYTES_MAX, GatewayRequest};
use feiqian_telemetry::{Ids, REQUEST_ID, TRACEPARENT};
use futures::future::{Either, select};
use http::{HeaderMap, StatusCode};
use http_body_util::Full;
use std::pin::pin;
use std::time::Duration;

use crate::gateway::{Arrived, Fault, Gateway};
use crate::host::now;

/// How long the gateway has for a whole answer, body included. After that the caller is
/// told that the outcome is not known, which the worker finds out.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// How long the gateway has to say that it is up.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(2);

/// Asks the party. An error means that it is not known what the party did.
pub(crate) async fn ask<R: GatewayRequest>(
    gateway: &Gateway,
    ids: &Ids,
    request: &R,
) -> Result<R::Reply, Fault> {
    let mut signed = gateway.sign(request, now())?;
    name(&mut signed.request, ids);
    let arrived = within(ANSWER_TIMEOUT, send(signed.request)).await?;
    gateway.read(request, &signed.signature, &arrived, now())
}

/// Asks the gateway whether it is up.
pub(crate) async fn health(gateway: &Gateway, ids: &Ids) -> Result<(), Fault> {
    let mut request = gateway.health()?;
    name(&mut request, ids);
    let arrived = within(HEALTH_TIMEOUT, send(request)).await?;
    if arrived.status == StatusCode::OK { Ok(()) } else { Err(Fault::Status(arrived.status)) }
}

/// Tells the party which request of ours it is, and which trace, so that both sides' logs can
/// be read together. The signature covers neither: they decide nothing.
fn name(request: &mut http::Request<Full<Bytes>>, ids: &Ids) {
    let named = [(REQUEST_ID, ids.request_id.to_header()), (TRACEPARENT, ids.trace.to_header())];
    for (name, value) in named {
        if let Some(value) = value {
            request.headers_mut().insert(name, value);
        }
    }
}

async fn within<T>(
    bound: Duration,
    exchange: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    match select(pin!(exchange), pin!(spin_sdk::time::sleep(bound))).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(_) => Err(Fault::TimeOut),
    }
}

async fn send(request: http::Request<Full<Bytes>>) -> Result<Arrived, Fault> {
    let response = spin_sdk::http::send(request).await.map_err(|_| Fault::Unreached)?;
    let (head, body) = response.into_parts();
    let headers: HeaderMap = head.headers;
    let body = read(body, ANSWER_BYTES_MAX).await?;
    Ok(Arrived { status: head.status, headers, body })
}

/// Reads a body up to a bound.
pub(crate) async fn read<B>(mut body: B, most: usize) -> Result<Bytes, Fault>
where
    B: http_body_util::BodyExt<Data = Bytes> + Unpin,
{
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Fault::CutOff)?;
        let Ok(data) = frame.into_data() else { continue };
        if whole.len().saturating_add(data.len()) > most {
            return Err(Fault::TooLong);
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole.freeze())
}
