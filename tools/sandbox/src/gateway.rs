//! The signed wire: verifies a request, has it carried out, and delivers the answer in
//! its way.

use axum::body::Body;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use feiqian_gateway_api::{GatewayAnswer, GatewayRequest};
use feiqian_signing::{
    Policy, RequestParts, RequestSignature, ResponseParts, SignatureError, sign_response,
    verify_request,
};
use feiqian_telemetry::{RequestId, TraceContext};
use futures::{StreamExt, stream};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use crate::party::{Delivery, Handled, Party, Refusal, Reply, handle};
use crate::server::{Server, problem, problem_body};

/// Largest request that is read; the longest of ours has well below 1 KiB.
const BODY_MAX_BYTES: usize = 16 * 1024;

/// Each operation of the gateway, told apart by the body, which must agree with the path.
pub(crate) async fn receive<P: Party>(
    State(server): State<Arc<Server<P>>>,
    request: Request<Body>,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_MAX_BYTES).await else {
        return problem(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "at most 16 KiB");
    };
    let signature = match authenticate(&server, &parts, &body) {
        Ok(signature) => signature,
        Err(error) => {
            let code = match error {
                SignatureError::Missing => "signature_missing",
                SignatureError::Expired | SignatureError::NotYetValid => "signature_expired",
                _ => "signature_invalid",
            };
            return problem(StatusCode::UNAUTHORIZED, code, &error.to_string());
        }
    };
    let refuse = |status, code, detail: &str| {
        signed(&server, status, problem_body(status, code, detail), &signature)
    };
    let request: P::Request = match serde_json::from_slice(&body) {
        Ok(request) => request,
        Err(error) => {
            return refuse(StatusCode::BAD_REQUEST, "request_malformed", &error.to_string());
        }
    };
    if parts.uri.path() != request.gateway_path() {
        return refuse(StatusCode::BAD_REQUEST, "path_differs", "the body is for another path");
    }
    let request_id = request.request_id().to_owned();
    log(&parts.headers, request.operation(), &request_id);
    match carry_out(&server, request).await {
        Ok(Handled { reply, delivery }) => {
            deliver(&server, GatewayAnswer { request_id, reply }, delivery, &signature).await
        }
        Err(refusal) => {
            let (status, code) = match refusal {
                Refusal::OtherContent => (StatusCode::CONFLICT, "request_id_reused"),
                Refusal::Day => (StatusCode::BAD_REQUEST, "day_invalid"),
                Refusal::StatementTooLong => (StatusCode::CONFLICT, "statement_too_long"),
                Refusal::Books(_) => (StatusCode::INTERNAL_SERVER_ERROR, "books_unusable"),
            };
            refuse(status, code, &refusal.to_string())
        }
    }
}

/// Says which request of the other side this is, so that both sides' logs can be read together.
fn log(headers: &HeaderMap, operation: &str, gateway_request_id: &str) {
    let request_id = RequestId::brought(headers);
    let trace = TraceContext::of(headers, |_| ());
    let line = serde_json::json!({
        "event": "gateway_request",
        "operation": operation,
        "gateway_request_id": gateway_request_id,
        "request_id": request_id.as_ref().map(RequestId::as_str),
        "trace_id": trace.parent_id().map(|_| trace.trace_id()),
        "parent_id": trace.parent_id(),
    });
    eprintln!("{line}");
}

fn authenticate<P: Party>(
    server: &Server<P>,
    parts: &Parts,
    body: &[u8],
) -> Result<RequestSignature, SignatureError> {
    let key = server.key.verifying_key();
    let lookup = |id: &str| (id == key.id()).then_some(&key);
    let signed = RequestParts::new(&parts.method, &parts.uri, &parts.headers);
    verify_request(&signed, body, lookup, server.now(), &Policy::STANDARD)
        .map(|verified| verified.signature)
}

async fn carry_out<P: Party>(
    server: &Arc<Server<P>>,
    request: P::Request,
) -> Result<Handled<Reply<P>>, Refusal> {
    let now = server.now();
    let party = Arc::clone(server);
    let (request, handled) = server
        .write(move |tx| handle(&party.party, tx, &request, now).map(|handled| (request, handled)))
        .await?;
    server.party.answered(&request, &handled.reply);
    Ok(handled)
}

async fn deliver<P: Party>(
    server: &Server<P>,
    answer: GatewayAnswer<Reply<P>>,
    delivery: Delivery,
    to: &RequestSignature,
) -> Response {
    let Ok(body) = serde_json::to_vec(&answer).map(Bytes::from) else {
        return problem(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", "");
    };
    match delivery {
        Delivery::AtOnce => signed(server, StatusCode::OK, body, to),
        Delivery::Slow => {
            tokio::time::sleep(server.slow).await;
            signed(server, StatusCode::OK, body, to)
        }
        Delivery::Late => {
            tokio::time::sleep(server.late).await;
            signed(server, StatusCode::OK, body, to)
        }
        Delivery::Lost => {
            tokio::time::sleep(server.late).await;
            let status = StatusCode::GATEWAY_TIMEOUT;
            signed(server, status, problem_body(status, "lost", "the request was lost"), to)
        }
        Delivery::ServerError => {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            signed(server, status, problem_body(status, "internal_error", "on purpose"), to)
        }
        Delivery::BadSignature => {
            let mut response = signed(server, StatusCode::ACCEPTED, body, to);
            *response.status_mut() = StatusCode::OK;
            response
        }
        Delivery::Unreadable => {
            signed(server, StatusCode::OK, Bytes::from_static(b"<html>OK</html>"), to)
        }
        Delivery::Stalled => {
            stall(signed(server, StatusCode::OK, body.clone(), to), body, server.late)
        }
    }
}

/// A signed answer.
fn signed<P: Party>(
    server: &Server<P>,
    status: StatusCode,
    body: Bytes,
    to: &RequestSignature,
) -> Response {
    let mut headers = HeaderMap::new();
    let parts = ResponseParts { status, headers: &headers, request_signature: to };
    match sign_response(&parts, &body, &server.key, server.now()) {
        Ok(signature) => signature.apply(&mut headers),
        Err(error) => {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            return problem(status, "internal_error", &error.to_string());
        }
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().extend(headers);
    response
}

/// The same answer, with a pause after half of its body.
fn stall(response: Response, body: Bytes, pause: Duration) -> Response {
    let (first, rest) = (body.slice(..body.len() / 2), body.slice(body.len() / 2..));
    let rest = stream::once(async move {
        tokio::time::sleep(pause).await;
        rest
    });
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let chunks = stream::iter([first]).chain(rest).map(Ok::<_, Infallible>);
    Response::from_parts(parts, Body::from_stream(chunks))
}
