//! Standard Webhooks: who has sent an event.

use data_encoding::BASE64;
use feiqian_calendar::Timestamp;
use hmac::Mac;
use http::{HeaderMap, HeaderName};
use std::fmt;

use crate::secret::{self, HmacSha256};

/// The header with the event's id, the same in every delivery of it.
pub const WEBHOOK_ID: HeaderName = HeaderName::from_static("webhook-id");
/// The header with the time of this delivery, seconds since 1970.
pub const WEBHOOK_TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
/// The header with the signatures.
pub const WEBHOOK_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// How far a delivery's time may be from ours, in both directions.
pub const WEBHOOK_TOLERANCE_SECONDS: u64 = 300;

/// The longest id of an event: as long as the longest idempotency key.
pub const WEBHOOK_ID_CHARS_MAX: usize = 64;

/// How a secret begins.
const SECRET_PREFIX: &str = "whsec_";

/// Bytes of a secret.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// The version of the signatures that are made and looked at.
const VERSION: &str = "v1";

/// Signatures that one delivery may carry: a few, while a secret rotates.
const SIGNATURES_MAX: usize = 8;

/// Why a configured secret cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a webhook secret is \"whsec_\" and base64 of 24 to 64 bytes")]
pub struct WebhookSecretError;

/// Why a delivery is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// One of the three headers is missing, came twice or cannot be read.
    #[error("the header {0} is missing or malformed")]
    Header(&'static str),
    /// Its time is too far from ours.
    #[error("the time is more than {WEBHOOK_TOLERANCE_SECONDS} s from ours")]
    Expired,
    /// None of its signatures is by a known secret.
    #[error("no signature is by a known secret")]
    Mismatch,
}

/// A secret that a sender and a receiver of events share.
#[derive(Clone)]
pub struct WebhookSecret(HmacSha256);

impl WebhookSecret {
    /// A secret from configuration: `whsec_` and base64 of 24 to 64 bytes.
    ///
    /// # Errors
    /// [`WebhookSecretError`].
    pub fn parse(text: &str) -> Result<Self, WebhookSecretError> {
        let base64 = text.strip_prefix(SECRET_PREFIX).ok_or(WebhookSecretError)?;
        let bytes = BASE64.decode(base64.as_bytes()).map_err(|_| WebhookSecretError)?;
        if !SECRET_BYTES.contains(&bytes.len()) {
            return Err(WebhookSecretError);
        }
        secret::mac(&bytes).map(Self).map_err(|_| WebhookSecretError)
    }

    fn over(&self, id: &str, seconds: u64, body: &[u8]) -> HmacSha256 {
        let mut mac = self.0.clone();
        mac.update(format!("{id}.{seconds}.").as_bytes());
        mac.update(body);
        mac
    }

    /// The signature of a delivery, as its header carries it.
    #[must_use]
    pub fn sign(&self, id: &str, at: Timestamp, body: &[u8]) -> String {
        let mac = self.over(id, at.as_seconds(), body).finalize().into_bytes();
        format!("{VERSION},{}", BASE64.encode(&mac))
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(_)")
    }
}

/// The text of a new secret: `whsec_` and base64 of bytes that no one can guess, 24 to 64 of them.
#[must_use]
pub fn new_webhook_secret(bytes: &[u8]) -> String {
    format!("{SECRET_PREFIX}{}", BASE64.encode(bytes))
}

/// The id of an event, if the delivery is by one of these secrets and of now.
///
/// # Errors
/// See [`WebhookError`].
pub fn verify_webhook<'h>(
    headers: &'h HeaderMap,
    body: &[u8],
    secrets: &[WebhookSecret],
    now: Timestamp,
) -> Result<&'h str, WebhookError> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    let id = only(headers, &WEBHOOK_ID, "webhook-id")?;
    if !(1..=WEBHOOK_ID_CHARS_MAX).contains(&id.len()) || !id.bytes().all(plain) {
        return Err(WebhookError::Header("webhook-id"));
    }
    let seconds = only(headers, &WEBHOOK_TIMESTAMP, "webhook-timestamp")?;
    let seconds: u64 = Some(seconds)
        .filter(|text| text.bytes().all(|b| b.is_ascii_digit()))
        .and_then(|text| text.parse().ok())
        .ok_or(WebhookError::Header("webhook-timestamp"))?;
    let signatures = only(headers, &WEBHOOK_SIGNATURE, "webhook-signature")?;
    if seconds.abs_diff(now.as_seconds()) > WEBHOOK_TOLERANCE_SECONDS {
        return Err(WebhookError::Expired);
    }
    let given = signatures.split(' ').take(SIGNATURES_MAX).filter_map(|signature| {
        let base64 = signature.strip_prefix(VERSION)?.strip_prefix(',')?;
        BASE64.decode(base64.as_bytes()).ok()
    });
    let believed = given.into_iter().any(|signature| {
        secrets.iter().any(|secret| secret.over(id, seconds, body).verify_slice(&signature).is_ok())
    });
    if believed { Ok(id) } else { Err(WebhookError::Mismatch) }
}

fn only<'h>(
    headers: &'h HeaderMap,
    header: &HeaderName,
    name: &'static str,
) -> Result<&'h str, WebhookError> {
    let mut lines = headers.get_all(header).iter();
    let line = lines.next().filter(|_| lines.next().is_none());
    line.and_then(|value| value.to_str().ok()).ok_or(WebhookError::Header(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    // The vector of RULES section 6.
    const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    const ID: &str = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk";
    const AT: Timestamp = Timestamp::from_millis(1_649_367_553_000);
    const BODY: &[u8] = br#"{"email":"test@example.com","username":"test_user"}"#;
    const SIGNATURE: &str = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";

    fn secrets() -> Vec<WebhookSecret> {
        let other = format!("whsec_{}", BASE64.encode(&[7; 32]));
        [other.as_str(), SECRET].map(|text| WebhookSecret::parse(text).unwrap()).into()
    }

    fn headers(id: &str, seconds: &str, signature: &str) -> HeaderMap {
        let header = |value: &str| HeaderValue::from_str(value).unwrap();
        HeaderMap::from_iter([
            (WEBHOOK_ID, header(id)),
            (WEBHOOK_TIMESTAMP, header(seconds)),
            (WEBHOOK_SIGNATURE, header(signature)),
        ])
    }

    fn verify(headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<String, WebhookError> {
        verify_webhook(headers, body, &secrets(), now).map(str::to_owned)
    }

    #[test]
    fn the_published_example_is_signed_and_verified() {
        assert_eq!(WebhookSecret::parse(SECRET).unwrap().sign(ID, AT, BODY), SIGNATURE);
        let sent = headers(ID, "1649367553", SIGNATURE);
        assert_eq!(verify(&sent, BODY, AT), Ok(ID.to_owned()));
    }

    #[test]
    fn one_right_signature_of_several_is_enough() {
        let several = format!("v1,AAAA v1a,{} {SIGNATURE}", "A".repeat(44));
        assert!(verify(&headers(ID, "1649367553", &several), BODY, AT).is_ok());
    }

    #[test]
    fn whatever_was_changed_is_not_believed() {
        for (sent, body) in [
            (headers("msg_2", "1649367553", SIGNATURE), BODY),
            (headers(ID, "1649367554", SIGNATURE), BODY),
            (headers(ID, "1649367553", SIGNATURE), &b"{}"[..]),
            (headers(ID, "1649367553", "v1,AAAA"), BODY),
            (headers(ID, "1649367553", &SIGNATURE.replace("v1", "v2")), BODY),
        ] {
            assert_eq!(verify(&sent, body, AT), Err(WebhookError::Mismatch), "{sent:?}");
        }
    }

    #[test]
    fn a_delivery_is_good_for_five_minutes_in_both_directions() {
        let sent = headers(ID, "1649367553", SIGNATURE);
        for (at_seconds, is_good) in [
            (1_649_367_253, true),
            (1_649_367_252, false),
            (1_649_367_853, true),
            (1_649_367_854, false),
        ] {
            let now = Timestamp::from_millis(at_seconds * 1000);
            assert_eq!(verify(&sent, BODY, now).is_ok(), is_good, "{at_seconds}");
        }
    }

    #[test]
    fn a_missing_doubled_or_unreadable_header_is_named() {
        let of = |name: &'static str, value: Option<&str>| {
            let mut sent = headers(ID, "1649367553", SIGNATURE);
            let name = HeaderName::from_static(name);
            match value {
                Some(value) => sent.append(name, HeaderValue::from_str(value).unwrap()),
                None => sent.remove(name).is_some(),
            };
            verify(&sent, BODY, AT)
        };
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            assert_eq!(of(name, None), Err(WebhookError::Header(name)));
            assert_eq!(of(name, Some("1")), Err(WebhookError::Header(name)));
        }
        for (id, seconds, name) in [
            ("a b", "1649367553", "webhook-id"),
            (&"x".repeat(65), "1649367553", "webhook-id"),
            (ID, "+1649367553", "webhook-timestamp"),
            (ID, "", "webhook-timestamp"),
        ] {
            let sent = headers(id, seconds, SIGNATURE);
            assert_eq!(verify(&sent, BODY, AT), Err(WebhookError::Header(name)));
        }
    }

    #[test]
    fn a_secret_of_another_form_is_refused() {
        for text in ["", "whsec_", "C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "whsec_AAAA", "whsec_%%%%"] {
            assert!(WebhookSecret::parse(text).is_err(), "{text}");
        }
        let long = format!("whsec_{}", BASE64.encode(&[1; 65]));
        assert!(WebhookSecret::parse(&long).is_err());
    }
}
