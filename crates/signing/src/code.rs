use data_encoding::HEXLOWER_PERMISSIVE;
use hmac::Mac;
use std::fmt;
use subtle::ConstantTimeEq as _;

use crate::SecretError;
use crate::secret::{self, HmacSha256};

/// Keeps these MACs apart from every other use of a key, and from each other.
const PAYER_CODE: &str = "feiqian/payer-code";
const MEDICAL_CODE: &str = "feiqian/medical-code";
const TOKEN: &str = "feiqian/nfc-token";
const TAP: &str = "feiqian/nfc-tap";

/// Bytes of a token's key.
pub const TOKEN_KEY_BYTES: usize = 32;

/// The secret from which payer codes and the keys of NFC tokens are made.
#[derive(Clone)]
pub struct CodeKey(HmacSha256);

/// One tap of a token, as terminal and device agree on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TapData<'a> {
    /// The merchant's id, which the terminal states.
    pub merchant: &'a str,
    /// The amount in minor units.
    pub amount_minor: i64,
    /// The terminal's random number, in its own form.
    pub unpredictable_number: &'a str,
    /// The device's counter.
    pub counter: u32,
}

impl CodeKey {
    /// A key from configuration.
    ///
    /// # Errors
    /// See [`SecretError`].
    pub fn from_base64(base64: &str) -> Result<Self, SecretError> {
        secret::mac(&secret::decode(base64)?).map(Self)
    }

    /// 64 bits for the payer code that a request of an account asks for: the same for the
    /// same request, and nobody without the key can tell them.
    #[must_use]
    pub fn payer_code_bits(&self, account: &str, key: &str) -> u64 {
        self.bits(&[PAYER_CODE, account, key])
    }

    /// The same for a medical code.
    #[must_use]
    pub fn medical_code_bits(&self, account: &str, key: &str) -> u64 {
        self.bits(&[MEDICAL_CODE, account, key])
    }

    fn bits(&self, texts: &[&str]) -> u64 {
        let digest = self.digest(texts);
        digest.iter().take(8).fold(0, |bits, byte| bits << 8 | u64::from(*byte))
    }

    /// The key of a token, which goes to its device once.
    #[must_use]
    pub fn token_key(&self, token: &str) -> [u8; TOKEN_KEY_BYTES] {
        self.digest(&[TOKEN, token])
    }

    /// Whether a cryptogram, in hexadecimal, is this token's for this tap. In constant time.
    #[must_use]
    pub fn verify_tap(&self, token: &str, tap: &TapData<'_>, cryptogram: &str) -> bool {
        let Ok(given) = HEXLOWER_PERMISSIVE.decode(cryptogram.as_bytes()) else { return false };
        tap_mac(&self.token_key(token), tap)
            .is_ok_and(|right| right.as_slice().ct_eq(&given).into())
    }

    fn digest(&self, texts: &[&str]) -> [u8; TOKEN_KEY_BYTES] {
        let mut mac = self.0.clone();
        secret::update_framed(&mut mac, texts);
        mac.finalize().into_bytes().into()
    }
}

/// The cryptogram of a tap: HMAC-SHA-256 under the token's key over merchant, amount,
/// unpredictable number and counter, each preceded by its length in eight bytes.
///
/// # Errors
/// See [`SecretError`].
pub fn tap_mac(
    token_key: &[u8; TOKEN_KEY_BYTES],
    tap: &TapData<'_>,
) -> Result<[u8; TOKEN_KEY_BYTES], SecretError> {
    let mut mac = secret::mac(token_key)?;
    let TapData { merchant, amount_minor, unpredictable_number, counter } = tap;
    let (amount, counter) = (amount_minor.to_string(), counter.to_string());
    secret::update_framed(&mut mac, &[TAP, merchant, &amount, unpredictable_number, &counter]);
    Ok(mac.finalize().into_bytes().into())
}

impl fmt::Debug for CodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeKey(_)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::{BASE64, HEXLOWER, HEXUPPER};

    fn key(byte: u8) -> CodeKey {
        CodeKey::from_base64(&BASE64.encode(&[byte; 32])).unwrap()
    }

    #[test]
    fn the_code_of_a_request_depends_on_key_account_and_request() {
        let bits = key(1).payer_code_bits("acc_1", "a");
        assert_eq!(bits, key(1).payer_code_bits("acc_1", "a"));
        assert_ne!(bits, key(2).payer_code_bits("acc_1", "a"));
        assert_ne!(bits, key(1).payer_code_bits("acc_2", "a"));
        assert_ne!(bits, key(1).payer_code_bits("acc_1", "b"));
    }

    #[test]
    fn a_cryptogram_fits_its_token_and_its_tap_and_nothing_else() {
        let tap = TapData {
            merchant: "mer_1",
            amount_minor: 1234,
            unpredictable_number: "9f3702",
            counter: 7,
        };
        let mac = tap_mac(&key(1).token_key("tok_1"), &tap).unwrap();
        let cryptogram = HEXLOWER.encode(&mac);
        assert!(key(1).verify_tap("tok_1", &tap, &cryptogram));
        assert!(key(1).verify_tap("tok_1", &tap, &HEXUPPER.encode(&mac)));
        assert!(!key(1).verify_tap("tok_2", &tap, &cryptogram));
        assert!(!key(2).verify_tap("tok_1", &tap, &cryptogram));
        for other in [
            TapData { merchant: "mer_2", ..tap },
            TapData { amount_minor: 1235, ..tap },
            TapData { unpredictable_number: "9f3703", ..tap },
            TapData { counter: 8, ..tap },
        ] {
            assert!(!key(1).verify_tap("tok_1", &other, &cryptogram), "{other:?}");
        }
        for text in ["", "zz", &cryptogram[2..], &format!("{cryptogram}00")] {
            assert!(!key(1).verify_tap("tok_1", &tap, text), "{text}");
        }
    }
}
