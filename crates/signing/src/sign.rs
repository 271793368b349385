use feiqian_calendar::Timestamp;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::component::Component;
use crate::digest::{self, CONTENT_DIGEST};
use crate::message::{Message, RequestParts, RequestSignature, ResponseParts};
use crate::params::{LABEL, SIGNATURE, SIGNATURE_INPUT, SignatureParams, byte_sequence};
use crate::{Policy, SignatureError, SigningKey};

/// The fields that make a message a signed one.
#[derive(Debug, Clone)]
pub struct SignatureHeaders {
    /// `Content-Digest`, if the message has a body.
    pub content_digest: Option<HeaderValue>,
    /// `Signature-Input`.
    pub signature_input: HeaderValue,
    /// `Signature`.
    pub signature: HeaderValue,
    request_signature: RequestSignature,
}

impl SignatureHeaders {
    /// Sets the fields on a message, in place of what it had under their names.
    pub fn apply(&self, headers: &mut HeaderMap) {
        if let Some(digest) = &self.content_digest {
            headers.insert(CONTENT_DIGEST, digest.clone());
        }
        headers.insert(SIGNATURE_INPUT, self.signature_input.clone());
        headers.insert(SIGNATURE, self.signature.clone());
    }

    /// The signature's bytes, which the answer's signature covers.
    #[must_use]
    pub const fn request_signature(&self) -> &RequestSignature {
        &self.request_signature
    }
}

/// Signs a request: `@method`, `@path`, `@query` if there is a query, `content-digest`
/// if there is a body, and those fields of [`Policy::STANDARD`] that it has.
///
/// A nonce tells two requests apart that are the same and made in the same second.
///
/// # Errors
/// [`SignatureError::Malformed`] if a covered field has other than ASCII text.
pub fn sign_request(
    parts: &RequestParts<'_>,
    body: &[u8],
    key: &SigningKey,
    created: Timestamp,
    nonce: Option<&str>,
) -> Result<SignatureHeaders, SignatureError> {
    let mut components = vec![Component::Method, Component::Path];
    if parts.query.is_some() {
        components.push(Component::Query);
    }
    let digest = if body.is_empty() { None } else { Some(digest::content_digest(body)?) };
    let mut headers = parts.headers.clone();
    headers.remove(CONTENT_DIGEST);
    if let Some(digest) = &digest {
        headers.insert(CONTENT_DIGEST, digest.clone());
    }
    for name in Policy::STANDARD.covered_if_present {
        let name = HeaderName::from_static(name);
        if headers.contains_key(&name) {
            components.push(Component::Field(name));
        }
    }
    let parts = RequestParts { headers: &headers, ..*parts };
    finish(Message::Request(&parts), digest, components, key, created, nonce)
}

/// Signs a response: `@status`, `content-digest`, and the signature of the request that
/// it answers.
///
/// # Errors
/// None that can occur with a key of this crate.
pub fn sign_response(
    parts: &ResponseParts<'_>,
    body: &[u8],
    key: &SigningKey,
    created: Timestamp,
) -> Result<SignatureHeaders, SignatureError> {
    let digest = digest::content_digest(body)?;
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_DIGEST, digest.clone());
    let parts = ResponseParts { headers: &headers, ..*parts };
    let components =
        vec![Component::Status, Component::Field(CONTENT_DIGEST), Component::RequestSignature];
    finish(Message::Response(&parts), Some(digest), components, key, created, None)
}

fn finish(
    message: Message<'_>,
    content_digest: Option<HeaderValue>,
    components: Vec<Component>,
    key: &SigningKey,
    created: Timestamp,
    nonce: Option<&str>,
) -> Result<SignatureHeaders, SignatureError> {
    let algorithm = key.algorithm().name();
    let params = SignatureParams::new(components, created, key.id(), algorithm, nonce)?;
    let signature = key.sign(&params.base(message)?);
    let value = |text: String| {
        HeaderValue::try_from(text).map_err(|_| SignatureError::Malformed("signature"))
    };
    Ok(SignatureHeaders {
        content_digest,
        signature_input: value(format!("{LABEL}={}", params.serialize()?))?,
        signature: value(format!("{LABEL}={}", byte_sequence(&signature)))?,
        request_signature: RequestSignature(signature),
    })
}
