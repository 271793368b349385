use data_encoding::BASE32_NOPAD;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::fmt;

/// The header that names a request, on the way in and on the way out.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// Names one request in logs, in the answer, and along the chain of components.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// Longest id, in characters.
    pub const MAX_CHARS: usize = 64;

    /// Random bytes in an id that is made here: 80 bits, so that no two meet in a log.
    pub const RANDOM_BYTES: usize = 10;

    /// The id that the request brings if it is well formed, letters, digits and `._-`;
    /// else one made from random bytes.
    pub(crate) fn of(
        headers: &HeaderMap,
        random: impl FnOnce() -> [u8; Self::RANDOM_BYTES],
    ) -> Self {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
        let brought = headers
            .get(REQUEST_ID)
            .and_then(|value| value.to_str().ok())
            .filter(|id| (1..=Self::MAX_CHARS).contains(&id.len()) && id.bytes().all(allowed));
        Self(
            brought
                .map_or_else(|| BASE32_NOPAD.encode(&random()).to_ascii_lowercase(), str::to_owned),
        )
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn to_header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: Option<&str>) -> String {
        let mut headers = HeaderMap::new();
        if let Some(value) = value {
            headers.insert(REQUEST_ID, HeaderValue::from_str(value).unwrap());
        }
        RequestId::of(&headers, || [0; 10]).to_string()
    }

    #[test]
    fn a_well_formed_id_is_kept_and_any_other_replaced() {
        assert_eq!(of(Some("a.B_9-")), "a.B_9-");
        for value in [None, Some(""), Some("a b"), Some("a\"b"), Some(&"x".repeat(65))] {
            assert_eq!(of(value), "aaaaaaaaaaaaaaaa", "{value:?}");
        }
    }
}
