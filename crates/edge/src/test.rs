//! What the tests of several modules need.

use bytes::Bytes;
use http::{HeaderMap, Method};

use crate::route::PathParameters;
use crate::{Call, Language, RequestId};

/// A call without headers.
pub(crate) fn call(method: &str, path: &str, body: &[u8]) -> Call {
    let headers = HeaderMap::new();
    Call {
        method: Method::from_bytes(method.as_bytes()).unwrap(),
        authority: None,
        path: path.to_owned(),
        query_text: None,
        request_id: RequestId::of(&headers, || [0; RequestId::RANDOM_BYTES]),
        headers,
        body: Bytes::copy_from_slice(body),
        language: Language::English,
        parameters: PathParameters::default(),
    }
}
