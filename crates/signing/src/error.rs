/// Why a message's signature is not accepted, by what its sender can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No signature under the expected label: sign the message.
    #[error("the message has no signature under the expected label")]
    Missing,
    /// A signature field or a covered field cannot be read; the text says which.
    #[error("the signature cannot be read: {0}")]
    Malformed(&'static str),
    /// Nobody is known under the key id, or not with the named algorithm.
    #[error("the key is unknown")]
    UnknownKey,
    /// Created too long ago, or past its own `expires`: sign again.
    #[error("the signature is too old")]
    Expired,
    /// Created in the future: set the clock.
    #[error("the signature was created in the future")]
    NotYetValid,
    /// The signature does not belong to this message and key.
    #[error("the signature does not match the message")]
    Mismatch,
    /// A component that must be signed is not covered.
    #[error("the signature does not cover {0}")]
    NotCovered(&'static str),
    /// No nonce, or one of another form, where one is required.
    #[error("the signature has no nonce of 8 to 64 visible ASCII characters")]
    Nonce,
    /// `Content-Digest` is signed, but the body is another one.
    #[error("the body does not match its Content-Digest")]
    DigestMismatch,
}
