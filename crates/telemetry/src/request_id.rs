use data_encoding::BASE32_NOPAD;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::fmt;

/// The header that names a request, on the way in and on the way out.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// Names one request in logs, in the answer, and along the chain of components.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// Longest id, in characters.
    pub const MAX_CHARS: usize = 64;

    /// Random bytes in an id that is made here: 80 bits, so that no two meet in a log.
    pub const RANDOM_BYTES: usize = 10;

    /// The id that a request brings, if it is well formed: letters, digits and `._-`.
    #[must_use]
    pub fn brought(headers: &HeaderMap) -> Option<Self> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
        let id = headers.get(REQUEST_ID)?.to_str().ok()?;
        let well_formed = (1..=Self::MAX_CHARS).contains(&id.len()) && id.bytes().all(allowed);
        well_formed.then(|| Self(id.to_owned()))
    }

    /// The id that the request brings, else one made from random bytes.
    pub fn of(headers: &HeaderMap, fill_random: impl FnOnce(&mut [u8])) -> Self {
        Self::brought(headers).unwrap_or_else(|| {
            let mut random = [0; Self::RANDOM_BYTES];
            fill_random(&mut random);
            Self(BASE32_NOPAD.encode(&random).to_ascii_lowercase())
        })
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id as a header's value.
    #[must_use]
    pub fn to_header(&self) -> Option<HeaderValue> {
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
        RequestId::of(&headers, |_| ()).to_string()
    }

    #[test]
    fn a_well_formed_id_is_kept_and_any_other_replaced() {
        assert_eq!(of(Some("a.B_9-")), "a.B_9-");
        for value in [None, Some(""), Some("a b"), Some("a\"b"), Some(&"x".repeat(65))] {
            assert_eq!(of(value), "aaaaaaaaaaaaaaaa", "{value:?}");
        }
    }
}
