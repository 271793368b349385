//! One line for each exchange with the party. Never personal data, never a body.

use feiqian_gateway_api::GatewayRequest;
use feiqian_telemetry::{Ids, Level, Line, write};
use serde::Serialize;
use serde_json::json;

use crate::{Fault, SettingsError, host};

/// The fields of an exchange's line.
#[derive(Serialize)]
struct Exchange<'a> {
    operation: &'static str,
    /// What the party knows the request by, which is our operation's id where money moves.
    gateway_request_id: &'a str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
    duration_ms: u64,
}

pub(crate) fn exchange<R: GatewayRequest>(
    ids: &Ids,
    request: &R,
    reply: &R::Reply,
    fault: Option<&Fault>,
    duration_ms: u64,
) {
    let exchange = Exchange {
        operation: request.operation(),
        gateway_request_id: request.request_id(),
        outcome: R::outcome(reply),
        cause: fault.map(Fault::to_string),
        duration_ms,
    };
    let level = if fault.is_some() { Level::Error } else { Level::Info };
    write(&Line::new(level, "gateway", host::now(), ids, &exchange));
}

pub(crate) fn unreached(ids: &Ids, fault: &Fault) {
    let cause = json!({ "what": "health", "cause": fault.to_string() });
    write(&Line::new(Level::Error, "fault", host::now(), ids, &cause));
}

pub(crate) fn misconfigured(error: &SettingsError) {
    write(&json!({
        "level": Level::Error, "event": "fault", "time_ms": host::now().as_millis(),
        "what": "configuration", "variable": error.variable, "cause": error.reason,
    }));
}
