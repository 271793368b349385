use chrono::{DateTime, Utc};
use feiqian_calendar::Timestamp;
use jwt_compact::alg::{Hs256, Hs256Key};
use jwt_compact::{AlgorithmExt, Claims, Header, Token, UntrustedToken};
use serde::{Deserialize, Serialize};
use std::fmt;

use crate::SecretError;
use crate::secret;

/// How long a session token is good for, in seconds: long enough for a payment with its
/// PIN, short enough that a lost token needs no revocation list.
pub const SESSION_TTL_SECONDS: u64 = 900;

/// Longest token that is looked at, in bytes: three times what one of ours takes.
const TOKEN_MAX_BYTES: usize = 1024;

/// Who issues tokens, and for whom: one party, so one name.
const FEIQIAN: &str = "feiqian";

/// How far a token's time of issue may be ahead of our clock, in seconds. Instances in
/// one region share their clocks to within far less.
const ISSUED_AHEAD_MAX_SECONDS: u64 = 60;

/// Whom a session token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The customer.
    pub customer_id: String,
    /// The partner that asked for the token.
    pub partner_id: String,
    /// When the token ends.
    pub expires: Timestamp,
}

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not a token of ours: other form, algorithm, issuer, audience or signature.
    #[error("the token is not valid")]
    Invalid,
    /// Ours, and past its end: ask for a new one.
    #[error("the token has expired")]
    Expired,
}

/// The claims beside `iat` and `exp`.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct SessionClaims {
    iss: String,
    aud: String,
    sub: String,
    par: String,
}

/// The secret under which session tokens are issued: JWT (RFC 7519) by HS256.
#[derive(Clone)]
pub struct SessionKey(Hs256Key);

impl SessionKey {
    /// A key from configuration.
    ///
    /// # Errors
    /// See [`SecretError`].
    pub fn from_base64(base64: &str) -> Result<Self, SecretError> {
        secret::decode(base64).map(|bytes| Self(Hs256Key::new(bytes)))
    }

    /// A token for a customer, good for [`SESSION_TTL_SECONDS`].
    ///
    /// # Errors
    /// [`TokenError::Invalid`] if an id is so long that the token would not be accepted.
    pub fn issue(
        &self,
        customer_id: &str,
        partner_id: &str,
        now: Timestamp,
    ) -> Result<String, TokenError> {
        let expires = now.plus_millis(SESSION_TTL_SECONDS.saturating_mul(1000));
        let mut claims = Claims::new(SessionClaims {
            iss: FEIQIAN.to_owned(),
            aud: FEIQIAN.to_owned(),
            sub: customer_id.to_owned(),
            par: partner_id.to_owned(),
        });
        claims.issued_at = Some(date_time(now)?);
        claims.expiration = Some(date_time(expires)?);
        let header = Header::empty().with_token_type("JWT");
        Hs256
            .token(&header, &claims, &self.0)
            .ok()
            .filter(|token| token.len() <= TOKEN_MAX_BYTES)
            .ok_or(TokenError::Invalid)
    }

    /// Whom a token speaks for.
    ///
    /// # Errors
    /// See [`TokenError`].
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Session, TokenError> {
        if token.len() > TOKEN_MAX_BYTES {
            return Err(TokenError::Invalid);
        }
        let untrusted = UntrustedToken::new(token).map_err(|_| TokenError::Invalid)?;
        // The validator refuses any other algorithm than its own by name.
        let token: Token<SessionClaims> =
            Hs256.validator(&self.0).validate(&untrusted).map_err(|_| TokenError::Invalid)?;
        let claims = token.claims();
        if claims.custom.iss != FEIQIAN || claims.custom.aud != FEIQIAN {
            return Err(TokenError::Invalid);
        }
        let issued_s = claims.issued_at.and_then(seconds).ok_or(TokenError::Invalid)?;
        if issued_s > now.as_seconds().saturating_add(ISSUED_AHEAD_MAX_SECONDS) {
            return Err(TokenError::Invalid);
        }
        let expires_s = claims.expiration.and_then(seconds).ok_or(TokenError::Invalid)?;
        if now.as_seconds() >= expires_s {
            return Err(TokenError::Expired);
        }
        Ok(Session {
            customer_id: claims.custom.sub.clone(),
            partner_id: claims.custom.par.clone(),
            expires: Timestamp::from_millis(expires_s.saturating_mul(1000)),
        })
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(_)")
    }
}

fn date_time(at: Timestamp) -> Result<DateTime<Utc>, TokenError> {
    i64::try_from(at.as_seconds())
        .ok()
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .ok_or(TokenError::Invalid)
}

fn seconds(at: DateTime<Utc>) -> Option<u64> {
    u64::try_from(at.timestamp()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::{BASE64, BASE64URL_NOPAD};
    use hmac::Mac;

    const NOW: Timestamp = Timestamp::from_millis(1_795_392_000_000);
    const BYTES: [u8; 32] = [9; 32];

    fn key() -> SessionKey {
        SessionKey::from_base64(&BASE64.encode(&BYTES)).unwrap()
    }

    /// A token with any header and payload, under the right key.
    fn signed(header: &str, payload: &str) -> String {
        let encode = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
        let message = format!("{}.{}", encode(header), encode(payload));
        let mac = secret::mac(&BYTES).unwrap().chain_update(&message).finalize().into_bytes();
        format!("{message}.{}", BASE64URL_NOPAD.encode(&mac))
    }

    fn payload(iss: &str, aud: &str, iat: u64, exp: u64) -> String {
        format!(
            r#"{{"iss":"{iss}","aud":"{aud}","sub":"cus_1","par":"par_1","iat":{iat},"exp":{exp}}}"#
        )
    }

    #[test]
    fn a_token_speaks_for_its_customer_until_it_ends() {
        let token = key().issue("cus_1", "par_1", NOW).unwrap();
        let session = key().verify(&token, NOW).unwrap();
        assert_eq!((session.customer_id.as_str(), session.partner_id.as_str()), ("cus_1", "par_1"));
        assert_eq!(session.expires, NOW.plus_millis(900_000));
        assert!(key().verify(&token, NOW.plus_millis(899_999)).is_ok());
        assert_eq!(key().verify(&token, NOW.plus_millis(900_000)), Err(TokenError::Expired));
    }

    #[test]
    fn a_token_made_by_another_library_is_read() {
        let now_s = NOW.as_seconds();
        let claims = payload("feiqian", "feiqian", now_s, now_s + 900);
        assert!(key().verify(&signed(r#"{"alg":"HS256","typ":"JWT"}"#, &claims), NOW).is_ok());
    }

    #[test]
    fn another_algorithm_or_none_is_refused() {
        let now_s = NOW.as_seconds();
        let claims = payload("feiqian", "feiqian", now_s, now_s + 900);
        for alg in ["none", "None", "HS512", "HS384", "RS256", "EdDSA", "hs256", ""] {
            let token = signed(&format!(r#"{{"alg":"{alg}"}}"#), &claims);
            assert_eq!(key().verify(&token, NOW), Err(TokenError::Invalid), "{alg}");
        }
        let unsigned = signed(r#"{"alg":"none"}"#, &claims);
        let unsigned = unsigned.rsplit_once('.').unwrap().0;
        assert_eq!(key().verify(&format!("{unsigned}."), NOW), Err(TokenError::Invalid));
    }

    #[test]
    fn a_forged_or_damaged_token_is_refused() {
        let token = key().issue("cus_1", "par_1", NOW).unwrap();
        let other = SessionKey::from_base64(&BASE64.encode(&[8; 32])).unwrap();
        assert_eq!(other.verify(&token, NOW), Err(TokenError::Invalid));
        for end in 0..token.len() {
            assert_eq!(key().verify(&token[..end], NOW), Err(TokenError::Invalid), "{end}");
        }
        let (head, signature) = token.rsplit_once('.').unwrap();
        let forged = signed("{}", &payload("feiqian", "feiqian", 0, u64::from(u32::MAX)));
        let claims = forged.split('.').nth(1).unwrap();
        let header = head.split('.').next().unwrap();
        let swapped = format!("{header}.{claims}.{signature}");
        assert_eq!(key().verify(&swapped, NOW), Err(TokenError::Invalid));
        assert_eq!(key().verify(&format!("{token}."), NOW), Err(TokenError::Invalid));
        assert_eq!(key().verify(&"a".repeat(5000), NOW), Err(TokenError::Invalid));
    }

    #[test]
    fn claims_of_another_issuer_audience_or_time_are_refused() {
        let header = r#"{"alg":"HS256"}"#;
        let now_s = NOW.as_seconds();
        for claims in [
            payload("other", "feiqian", now_s, now_s + 900),
            payload("feiqian", "other", now_s, now_s + 900),
            payload("feiqian", "feiqian", now_s + 61, now_s + 900),
            r#"{"iss":"feiqian","aud":"feiqian","sub":"cus_1","par":"par_1"}"#.to_owned(),
            format!(r#"{{"iss":"feiqian","aud":"feiqian","iat":{now_s},"exp":{}}}"#, now_s + 9),
        ] {
            let token = signed(header, &claims);
            assert_eq!(key().verify(&token, NOW), Err(TokenError::Invalid), "{claims}");
        }
    }
}
