use feiqian_calendar::Timestamp;
use http::{HeaderMap, HeaderName};
use std::ops::RangeInclusive;

use crate::component::Component;
use crate::digest::{self, CONTENT_DIGEST};
use crate::message::{Message, RequestParts, RequestSignature, ResponseParts};
use crate::params::{self, SignatureParams};
use crate::{Policy, SignatureError, VerifyingKey};

/// Characters of a nonce: eight random ones hardly meet, and 64 hold any digest.
const NONCE_CHARS: RangeInclusive<usize> = 8..=64;

/// What a verified signature says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The id of the key that signed.
    pub key_id: String,
    /// When it was signed, by the signer's clock; whole seconds.
    pub created: Timestamp,
    /// The signer's nonce, if it gave one.
    pub nonce: Option<String>,
    /// The signature's bytes, for the answer's signature to cover.
    pub signature: RequestSignature,
}

/// Verifies a request's signature and body.
///
/// The caller must have read the whole body. Each signature may come several times
/// within its window: what a request does must be safe to repeat, or the caller remembers
/// the nonce.
///
/// # Errors
/// See [`SignatureError`].
pub fn verify_request<'k>(
    parts: &RequestParts<'_>,
    body: &[u8],
    lookup: impl Fn(&str) -> Option<&'k VerifyingKey>,
    now: Timestamp,
    policy: &Policy,
) -> Result<Verified, SignatureError> {
    let mut required = vec![Component::Method, Component::Path];
    if parts.query.is_some() {
        required.push(Component::Query);
    }
    if !body.is_empty() {
        required.push(Component::Field(CONTENT_DIGEST));
    }
    verify(Message::Request(parts), body, &required, lookup, now, policy)
}

/// Verifies a response's signature and body, and that it answers our request.
///
/// # Errors
/// See [`SignatureError`].
pub fn verify_response<'k>(
    parts: &ResponseParts<'_>,
    body: &[u8],
    lookup: impl Fn(&str) -> Option<&'k VerifyingKey>,
    now: Timestamp,
    policy: &Policy,
) -> Result<Verified, SignatureError> {
    let required =
        [Component::Status, Component::Field(CONTENT_DIGEST), Component::RequestSignature];
    verify(Message::Response(parts), body, &required, lookup, now, policy)
}

fn verify<'k>(
    message: Message<'_>,
    body: &[u8],
    required: &[Component],
    lookup: impl Fn(&str) -> Option<&'k VerifyingKey>,
    now: Timestamp,
    policy: &Policy,
) -> Result<Verified, SignatureError> {
    let (params, signature) = params::read(message.headers(), policy.any_label)?;
    check_nonce(&params, policy)?;
    check_covered(&params, message, required, policy)?;
    check_window(&params, now, policy)?;
    let key = lookup(&params.key_id).ok_or(SignatureError::UnknownKey)?;
    let algorithm = key.algorithm().name();
    if params.algorithm.as_deref().is_some_and(|named| named != algorithm) {
        return Err(SignatureError::UnknownKey);
    }
    key.verify(&params.base(message)?, &signature)?;
    if message.headers().contains_key(CONTENT_DIGEST) {
        digest::check(message.headers(), body)?;
    }
    Ok(Verified {
        key_id: params.key_id,
        created: Timestamp::from_millis(params.created_s.saturating_mul(1000)),
        nonce: params.nonce,
        signature: RequestSignature(signature),
    })
}

/// The id of the key that a request claims to be signed by, for the caller to find the key
/// before it verifies. Nothing else of the signature has been looked at.
///
/// # Errors
/// [`SignatureError::Missing`], [`SignatureError::Malformed`].
pub fn claimed_key_id(headers: &HeaderMap, policy: &Policy) -> Result<String, SignatureError> {
    params::read(headers, policy.any_label).map(|(params, _)| params.key_id)
}

fn check_nonce(params: &SignatureParams, policy: &Policy) -> Result<(), SignatureError> {
    let fits = |nonce: &String| {
        NONCE_CHARS.contains(&nonce.len()) && nonce.bytes().all(|b| b.is_ascii_graphic())
    };
    if policy.nonce_required && !params.nonce.as_ref().is_some_and(fits) {
        return Err(SignatureError::Nonce);
    }
    Ok(())
}

fn check_covered(
    params: &SignatureParams,
    message: Message<'_>,
    required: &[Component],
    policy: &Policy,
) -> Result<(), SignatureError> {
    for component in required {
        if !params.components.contains(component) {
            return Err(SignatureError::NotCovered(match component {
                Component::Method => "@method",
                Component::Authority => "@authority",
                Component::Path => "@path",
                Component::Query => "@query",
                Component::Status => "@status",
                Component::Field(_) => "content-digest",
                Component::RequestSignature => "signature of the request",
            }));
        }
    }
    for name in policy.covered_if_present {
        let component = Component::Field(HeaderName::from_static(name));
        if message.headers().contains_key(*name) && !params.components.contains(&component) {
            return Err(SignatureError::NotCovered(name));
        }
    }
    Ok(())
}

fn check_window(
    params: &SignatureParams,
    now: Timestamp,
    policy: &Policy,
) -> Result<(), SignatureError> {
    let now_s = now.as_seconds();
    if params.created_s > now_s.saturating_add(policy.max_ahead.as_secs()) {
        return Err(SignatureError::NotYetValid);
    }
    let oldest_s = now_s.saturating_sub(policy.max_age.as_secs());
    let past_expiry = params.expires_s.is_some_and(|expires_s| expires_s < now_s);
    if params.created_s < oldest_s || past_expiry {
        return Err(SignatureError::Expired);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
