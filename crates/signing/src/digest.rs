use data_encoding::BASE64;
use http::{HeaderMap, HeaderName, HeaderValue};
use sfv::{BareItem, Dictionary, ListEntry};
use sha2::{Digest, Sha256};

use crate::SignatureError;
use crate::params;

/// The field of RFC 9530.
pub(crate) const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");

/// The one digest algorithm that is made and asked for here.
const SHA_256: &str = "sha-256";

/// The value of `Content-Digest` (RFC 9530) for a body, by SHA-256.
///
/// # Errors
/// None that can occur: base64 is always a field value.
pub fn content_digest(body: &[u8]) -> Result<HeaderValue, SignatureError> {
    let digest = BASE64.encode(&Sha256::digest(body));
    HeaderValue::try_from(format!("{SHA_256}=:{digest}:"))
        .map_err(|_| SignatureError::Malformed("content-digest"))
}

/// Compares a body with the message's `Content-Digest`.
///
/// Digests by other algorithms than SHA-256 are passed over, as RFC 9530 allows, but
/// SHA-256 must be among them.
pub(crate) fn check(headers: &HeaderMap, body: &[u8]) -> Result<(), SignatureError> {
    const MALFORMED: SignatureError = SignatureError::Malformed("content-digest");
    let digests: Dictionary = params::dictionary(headers, &CONTENT_DIGEST)?.ok_or(MALFORMED)?;
    let Some(ListEntry::Item(item)) = digests.get(SHA_256) else { return Err(MALFORMED) };
    let BareItem::ByteSequence(claimed) = &item.bare_item else { return Err(MALFORMED) };
    // A digest is no secret, so it needs no comparison in constant time.
    if claimed.as_slice() == Sha256::digest(body).as_slice() {
        Ok(())
    } else {
        Err(SignatureError::DigestMismatch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_DIGEST, HeaderValue::from_str(value).unwrap());
        headers
    }

    #[test]
    fn the_digest_of_rfc_9530_is_made_and_accepted() {
        // RFC 9530, appendix B.1, the body with its line feed.
        let body = b"{\"hello\": \"world\"}\n";
        let value = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";
        assert_eq!(content_digest(body).unwrap(), value);
        assert_eq!(check(&headers(value), body), Ok(()));
        assert_eq!(check(&headers(value), b"{}"), Err(SignatureError::DigestMismatch));
        // The same without its line feed, beside a digest that is passed over.
        let value = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:";
        assert_eq!(content_digest(b"{\"hello\": \"world\"}").unwrap(), value);
        let both = format!(
            "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:, {value}"
        );
        assert_eq!(check(&headers(&both), b"{\"hello\": \"world\"}"), Ok(()));
    }

    #[test]
    fn a_digest_that_cannot_be_read_is_refused() {
        for value in ["", "sha-256=abc", "sha-512=:AAAA:", "sha-256", "sha-256=:A:, sha-256=:A:"] {
            let outcome = check(&headers(value), b"");
            assert!(matches!(outcome, Err(SignatureError::Malformed(_))), "{value}: {outcome:?}");
        }
        assert_eq!(check(&HeaderMap::new(), b""), Err(SignatureError::Malformed("content-digest")));
    }

    #[test]
    fn another_algorithm_beside_sha_256_is_passed_over() {
        let value = format!("sha-512=:AAAA:, {}", content_digest(b"x").unwrap().to_str().unwrap());
        assert_eq!(check(&headers(&value), b"x"), Ok(()));
    }
}
