//! Signatures and keyed hashes: who sent a message, who holds a token, who knows a PIN.
//!
//! - HTTP messages: RFC 9421 signatures over RFC 9530 digests ([`sign_request`],
//!   [`verify_request`], [`sign_response`], [`verify_response`]).
//! - Events: Standard Webhooks ([`WebhookSecret`], [`verify_webhook`]).
//! - Session tokens of customers ([`SessionKey`]) and the operator's token
//!   ([`OperatorToken`]).
//! - Tokens that vouch for what a payer was shown ([`ConfirmationKey`]).
//! - Signatures of holders' devices: Ed25519, ECDSA on P-256, SM2 with SM3 ([`DeviceKey`]).
//! - PIN verifiers under a pepper ([`PinPepper`]) and hashes for indexes ([`IndexKey`]).
//!
//! The clock and the look-up of keys are arguments everywhere. The cryptography is in
//! the RustCrypto crates; here are only formats and rules.

mod code;
mod component;
mod confirmation;
mod device;
mod digest;
mod error;
mod index;
mod key;
mod message;
mod operator;
mod params;
mod pin;
mod policy;
mod secret;
mod session;
mod sign;
mod verify;
mod webhook;

pub use code::{CodeKey, TOKEN_KEY_BYTES, TapData, tap_mac};
pub use confirmation::{CONFIRMATION_TTL_MS, ConfirmationKey};
pub use device::{DeviceKey, DeviceKeyError, DeviceSigner};
pub use digest::content_digest;
pub use error::SignatureError;
pub use index::IndexKey;
pub use key::{Algorithm, KeyError, SigningKey, VerifyingKey};
pub use message::{RequestParts, RequestSignature, ResponseParts};
pub use operator::{OperatorHashError, OperatorToken, OperatorTokenError};
pub use params::SIGNATURE_INPUT;
pub use pin::{PinPepper, PinVerifier};
pub use policy::Policy;
pub use secret::{SECRET_MIN_BYTES, SecretError};
pub use session::{SESSION_TTL_SECONDS, Session, SessionKey, TokenError};
pub use sign::{SignatureHeaders, sign_request, sign_response};
pub use verify::{Verified, claimed_key_id, verify_request, verify_response};
pub use webhook::{
    WEBHOOK_ID, WEBHOOK_ID_CHARS_MAX, WEBHOOK_SIGNATURE, WEBHOOK_TIMESTAMP,
    WEBHOOK_TOLERANCE_SECONDS, WebhookError, WebhookSecret, WebhookSecretError, new_webhook_secret,
    verify_webhook,
};
