//! HTTP messages as WASI has them, to and from ours.
//!
//! The SDK's own conversions take every header and build a URI; a component reads nine
//! headers and a path. Doing only that makes each component tens of kilobytes smaller.

use bytes::Bytes;
use http::header::{
    ACCEPT_LANGUAGE, ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE,
    HeaderName, ORIGIN,
};
use http::{HeaderMap, HeaderValue, Method};
use spin_sdk::wasip3::http::types::{ErrorCode, Fields, Method as WasiMethod, Request, Response};
use spin_sdk::wasip3::{wit_bindgen, wit_future, wit_stream};
use wit_bindgen::{FutureReader, StreamReader, StreamResult};

use feiqian_telemetry::{REQUEST_ID, TRACEPARENT};

use crate::idempotency::IDEMPOTENCY_KEY;
use crate::{BodyError, MAX_BODY_BYTES};

/// The headers that every component reads.
const READ_HEADERS: [HeaderName; 9] = [
    ACCEPT_LANGUAGE,
    ACCESS_CONTROL_REQUEST_METHOD,
    AUTHORIZATION,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    IDEMPOTENCY_KEY,
    ORIGIN,
    REQUEST_ID,
    TRACEPARENT,
];

/// Bytes asked for at once. A request's body fits as a rule.
const READ_BYTES: usize = 4096;

/// What follows a body.
type Trailers = FutureReader<Result<Option<Fields>, ErrorCode>>;

/// The method; none if it is no HTTP method at all.
pub(super) fn method(request: &Request) -> Option<Method> {
    Some(match request.get_method() {
        WasiMethod::Get => Method::GET,
        WasiMethod::Head => Method::HEAD,
        WasiMethod::Post => Method::POST,
        WasiMethod::Put => Method::PUT,
        WasiMethod::Delete => Method::DELETE,
        WasiMethod::Connect => Method::CONNECT,
        WasiMethod::Options => Method::OPTIONS,
        WasiMethod::Trace => Method::TRACE,
        WasiMethod::Patch => Method::PATCH,
        WasiMethod::Other(name) => Method::from_bytes(name.as_bytes()).ok()?,
    })
}

/// The headers whose names `name_of` takes.
pub(super) fn headers(
    request: &Request,
    name_of: impl Fn(&str) -> Option<HeaderName>,
) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in request.get_headers().copy_all() {
        let value = HeaderValue::from_maybe_shared(Bytes::from(value));
        if let (Some(name), Ok(value)) = (name_of(&name), value) {
            // Past what a map can hold, which no host lets through, headers are dropped.
            let _ = headers.try_append(name, value);
        }
    }
    headers
}

/// Takes the headers that every component reads.
pub(super) fn usual(name: &str) -> Option<HeaderName> {
    READ_HEADERS.iter().find(|known| known.as_str() == name).cloned()
}

/// Takes every header, as one who verifies signatures must.
pub(super) fn every(name: &str) -> Option<HeaderName> {
    HeaderName::from_bytes(name.as_bytes()).ok()
}

/// The whole body of a request: of the declared length, or to its end.
pub(super) async fn request_body(
    request: Request,
    length: Option<usize>,
) -> Result<Bytes, BodyError> {
    // Dropping the writer tells the other side that all is well.
    let (_consumed, done) = wit_future::new(|| Ok(()));
    let (stream, trailers) = Request::consume_body(request, done);
    collect(stream, trailers, length, MAX_BODY_BYTES).await
}

/// The whole body of a response of at most so many bytes.
pub(super) async fn response_body(response: Response, most: usize) -> Result<Bytes, BodyError> {
    let (_consumed, done) = wit_future::new(|| Ok(()));
    let (stream, trailers) = Response::consume_body(response, done);
    collect(stream, trailers, None, most).await
}

/// A body that is as long as it is to be is whole: that its stream ends, and what comes behind,
/// need not be waited for.
async fn collect(
    mut stream: StreamReader<u8>,
    trailers: Trailers,
    length: Option<usize>,
    most: usize,
) -> Result<Bytes, BodyError> {
    let mut whole = Vec::new();
    while length != Some(whole.len()) {
        let (result, chunk) = stream.read(Vec::with_capacity(READ_BYTES)).await;
        if whole.len() + chunk.len() > most {
            return Err(BodyError::TooLarge);
        }
        whole.extend(chunk);
        match result {
            StreamResult::Complete(_) => {}
            StreamResult::Dropped => {
                trailers.await.map_err(|_| BodyError::Broken)?;
                break;
            }
            StreamResult::Cancelled => return Err(BodyError::Broken),
        }
    }
    Ok(Bytes::from(whole))
}

/// A response with its whole body.
pub(super) fn response(response: http::Response<Bytes>) -> Result<Response, ErrorCode> {
    let (head, body) = response.into_parts();
    let named = |(name, value): (&HeaderName, &HeaderValue)| {
        (name.as_str().to_owned(), value.as_bytes().to_vec())
    };
    let fields: Vec<_> = head.headers.iter().map(named).collect();
    let fields = Fields::from_list(&fields)
        .map_err(|_| ErrorCode::InternalError(Some("a header is not allowed".to_owned())))?;
    let (contents, trailers) = outgoing(body);
    let (response, _sent) = Response::new(fields, contents, trailers);
    response
        .set_status_code(head.status.as_u16())
        .map_err(|()| ErrorCode::InternalError(Some("the status is not allowed".to_owned())))?;
    Ok(response)
}

/// A body on its way out. It is written at once, so that the host has it together with
/// the head.
pub(super) fn outgoing(body: Bytes) -> (Option<StreamReader<u8>>, Trailers) {
    let (ended, trailers) = wit_future::new(|| Ok(None));
    if body.is_empty() {
        return (None, trailers);
    }
    let (mut writer, contents) = wit_stream::new();
    spin_sdk::wasip3::spawn(async move {
        // A reader that leaves early wants no more.
        let _unread = writer.write_all(body.into()).await;
        drop(writer);
        let _ = ended.write(Ok(None)).await;
    });
    (Some(contents), trailers)
}
