use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// HMAC-SHA-256.
pub(crate) type HmacSha256 = Hmac<Sha256>;

/// Least length of a shared secret: as long as the output of SHA-256, below which
/// RFC 2104 advises against a key.
pub const SECRET_MIN_BYTES: usize = 32;

/// Why a configured secret cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Not standard base64 with padding.
    #[error("a secret is written in base64")]
    NotBase64,
    /// Shorter than [`SECRET_MIN_BYTES`].
    #[error("a secret has at least {SECRET_MIN_BYTES} bytes")]
    TooShort,
}

/// The bytes of a base64 secret of sufficient length.
pub(crate) fn decode(base64: &str) -> Result<Vec<u8>, SecretError> {
    let bytes = BASE64.decode(base64.trim().as_bytes()).map_err(|_| SecretError::NotBase64)?;
    if bytes.len() < SECRET_MIN_BYTES { Err(SecretError::TooShort) } else { Ok(bytes) }
}

/// A keyed MAC, from which each use starts as a clone.
pub(crate) fn mac(secret: &[u8]) -> Result<HmacSha256, SecretError> {
    HmacSha256::new_from_slice(secret).map_err(|_| SecretError::TooShort)
}

/// Feeds texts so that no two different lists of texts feed the same bytes.
pub(crate) fn update_framed(mac: &mut HmacSha256, texts: &[&str]) {
    for text in texts {
        // usize is at most 64 bits on every platform that Rust has.
        mac.update(&(text.len() as u64).to_be_bytes());
        mac.update(text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_or_unreadable_secret_is_refused() {
        assert_eq!(decode(&BASE64.encode(&[7; 31])), Err(SecretError::TooShort));
        assert_eq!(decode("not base64!"), Err(SecretError::NotBase64));
        assert_eq!(decode(&BASE64.encode(&[7; 32])).map(|bytes| bytes.len()), Ok(32));
    }
}
