use std::collections::BTreeMap;
use std::fmt;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::{SealError, Sealed};

/// The keys that seal and open personal data: one active, and those from before it.
///
/// A key is replaced by adding a new one and making it active. What the old one
/// sealed still opens, and [`Self::needs_reseal`] finds it; the old key leaves the
/// configuration when nothing needs it any more.
pub struct SealKeys {
    active_id: String,
    active: Aes256Gcm,
    others: BTreeMap<String, Aes256Gcm>,
}

/// What is wrong with a configuration of seal keys. No message shows a key; which
/// variable holds them is for the caller to say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealKeysError {
    /// Not JSON of the expected shape.
    #[error("it must be JSON: {{\"active\":\"k1\",\"keys\":{{\"k1\":\"<base64 of 32 bytes>\"}}}}")]
    Malformed,
    /// A key id that could not stand in sealed data.
    #[error("a key id must be 1 to 32 letters, digits, \"-\" or \"_\"")]
    KeyId,
    /// A key that is not standard base64 of 32 bytes.
    #[error("the key \"{key_id}\" must be base64 of exactly 32 bytes")]
    Key {
        /// Which key.
        key_id: String,
    },
    /// The active key is not among the keys.
    #[error("the active key \"{key_id}\" is not among the keys")]
    ActiveMissing {
        /// The id named as active.
        key_id: String,
    },
    /// More keys than a rotation ever needs.
    #[error("there can be at most {} keys", SealKeys::MOST_KEYS)]
    TooManyKeys,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configured {
    active: String,
    keys: BTreeMap<String, String>,
}

impl SealKeys {
    /// Most keys at once. A rotation needs two; more than this means that old data is never sealed
    /// anew.
    pub const MOST_KEYS: usize = 16;

    /// Reads `{"active":"k1","keys":{"k1":"<base64 of 32 bytes>"}}`.
    ///
    /// # Errors
    /// See [`SealKeysError`].
    pub fn parse(json: &str) -> Result<Self, SealKeysError> {
        // serde_json's own message is dropped: it can quote the text, and the text holds keys.
        let configured: Configured =
            serde_json::from_str(json).map_err(|_| SealKeysError::Malformed)?;
        if configured.keys.len() > Self::MOST_KEYS {
            return Err(SealKeysError::TooManyKeys);
        }
        let mut others = BTreeMap::new();
        for (key_id, key) in configured.keys {
            if !Sealed::is_key_id(&key_id) {
                return Err(SealKeysError::KeyId);
            }
            let cipher = STANDARD
                .decode(key)
                .ok()
                .and_then(|bytes| Aes256Gcm::new_from_slice(&bytes).ok())
                .ok_or_else(|| SealKeysError::Key { key_id: key_id.clone() })?;
            others.insert(key_id, cipher);
        }
        let active_id = configured.active;
        match others.remove(&active_id) {
            Some(active) => Ok(Self { active_id, active, others }),
            None => Err(SealKeysError::ActiveMissing { key_id: active_id }),
        }
    }

    /// Seals a text with the active key, bound to a context such as
    /// `account/acc_x/resident_id`: it opens only under the same one, so a sealed value
    /// copied into another record is noticed.
    ///
    /// The nonce must be 96 fresh random bits for every call. The same nonce twice
    /// under one key reveals both texts and lets anyone forge. With random nonces a
    /// key is good for 2^32 seals (NIST SP 800-38D section 8.3).
    ///
    /// # Errors
    /// [`SealError::TooLong`] above [`Sealed::PLAINTEXT_MAX_BYTES`].
    pub fn seal(
        &self,
        context: &str,
        plaintext: &str,
        nonce: [u8; Sealed::NONCE_BYTES],
    ) -> Result<Sealed, SealError> {
        if plaintext.len() > Sealed::PLAINTEXT_MAX_BYTES {
            return Err(SealError::TooLong);
        }
        let payload = Payload { msg: plaintext.as_bytes(), aad: context.as_bytes() };
        let ciphertext =
            self.active.encrypt(&Nonce::from(nonce), payload).map_err(|_| SealError::TooLong)?;
        Ok(Sealed { key_id: self.active_id.clone(), nonce, ciphertext })
    }

    /// Opens what was sealed under the same context, with whichever known key sealed it.
    ///
    /// # Errors
    /// [`SealError::UnknownKey`] or [`SealError::NotAuthentic`].
    pub fn open(&self, context: &str, sealed: &Sealed) -> Result<String, SealError> {
        let cipher = if sealed.key_id == self.active_id {
            &self.active
        } else {
            self.others
                .get(&sealed.key_id)
                .ok_or_else(|| SealError::UnknownKey { key_id: sealed.key_id.clone() })?
        };
        let payload = Payload { msg: &sealed.ciphertext, aad: context.as_bytes() };
        cipher
            .decrypt(&Nonce::from(sealed.nonce), payload)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or(SealError::NotAuthentic)
    }

    /// True if another key than the active one sealed this, so that it should be sealed anew.
    #[must_use]
    pub fn needs_reseal(&self, sealed: &Sealed) -> bool {
        sealed.key_id != self.active_id
    }
}

impl fmt::Debug for SealKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealKeys(active {}, {} others)", self.active_id, self.others.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CONTEXT: &str = "account/acc_x/resident_id";

    fn keys(active: &str, entries: &[(&str, &[u8])]) -> Result<SealKeys, SealKeysError> {
        let keys: BTreeMap<_, _> =
            entries.iter().map(|(id, key)| (*id, STANDARD.encode(key))).collect();
        SealKeys::parse(&serde_json::json!({ "active": active, "keys": keys }).to_string())
    }

    #[test]
    fn what_is_sealed_opens_under_its_context_only() {
        let keys = keys("k1", &[("k1", &[1; 32])]).unwrap();
        let sealed = keys.seal(CONTEXT, "11010519491231002X", [3; 12]).unwrap();
        assert_eq!(keys.open(CONTEXT, &sealed).as_deref(), Ok("11010519491231002X"));
        for context in ["account/acc_y/resident_id", "account/acc_x/resident_i", ""] {
            assert_eq!(keys.open(context, &sealed), Err(SealError::NotAuthentic), "{context}");
        }
        assert_eq!(format!("{sealed:?}"), "Sealed(k1, 34 bytes)");
    }

    /// Test cases 13 and 14 of the GCM specification (McGrew and Viega): an empty text and
    /// sixteen zero bytes, under a zero key and nonce.
    #[test]
    fn the_cipher_is_aes_256_gcm() {
        let keys = keys("k1", &[("k1", &[0; 32])]).unwrap();
        let sealed = keys.seal("", "", [0; 12]).unwrap();
        let tag = 0x530f_8afb_c745_36b9_a963_b4f1_c4cb_738b_u128;
        assert_eq!(sealed.ciphertext, tag.to_be_bytes());
        let zeros = "\0".repeat(16);
        let sealed = keys.seal("", &zeros, [0; 12]).unwrap();
        let ciphertext = 0xcea7_403d_4d60_6b6e_074e_c5d3_baf3_9d18_u128.to_be_bytes();
        let tag = 0xd0d1_c8a7_9999_6bf0_265b_98b5_d48a_b919_u128.to_be_bytes();
        assert_eq!(sealed.ciphertext, [ciphertext, tag].concat());
    }

    #[test]
    fn a_replaced_key_still_opens_and_asks_for_a_new_seal() {
        let before = keys("k1", &[("k1", &[1; 32])]).unwrap();
        let after = keys("k2", &[("k1", &[1; 32]), ("k2", &[2; 32])]).unwrap();
        let old = before.seal(CONTEXT, "text", [3; 12]).unwrap();
        assert!(!before.needs_reseal(&old));
        assert!(after.needs_reseal(&old));
        let text = after.open(CONTEXT, &old).unwrap();
        let new = after.seal(CONTEXT, &text, [4; 12]).unwrap();
        assert!(!after.needs_reseal(&new));
        let without = keys("k2", &[("k2", &[2; 32])]).unwrap();
        assert_eq!(without.open(CONTEXT, &new).as_deref(), Ok("text"));
        assert_eq!(
            without.open(CONTEXT, &old),
            Err(SealError::UnknownKey { key_id: "k1".to_owned() })
        );
    }

    #[test]
    fn another_key_of_the_same_id_does_not_open() {
        let one = keys("k1", &[("k1", &[1; 32])]).unwrap();
        let other = keys("k1", &[("k1", &[2; 32])]).unwrap();
        let sealed = one.seal(CONTEXT, "text", [3; 12]).unwrap();
        assert_eq!(other.open(CONTEXT, &sealed), Err(SealError::NotAuthentic));
    }

    #[test]
    fn more_text_than_personal_data_is_not_sealed() {
        let keys = keys("k1", &[("k1", &[1; 32])]).unwrap();
        assert!(keys.seal(CONTEXT, &"a".repeat(1024), [3; 12]).is_ok());
        assert_eq!(keys.seal(CONTEXT, &"a".repeat(1025), [3; 12]), Err(SealError::TooLong));
    }

    #[test]
    fn keys_that_are_missing_or_short_are_named() {
        let parse = |json: &str| SealKeys::parse(json).err();
        for json in ["", "{}", "[]", r#"{"active":"k1"}"#, r#"{"active":"k1","keys":{},"x":1}"#] {
            assert_eq!(parse(json), Some(SealKeysError::Malformed), "{json}");
        }
        let missing = SealKeysError::ActiveMissing { key_id: "k1".to_owned() };
        assert_eq!(parse(r#"{"active":"k1","keys":{}}"#), Some(missing.clone()));
        assert_eq!(keys("k1", &[("k2", &[1; 32])]).err(), Some(missing));
        let wrong = Some(SealKeysError::Key { key_id: "k1".to_owned() });
        for key in [[1; 33].as_slice(), &[1; 31], &[1; 16], &[]] {
            assert_eq!(keys("k1", &[("k1", key)]).err(), wrong, "{} bytes", key.len());
        }
        assert_eq!(parse(r#"{"active":"k1","keys":{"k1":"not base64!"}}"#), wrong);
        assert_eq!(keys("k.1", &[("k.1", &[1; 32])]).err(), Some(SealKeysError::KeyId));
        let ids: Vec<_> = (0..17).map(|n| format!("k{n}")).collect();
        let many: Vec<_> = ids.iter().map(|id| (id.as_str(), [1; 32])).collect();
        let many: Vec<_> = many.iter().map(|(id, key)| (*id, key.as_slice())).collect();
        assert_eq!(keys("k1", &many).err(), Some(SealKeysError::TooManyKeys));
    }

    #[test]
    fn printing_shows_no_key() {
        let printed = format!("{:?}", keys("k1", &[("k1", &[1; 32]), ("k2", &[2; 32])]).unwrap());
        assert_eq!(printed, "SealKeys(active k1, 1 others)");
        let error = SealKeys::parse(r#"{"active":"k1","keys":{"k1":"c2VjcmV0"}}"#).unwrap_err();
        assert!(!error.to_string().contains("c2VjcmV0"));
    }

    proptest! {
        #[test]
        fn any_altered_bit_is_noticed(
            text in "\\PC{0,40}", nonce: [u8; 12], place: prop::sample::Index, bit in 0..8_u32,
        ) {
            let keys = keys("k1", &[("k1", &[1; 32])]).unwrap();
            let sealed = keys.seal(CONTEXT, &text, nonce).unwrap();
            prop_assert_eq!(keys.open(CONTEXT, &sealed).unwrap(), text);
            let mut altered = sealed.clone();
            let place = place.index(altered.ciphertext.len());
            altered.ciphertext[place] ^= 1 << bit;
            prop_assert_eq!(keys.open(CONTEXT, &altered), Err(SealError::NotAuthentic));
            let mut moved = sealed;
            moved.nonce[place % 12] ^= 1 << bit;
            prop_assert_eq!(keys.open(CONTEXT, &moved), Err(SealError::NotAuthentic));
        }
    }
}
