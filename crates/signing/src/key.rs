use ed25519_dalek::Signer;
use hmac::Mac;
use serde::{Deserialize, Serialize};
use std::fmt;

use crate::secret::{self, HmacSha256};
use crate::{SecretError, SignatureError};

/// Longest key id, in bytes; it stands in every message.
const KEY_ID_MAX_BYTES: usize = 64;

/// A signature algorithm, by its name in the registry of RFC 9421.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// A shared secret.
    HmacSha256,
    /// A key pair on edwards25519.
    Ed25519,
}

impl Algorithm {
    /// The registered name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HmacSha256 => "hmac-sha256",
            Self::Ed25519 => "ed25519",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why configured text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The id is empty, longer than 64 bytes, or not visible ASCII.
    #[error("a key id has 1 to {KEY_ID_MAX_BYTES} visible ASCII characters, none of them \" or \\")]
    Id,
    /// The shared secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// Not 32 bytes in base64, or no point on the curve.
    #[error("an ed25519 key is 32 bytes in base64")]
    Ed25519,
}

/// The id of a key that is safe inside a structured field and a log line.
fn checked_id(id: &str) -> Result<String, KeyError> {
    let visible = |b: u8| b.is_ascii_graphic() && b != b'"' && b != b'\\';
    if id.is_empty() || id.len() > KEY_ID_MAX_BYTES || !id.bytes().all(visible) {
        return Err(KeyError::Id);
    }
    Ok(id.to_owned())
}

fn ed25519_bytes(base64: &str) -> Result<[u8; 32], KeyError> {
    secret::decode(base64)
        .ok()
        .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
        .ok_or(KeyError::Ed25519)
}

/// A key that signs.
#[derive(Clone)]
pub struct SigningKey {
    id: String,
    material: SigningMaterial,
}

#[derive(Clone)]
enum SigningMaterial {
    Hmac(HmacSha256),
    Ed25519(Box<ed25519_dalek::SigningKey>),
}

impl SigningKey {
    /// A key from configuration: for [`Algorithm::HmacSha256`] the shared secret, at
    /// least 32 bytes, for [`Algorithm::Ed25519`] the 32 bytes of the private key; both
    /// in base64.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn from_base64(id: &str, algorithm: Algorithm, base64: &str) -> Result<Self, KeyError> {
        let id = checked_id(id)?;
        let material = match algorithm {
            Algorithm::HmacSha256 => SigningMaterial::Hmac(secret::mac(&secret::decode(base64)?)?),
            Algorithm::Ed25519 => {
                let seed = ed25519_bytes(base64)?;
                SigningMaterial::Ed25519(Box::new(ed25519_dalek::SigningKey::from_bytes(&seed)))
            }
        };
        Ok(Self { id, material })
    }

    /// The key's name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it signs with.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self.material {
            SigningMaterial::Hmac(_) => Algorithm::HmacSha256,
            SigningMaterial::Ed25519(_) => Algorithm::Ed25519,
        }
    }

    /// The key that verifies what this one signs.
    #[must_use]
    pub fn verifying_key(&self) -> VerifyingKey {
        let material = match &self.material {
            SigningMaterial::Hmac(mac) => VerifyingMaterial::Hmac(mac.clone()),
            SigningMaterial::Ed25519(pair) => {
                VerifyingMaterial::Ed25519(Box::new(pair.verifying_key()))
            }
        };
        VerifyingKey { id: self.id.clone(), material }
    }

    pub(crate) fn sign(&self, base: &str) -> Vec<u8> {
        match &self.material {
            SigningMaterial::Hmac(mac) => {
                mac.clone().chain_update(base).finalize().into_bytes().to_vec()
            }
            SigningMaterial::Ed25519(pair) => pair.sign(base.as_bytes()).to_bytes().to_vec(),
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, {})", self.id, self.algorithm())
    }
}

/// A key that verifies.
#[derive(Clone)]
pub struct VerifyingKey {
    id: String,
    material: VerifyingMaterial,
}

#[derive(Clone)]
enum VerifyingMaterial {
    Hmac(HmacSha256),
    Ed25519(Box<ed25519_dalek::VerifyingKey>),
}

impl VerifyingKey {
    /// A key from configuration: for [`Algorithm::HmacSha256`] the shared secret, at
    /// least 32 bytes, for [`Algorithm::Ed25519`] the 32 bytes of the public key; both
    /// in base64.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn from_base64(id: &str, algorithm: Algorithm, base64: &str) -> Result<Self, KeyError> {
        let id = checked_id(id)?;
        let material = match algorithm {
            Algorithm::HmacSha256 => {
                VerifyingMaterial::Hmac(secret::mac(&secret::decode(base64)?)?)
            }
            Algorithm::Ed25519 => {
                let point = ed25519_dalek::VerifyingKey::from_bytes(&ed25519_bytes(base64)?)
                    .map_err(|_| KeyError::Ed25519)?;
                VerifyingMaterial::Ed25519(Box::new(point))
            }
        };
        Ok(Self { id, material })
    }

    /// The key's name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it verifies with.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self.material {
            VerifyingMaterial::Hmac(_) => Algorithm::HmacSha256,
            VerifyingMaterial::Ed25519(_) => Algorithm::Ed25519,
        }
    }

    pub(crate) fn verify(&self, base: &str, signature: &[u8]) -> Result<(), SignatureError> {
        match &self.material {
            VerifyingMaterial::Hmac(mac) => {
                mac.clone().chain_update(base).verify_slice(signature).map_err(drop)
            }
            VerifyingMaterial::Ed25519(point) => ed25519_dalek::Signature::from_slice(signature)
                .and_then(|signature| point.verify_strict(base.as_bytes(), &signature))
                .map_err(drop),
        }
        .map_err(|()| SignatureError::Mismatch)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({}, {})", self.id, self.algorithm())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::BASE64;

    #[test]
    fn a_key_needs_a_usable_id_and_enough_bytes() {
        let secret = BASE64.encode(&[1; 32]);
        let make = |id: &str, secret: &str| {
            SigningKey::from_base64(id, Algorithm::HmacSha256, secret).map(|key| key.id)
        };
        assert_eq!(make("partner-1", &secret), Ok("partner-1".to_owned()));
        for id in ["", "a b", "a\"b", "a\\b", "键", &"k".repeat(65)] {
            assert_eq!(make(id, &secret), Err(KeyError::Id), "{id}");
        }
        assert_eq!(make("k", "c2hvcnQ="), Err(KeyError::Secret(SecretError::TooShort)));
        let long = BASE64.encode(&[1; 33]);
        let ed25519 = SigningKey::from_base64("k", Algorithm::Ed25519, &long);
        assert_eq!(ed25519.map(|key| key.id), Err(KeyError::Ed25519));
    }

    #[test]
    fn a_key_shows_its_name_and_never_its_secret() {
        let secret = BASE64.encode(&[1; 32]);
        let key = SigningKey::from_base64("k", Algorithm::HmacSha256, &secret).unwrap();
        assert_eq!(format!("{key:?}"), "SigningKey(k, hmac-sha256)");
        assert_eq!(format!("{:?}", key.verifying_key()), "VerifyingKey(k, hmac-sha256)");
    }

    #[test]
    fn an_algorithm_is_written_by_its_registered_name() {
        let name = serde_json::to_string(&Algorithm::HmacSha256).unwrap();
        assert_eq!(name, "\"hmac-sha256\"");
        assert_eq!(serde_json::from_str::<Algorithm>("\"ed25519\"").unwrap(), Algorithm::Ed25519);
        assert!(serde_json::from_str::<Algorithm>("\"rsa-pss-sha512\"").is_err());
    }
}
