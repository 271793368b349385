//! Requests to another component of the same application, which Spin passes on in process.

use bytes::Bytes;
use spin_sdk::wasip3::http::client;
use spin_sdk::wasip3::http::types::{ErrorCode, Fields, Method, Request, Response, Scheme};

use feiqian_telemetry::{REQUEST_ID, TRACEPARENT};

use super::wire;
use crate::scope;

/// Sends a request to a component by its id in spin.toml, with the ids of the request that it
/// is sent for.
pub(super) async fn send(
    component: &str,
    method: Method,
    path: &str,
    body: Bytes,
) -> Result<Response, ErrorCode> {
    let mut fields = Vec::new();
    if !body.is_empty() {
        fields.push(("content-type".to_owned(), b"application/json".to_vec()));
        fields.push(("content-length".to_owned(), body.len().to_string().into_bytes()));
    }
    if let Some(scope) = scope::current() {
        let (request_id, trace) = (&scope.ids.request_id, &scope.ids.trace);
        fields.push((REQUEST_ID.as_str().to_owned(), request_id.as_str().as_bytes().to_vec()));
        fields.push((TRACEPARENT.as_str().to_owned(), trace.to_header_text().into_bytes()));
    }
    let fields = Fields::from_list(&fields).map_err(|_| ErrorCode::HttpProtocolError)?;
    let (contents, trailers) = wire::outgoing(body);
    let (request, _sent) = Request::new(fields, contents, trailers, None);
    let invalid = |()| ErrorCode::HttpRequestUriInvalid;
    request.set_method(&method).map_err(invalid)?;
    request.set_scheme(Some(&Scheme::Http)).map_err(invalid)?;
    request.set_authority(Some(&format!("{component}.spin.internal"))).map_err(invalid)?;
    request.set_path_with_query(Some(path)).map_err(invalid)?;
    client::send(request).await
}
