use data_encoding::HEXLOWER;
use feiqian_calendar::Timestamp;
use hmac::Mac;
use std::fmt;

use crate::SecretError;
use crate::secret::{self, HmacSha256};

/// Keeps this key apart from the sessions' that it is derived from.
const DOMAIN: &str = "feiqian/confirmation";

/// How long a confirmation is good for, milliseconds: long enough to read it and to type a
/// PIN, short enough that what was shown is still what holds.
pub const CONFIRMATION_TTL_MS: u64 = 5 * 60 * 1000;

/// Longest token that is looked at, in bytes: 20 digits, a point and 64 of MAC.
const TOKEN_MAX_BYTES: usize = 85;

/// The secret under which it is vouched for what a payer was shown. Nothing is stored: the
/// token says until when it is good, and its MAC covers that and everything shown.
#[derive(Clone)]
pub struct ConfirmationKey(HmacSha256);

impl ConfirmationKey {
    /// The key that belongs to a region's secret for sessions.
    ///
    /// # Errors
    /// See [`SecretError`].
    pub fn of_session_secret(base64: &str) -> Result<Self, SecretError> {
        let mut mac = secret::mac(&secret::decode(base64)?)?;
        secret::update_framed(&mut mac, &[DOMAIN]);
        secret::mac(&mac.finalize().into_bytes()).map(Self)
    }

    /// A token for what is shown now.
    #[must_use]
    pub fn issue(&self, shown: &[&str], now: Timestamp) -> String {
        let expires_ms = now.plus_millis(CONFIRMATION_TTL_MS).as_millis().to_string();
        let mac = HEXLOWER.encode(&self.mac(&expires_ms, shown).finalize().into_bytes());
        format!("{expires_ms}.{mac}")
    }

    /// Whether a token vouches for exactly this and is still good.
    #[must_use]
    pub fn vouches(&self, token: &str, shown: &[&str], now: Timestamp) -> bool {
        let Some((expires_ms, mac)) = token.split_once('.') else { return false };
        let Ok(expires) = expires_ms.parse::<u64>() else { return false };
        let Ok(mac) = HEXLOWER.decode(mac.as_bytes()) else { return false };
        token.len() <= TOKEN_MAX_BYTES
            && now < Timestamp::from_millis(expires)
            && self.mac(expires_ms, shown).verify_slice(&mac).is_ok()
    }

    fn mac(&self, expires_ms: &str, shown: &[&str]) -> HmacSha256 {
        let mut mac = self.0.clone();
        secret::update_framed(&mut mac, &[expires_ms]);
        secret::update_framed(&mut mac, shown);
        mac
    }
}

impl fmt::Debug for ConfirmationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConfirmationKey(_)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::BASE64;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn key(byte: u8) -> ConfirmationKey {
        ConfirmationKey::of_session_secret(&BASE64.encode(&[byte; 32])).unwrap()
    }

    #[test]
    fn a_token_vouches_for_what_was_shown_until_it_expires() {
        let token = key(1).issue(&["op_1", "12.34"], NOW);
        assert!(token.len() <= TOKEN_MAX_BYTES);
        for (by, shown, at_ms, vouches) in [
            (1, ["op_1", "12.34"], 0, true),
            (1, ["op_1", "12.34"], CONFIRMATION_TTL_MS - 1, true),
            (1, ["op_1", "12.34"], CONFIRMATION_TTL_MS, false),
            (1, ["op_1", "12.35"], 0, false),
            (1, ["op_2", "12.34"], 0, false),
            (1, ["op_11", "2.34"], 0, false),
            (2, ["op_1", "12.34"], 0, false),
        ] {
            let at = NOW.plus_millis(at_ms);
            assert_eq!(key(by).vouches(&token, &shown, at), vouches, "{by} {shown:?} {at_ms}");
        }
    }

    #[test]
    fn a_changed_token_vouches_for_nothing() {
        let token = key(1).issue(&["op_1"], NOW);
        let later = token.replacen("18000", "18001", 1);
        let longer = format!("0{token}");
        for token in [later.as_str(), longer.as_str(), "", ".", "1.2", &token[1..]] {
            assert!(!key(1).vouches(token, &["op_1"], NOW), "{token}");
        }
    }
}
