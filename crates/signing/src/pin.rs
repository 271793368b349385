use data_encoding::BASE64URL_NOPAD;
use hmac::Mac;
use serde::{Deserialize, Serialize};
use std::fmt;

use crate::SecretError;
use crate::secret::{self, HmacSha256};

/// Keeps these MACs apart from every other use of a key.
const DOMAIN: &str = "feiqian/pin";

/// The secret under which PIN verifiers are made.
///
/// Six digits have too little entropy for a slow hash alone to save them; what keeps a
/// stolen verifier from being searched is that this secret is not in the store.
#[derive(Clone)]
pub struct PinPepper(HmacSha256);

/// What is stored of a PIN: HMAC-SHA-256 under the pepper, over account and PIN.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PinVerifier(String);

impl PinPepper {
    /// A pepper from configuration.
    ///
    /// # Errors
    /// See [`SecretError`].
    pub fn from_base64(base64: &str) -> Result<Self, SecretError> {
        secret::mac(&secret::decode(base64)?).map(Self)
    }

    /// The verifier of an account's PIN. Equal PINs of two accounts have different ones.
    #[must_use]
    pub fn verifier(&self, account_id: &str, pin: &str) -> PinVerifier {
        PinVerifier(BASE64URL_NOPAD.encode(&self.mac(account_id, pin).finalize().into_bytes()))
    }

    /// Whether a PIN is the one that the verifier was made of; in constant time. A
    /// verifier that cannot be read matches no PIN.
    #[must_use]
    pub fn matches(&self, account_id: &str, pin: &str, verifier: &PinVerifier) -> bool {
        BASE64URL_NOPAD
            .decode(verifier.0.as_bytes())
            .is_ok_and(|bytes| self.mac(account_id, pin).verify_slice(&bytes).is_ok())
    }

    fn mac(&self, account_id: &str, pin: &str) -> HmacSha256 {
        let mut mac = self.0.clone();
        secret::update_framed(&mut mac, &[DOMAIN, account_id, pin]);
        mac
    }
}

impl From<PinVerifier> for String {
    /// The digest as it may be stored.
    fn from(verifier: PinVerifier) -> Self {
        verifier.0
    }
}

impl fmt::Debug for PinPepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PinPepper(_)")
    }
}

impl fmt::Debug for PinVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PinVerifier(_)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::BASE64;

    fn pepper(byte: u8) -> PinPepper {
        PinPepper::from_base64(&BASE64.encode(&[byte; 32])).unwrap()
    }

    #[test]
    fn only_the_same_pin_of_the_same_account_under_the_same_pepper_matches() {
        let verifier = pepper(1).verifier("acc_1", "283746");
        assert!(pepper(1).matches("acc_1", "283746", &verifier));
        assert!(!pepper(1).matches("acc_1", "283747", &verifier));
        assert!(!pepper(1).matches("acc_2", "283746", &verifier));
        assert!(!pepper(2).matches("acc_1", "283746", &verifier));
        // The border between account and PIN is part of what is hashed.
        assert!(!pepper(1).matches("acc_12", "83746", &verifier));
    }

    #[test]
    fn a_verifier_survives_storage_and_a_damaged_one_matches_nothing() {
        let verifier = pepper(1).verifier("acc_1", "283746");
        let stored = serde_json::to_string(&verifier).unwrap();
        let read: PinVerifier = serde_json::from_str(&stored).unwrap();
        assert!(pepper(1).matches("acc_1", "283746", &read));
        for damaged in ["\"\"", "\"AAAA\"", "\"not base64!\""] {
            let read: PinVerifier = serde_json::from_str(damaged).unwrap();
            assert!(!pepper(1).matches("acc_1", "283746", &read), "{damaged}");
        }
    }
}
