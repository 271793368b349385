use data_encoding::HEXLOWER;
use hmac::Mac;
use std::fmt;

use crate::SecretError;
use crate::secret::{self, HmacSha256};

/// Keeps these MACs apart from every other use of a key.
const DOMAIN: &str = "feiqian/index";

/// Bytes of the MAC that an index key keeps: 128 bits, so that two of 2^40 card numbers
/// share one with a chance below 2^-48.
const DIGEST_BYTES: usize = 16;

/// The secret under which personal data is hashed to be found again, such as a card
/// number that must not stand in a key of the store.
#[derive(Clone)]
pub struct IndexKey(HmacSha256);

impl IndexKey {
    /// A key from configuration.
    ///
    /// # Errors
    /// See [`SecretError`].
    pub fn from_base64(base64: &str) -> Result<Self, SecretError> {
        secret::mac(&secret::decode(base64)?).map(Self)
    }

    /// The keyed hash of a text, 32 lower-case hexadecimal digits. The domain (such as
    /// `card`) keeps equal texts of different kinds apart.
    #[must_use]
    pub fn digest(&self, domain: &str, text: &str) -> String {
        let mut mac = self.0.clone();
        secret::update_framed(&mut mac, &[DOMAIN, domain, text]);
        let full = mac.finalize().into_bytes();
        HEXLOWER.encode(full.get(..DIGEST_BYTES).unwrap_or(&full))
    }
}

impl fmt::Debug for IndexKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IndexKey(_)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::BASE64;

    #[test]
    fn a_digest_depends_on_key_domain_and_text() {
        let key = |byte: u8| IndexKey::from_base64(&BASE64.encode(&[byte; 32])).unwrap();
        let digest = key(1).digest("card", "6216261000000000018");
        assert_eq!(digest.len(), 32);
        assert_eq!(digest, key(1).digest("card", "6216261000000000018"));
        assert_ne!(digest, key(2).digest("card", "6216261000000000018"));
        assert_ne!(digest, key(1).digest("resident", "6216261000000000018"));
        assert_ne!(digest, key(1).digest("card", "6216261000000000019"));
        assert_ne!(key(1).digest("a", "bc"), key(1).digest("ab", "c"));
    }
}
