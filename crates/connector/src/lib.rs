//! What a private connector component does: the one that holds an outside party's address
//! and key.
//!
//! It has no public route. The others send it a request in process; it signs it, sends it to
//! the party's gateway, checks the answer's signature, and passes the reply on. Everything
//! that does not say clearly what the party did is [`GatewayRequest::UNKNOWN`], with a line in
//! the log that holds no personal data.

mod exchange;
mod gateway;
mod host;
mod log;
mod settings;

use bytes::Bytes;
use feiqian_gateway_api::{CONNECTOR_HEALTH_PATH, CONNECTOR_PATH, GatewayRequest};
use feiqian_telemetry::Ids;
use http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Method, Response, StatusCode};
use http_body_util::Full;
use spin_sdk::http::Request;

pub use gateway::{Arrived, Fault, Gateway, Signed};
pub use settings::{SettingsError, Variables, read};

/// The largest request of a component, in bytes: a few texts of at most 64 characters, or the
/// lines of a visit.
const REQUEST_BYTES_MAX: usize = 16 * 1024;

/// Serves one request of another component.
pub async fn handle<R: GatewayRequest>(
    request: Request,
    variables: &Variables,
) -> Response<Full<Bytes>> {
    handle_prepared::<R>(request, variables, |_| None).await
}

/// The same; `prepare` sees each request before it is signed and may add to it, or answer it in
/// the party's place.
pub async fn handle_prepared<R: GatewayRequest>(
    request: Request,
    variables: &Variables,
    prepare: impl FnOnce(&mut R) -> Option<R::Reply>,
) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let gateway = match settings::gateway(variables).await {
        Ok(gateway) => gateway,
        Err(error) => return misconfigured(&error),
    };
    let ids = Ids::of(variables.component, &head.headers, host::fill_random);
    match (&head.method, head.uri.path()) {
        (&Method::POST, CONNECTOR_PATH) => match exchange::read(body, REQUEST_BYTES_MAX).await {
            Ok(body) => answer(gateway, &ids, &body, prepare).await,
            Err(Fault::TooLong) => {
                problem(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "at most 16 KiB")
            }
            Err(_) => problem(StatusCode::BAD_REQUEST, "request_malformed", "the body is cut off"),
        },
        (&Method::GET, CONNECTOR_HEALTH_PATH) => health(gateway, &ids).await,
        (_, CONNECTOR_PATH) => not_allowed("POST"),
        (_, CONNECTOR_HEALTH_PATH) => not_allowed("GET"),
        _ => problem(StatusCode::NOT_FOUND, "route_not_found", "the connector has no such route"),
    }
}

async fn answer<R: GatewayRequest>(
    gateway: &Gateway,
    ids: &Ids,
    body: &[u8],
    prepare: impl FnOnce(&mut R) -> Option<R::Reply>,
) -> Response<Full<Bytes>> {
    match serde_json::from_slice::<R>(body) {
        Ok(mut request) => match prepare(&mut request) {
            Some(own) => reply(&own),
            None => reply(&ask(gateway, ids, &request).await),
        },
        Err(_) => problem(StatusCode::BAD_REQUEST, "request_malformed", "not a request to it"),
    }
}

async fn ask<R: GatewayRequest>(gateway: &Gateway, ids: &Ids, request: &R) -> R::Reply {
    let begun_ms = host::elapsed_ms();
    let asked = exchange::ask(gateway, ids, request).await;
    let (reply, fault) = match asked {
        Ok(reply) => (reply, None),
        Err(fault) => (R::UNKNOWN, Some(fault)),
    };
    let duration_ms = host::elapsed_ms().saturating_sub(begun_ms);
    log::exchange(ids, request, &reply, fault.as_ref(), duration_ms);
    reply
}

async fn health(gateway: &Gateway, ids: &Ids) -> Response<Full<Bytes>> {
    match exchange::health(gateway, ids).await {
        Ok(()) => json(StatusCode::OK, br#"{"status":"ok"}"#.to_vec()),
        Err(fault) => {
            log::unreached(ids, &fault);
            json(StatusCode::SERVICE_UNAVAILABLE, br#"{"status":"unreachable"}"#.to_vec())
        }
    }
}

fn reply(reply: &impl serde::Serialize) -> Response<Full<Bytes>> {
    match serde_json::to_vec(reply) {
        Ok(body) => json(StatusCode::OK, body),
        Err(_) => problem(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", "no reply"),
    }
}

/// Answers that a variable cannot be used.
#[must_use]
pub fn misconfigured(error: &SettingsError) -> Response<Full<Bytes>> {
    log::misconfigured(error);
    let detail = format!("the variable {} cannot be used", error.variable);
    problem(StatusCode::INTERNAL_SERVER_ERROR, "configuration_invalid", &detail)
}

fn not_allowed(method: &'static str) -> Response<Full<Bytes>> {
    let status = StatusCode::METHOD_NOT_ALLOWED;
    let mut response = problem(status, "method_not_allowed", "the route takes another method");
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(method));
    response
}

fn problem(status: StatusCode, code: &str, detail: &str) -> Response<Full<Bytes>> {
    let body = format!(
        r#"{{"type":"https://feiqian.example/problems/{code}","status":{},"code":"{code}","detail":"{detail}"}}"#,
        status.as_u16()
    );
    let mut response = json(status, body.into_bytes());
    let kind = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

fn json(status: StatusCode, body: Vec<u8>) -> Response<Full<Bytes>> {
    let length = body.len();
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response.headers_mut().insert(CONTENT_LENGTH, length.into());
    response
}
