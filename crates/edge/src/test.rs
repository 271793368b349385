//! What the tests of several modules need.

use bytes::Bytes;
use feiqian_ledger::Region;
use http::{HeaderMap, Method};
use std::sync::LazyLock;

use crate::route::PathParameters;
use crate::{Call, Language, Regions, RequestId};

/// This region, and one other that it knows.
pub(crate) static REGIONS: LazyLock<Regions> = LazyLock::new(|| {
    Regions::parse(Region::EXAMPLE, r#"{"bj1":"https://bj1.pay.example"}"#).unwrap()
});

/// A call without headers.
pub(crate) fn call(method: &str, path: &str, body: &[u8]) -> Call {
    let headers = HeaderMap::new();
    Call {
        method: Method::from_bytes(method.as_bytes()).unwrap(),
        authority: None,
        path: path.to_owned(),
        query_text: None,
        request_id: RequestId::of(&headers, |_| ()),
        headers,
        body: Bytes::copy_from_slice(body),
        language: Language::English,
        parameters: PathParameters::default(),
        regions: &REGIONS,
    }
}
