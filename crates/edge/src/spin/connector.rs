//! What components ask of the private connectors.

use bytes::Bytes;
use feiqian_gateway_api::{ANSWER_BYTES_MAX, CONNECTOR_PATH, GatewayRequest};
use spin_sdk::wasip3::http::types::Method;

use super::{sibling, wire};
use crate::{BodyError, log};

/// Says that a connector does what it was asked.
pub(super) const OK: u16 = 200;

/// What a connector's party replies. Without a clear reply of the connector it is not known,
/// and the log says why.
pub(super) async fn ask<R: GatewayRequest>(connector: &str, request: &R) -> R::Reply {
    match exchange(connector, request).await {
        Ok(reply) => reply,
        Err(why) => {
            log::sibling_fault(connector, why);
            R::UNKNOWN
        }
    }
}

async fn exchange<R: GatewayRequest>(
    connector: &str,
    request: &R,
) -> Result<R::Reply, &'static str> {
    let body = serde_json::to_vec(request).map_err(|_| "the request cannot be written")?;
    let response = sibling::send(connector, Method::Post, CONNECTOR_PATH, Bytes::from(body))
        .await
        .map_err(|_| "the connector does not answer")?;
    if response.get_status_code() != OK {
        return Err("the connector answers with an error");
    }
    let body =
        wire::response_body(response, ANSWER_BYTES_MAX).await.map_err(|error| match error {
            BodyError::TooLarge => "the reply is too long",
            BodyError::Broken => "the reply is cut off",
        })?;
    feiqian_json::from_slice(&body).map_err(|_| "the reply cannot be read")
}
