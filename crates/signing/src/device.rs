//! Signatures of holders' devices (RULES section 5): the key never leaves the device, and
//! what it signs is what its holder saw.

use data_encoding::BASE64;
use feiqian_identity::DeviceAlgorithm;
use p256::ecdsa::signature::{Signer, Verifier};
use std::fmt;

use crate::SignatureError;

/// The signer's id that goes into every SM2 digest (GM/T 0009).
const SM2_USER_ID: &str = "1234567812345678";

/// Bytes of an uncompressed point: the one form that is taken, so that one key has one text.
const POINT_BYTES: usize = 65;

/// A text that is no public key of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no {0} public key in base64")]
pub struct DeviceKeyError(pub DeviceAlgorithm);

/// The public key of a device.
#[derive(Debug, Clone)]
pub struct DeviceKey(Material);

#[derive(Debug, Clone)]
enum Material {
    Ed25519(Box<ed25519_dalek::VerifyingKey>),
    EcdsaP256Sha256(Box<p256::ecdsa::VerifyingKey>),
    Sm2Sm3(Box<sm2::dsa::VerifyingKey>),
}

impl DeviceKey {
    /// Reads a public key in the form that [`DeviceAlgorithm`] names.
    ///
    /// # Errors
    /// [`DeviceKeyError`] for anything else, a point that is not on the curve included.
    pub fn parse(algorithm: DeviceAlgorithm, base64: &str) -> Result<Self, DeviceKeyError> {
        Self::read(algorithm, base64).ok_or(DeviceKeyError(algorithm))
    }

    fn read(algorithm: DeviceAlgorithm, base64: &str) -> Option<Self> {
        let bytes = BASE64.decode(base64.as_bytes()).ok()?;
        let point = (bytes.len() == POINT_BYTES).then_some(bytes.as_slice());
        let material = match algorithm {
            DeviceAlgorithm::Ed25519 => {
                let key = ed25519_dalek::VerifyingKey::try_from(bytes.as_slice()).ok()?;
                // Such a key would let anyone sign.
                if key.is_weak() {
                    return None;
                }
                Material::Ed25519(Box::new(key))
            }
            DeviceAlgorithm::EcdsaP256Sha256 => Material::EcdsaP256Sha256(Box::new(
                p256::ecdsa::VerifyingKey::from_sec1_bytes(point?).ok()?,
            )),
            DeviceAlgorithm::Sm2Sm3 => Material::Sm2Sm3(Box::new(
                sm2::dsa::VerifyingKey::from_sec1_bytes(SM2_USER_ID, point?).ok()?,
            )),
        };
        Some(Self(material))
    }

    /// Checks a signature in base64 over a message.
    ///
    /// # Errors
    /// [`SignatureError::Mismatch`] if the signature is not of this key over this message, in
    /// the form that the algorithm has.
    pub fn verify(&self, message: &[u8], signature: &str) -> Result<(), SignatureError> {
        let verified = BASE64.decode(signature.as_bytes()).is_ok_and(|bytes| match &self.0 {
            Material::Ed25519(key) => ed25519_dalek::Signature::from_slice(&bytes)
                .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()),
            Material::EcdsaP256Sha256(key) => p256::ecdsa::Signature::from_der(&bytes)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            Material::Sm2Sm3(key) => sm2::dsa::Signature::from_der(&bytes)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
        });
        if verified { Ok(()) } else { Err(SignatureError::Mismatch) }
    }
}

/// What a device does with its private key: for programs that act as one.
pub struct DeviceSigner(Secret);

enum Secret {
    Ed25519(Box<ed25519_dalek::SigningKey>),
    EcdsaP256Sha256(Box<p256::ecdsa::SigningKey>),
    Sm2Sm3(Box<sm2::dsa::SigningKey>),
}

impl DeviceSigner {
    /// A device by the 32 bytes of its private key.
    ///
    /// # Errors
    /// [`DeviceKeyError`] for zero and for numbers above the curve's order.
    pub fn new(algorithm: DeviceAlgorithm, secret: [u8; 32]) -> Result<Self, DeviceKeyError> {
        let refused = DeviceKeyError(algorithm);
        Ok(Self(match algorithm {
            DeviceAlgorithm::Ed25519 => {
                Secret::Ed25519(Box::new(ed25519_dalek::SigningKey::from_bytes(&secret)))
            }
            DeviceAlgorithm::EcdsaP256Sha256 => Secret::EcdsaP256Sha256(Box::new(
                p256::ecdsa::SigningKey::from_slice(&secret).map_err(|_| refused)?,
            )),
            DeviceAlgorithm::Sm2Sm3 => Secret::Sm2Sm3(Box::new(
                sm2::dsa::SigningKey::from_slice(SM2_USER_ID, &secret).map_err(|_| refused)?,
            )),
        }))
    }

    /// The public key in base64, as it is registered.
    #[must_use]
    pub fn public_key(&self) -> String {
        match &self.0 {
            Secret::Ed25519(key) => BASE64.encode(key.verifying_key().as_bytes()),
            Secret::EcdsaP256Sha256(key) => {
                BASE64.encode(key.verifying_key().to_sec1_point(false).as_bytes())
            }
            Secret::Sm2Sm3(key) => {
                use sm2::elliptic_curve::sec1::ToSec1Point;
                BASE64.encode(key.verifying_key().to_sec1_point(false).as_bytes())
            }
        }
    }

    /// Signs a message; the signature in base64.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> String {
        match &self.0 {
            Secret::Ed25519(key) => {
                BASE64.encode(&ed25519_dalek::Signer::sign(&**key, message).to_bytes())
            }
            Secret::EcdsaP256Sha256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(message);
                BASE64.encode(signature.to_der().as_bytes())
            }
            Secret::Sm2Sm3(key) => {
                let signature: sm2::dsa::Signature = key.sign(message);
                BASE64.encode(signature.to_der().as_bytes())
            }
        }
    }
}

impl fmt::Debug for DeviceSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceSigner(_)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MESSAGE: &[u8] = b"feiqian-test-message";

    /// Keys and signatures made by OpenSSL 3.0.19 (`openssl pkeyutl -sign -rawin`; SM2 with
    /// `-digest sm3 -pkeyopt distid:1234567812345678`).
    const OPENSSL: [(DeviceAlgorithm, &str, &str); 3] = [
        (
            DeviceAlgorithm::Ed25519,
            "3MIGKRqUf2BypcuXJ6BwLyedDyhc30ioAux+BoOkFig=",
            "K3P86UHXZV1juEehucvoOAptkQOak3eF1jqhvwtaC1kdDfSwVCV+bkxxgYiF3UsuWTivZRJ7OculVOzQita9DQ==",
        ),
        (
            DeviceAlgorithm::EcdsaP256Sha256,
            "BBMN3gbHv//01UC3+24hH2s5CRrBKMuNVN2zCfE7XQz+sr6tyMRvCOyuB25dENpJtVwWU1KZURD9ZZcYBv2JLEY=",
            "MEYCIQC5mdTUhcNwrjQnC+Ukepudr4bfghL86qMJ901XYLsEaAIhAMB9mS0A501vq4QVBjnNe88PBa47x0LsxSTRxC5G2t9g",
        ),
        (
            DeviceAlgorithm::Sm2Sm3,
            "BBlwrHhVbUmnvgGUoGBZHQiVn3H9Rb88moUbIvc8Du6lMTph4j9nOCCZWogPf0DE6VeoFsHMR10QkEnEkeYR3AM=",
            "MEUCIF/0mTIZnfqyi/MoQNlFaRt/sl2LSx5h/I5lJiPMRVpMAiEA5Qql7or24zWaJWTCwFsd6qedD5G9pC5I4X9Zd7kzB0U=",
        ),
    ];

    #[test]
    fn signatures_of_another_implementation_verify() {
        for (algorithm, public_key, signature) in OPENSSL {
            let key = DeviceKey::parse(algorithm, public_key).unwrap();
            assert_eq!(key.verify(MESSAGE, signature), Ok(()), "{algorithm}");
            let mismatch = Err(SignatureError::Mismatch);
            assert_eq!(key.verify(b"feiqian-test-messagf", signature), mismatch, "{algorithm}");
            for other in OPENSSL.iter().map(|(_, _, other)| *other).filter(|o| *o != signature) {
                assert_eq!(key.verify(MESSAGE, other), mismatch, "{algorithm}");
            }
        }
    }

    #[test]
    fn sm3_is_the_published_hash() {
        use sm2::elliptic_curve::array::Array;
        use sm3::{Digest, Sm3};
        let digest: Array<u8, _> = Sm3::digest(b"abc");
        assert_eq!(
            data_encoding::HEXLOWER.encode(&digest),
            "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
        );
    }

    #[test]
    fn a_key_has_one_text_and_lies_on_its_curve() {
        for (algorithm, public_key, _) in OPENSSL {
            for (other, _, _) in OPENSSL.iter().filter(|(other, ..)| *other != algorithm) {
                assert_eq!(
                    DeviceKey::parse(*other, public_key).err(),
                    Some(DeviceKeyError(*other)),
                    "{algorithm} as {other}"
                );
            }
            let bytes = BASE64.decode(public_key.as_bytes()).unwrap();
            for wrong in [
                String::new(),
                public_key.trim_end_matches('=').to_owned(),
                format!("{public_key} "),
                BASE64.encode(&bytes[1..]),
                BASE64.encode(&[&bytes[..], &[0]].concat()),
                BASE64.encode(&vec![0; bytes.len()]),
            ] {
                assert!(DeviceKey::parse(algorithm, &wrong).is_err(), "{algorithm}: {wrong}");
            }
        }
        let (_, point, _) = OPENSSL[1];
        let bytes = BASE64.decode(point.as_bytes()).unwrap();
        let compressed = [&[2 + (bytes[64] & 1)], &bytes[1..33]].concat();
        let algorithm = DeviceAlgorithm::EcdsaP256Sha256;
        assert!(DeviceKey::parse(algorithm, &BASE64.encode(&compressed)).is_err());
    }

    #[test]
    fn only_asn_1_is_taken_for_r_and_s() {
        for (algorithm, public_key, signature) in &OPENSSL[1..] {
            let key = DeviceKey::parse(*algorithm, public_key).unwrap();
            let der = BASE64.decode(signature.as_bytes()).unwrap();
            let raw = p256::ecdsa::Signature::from_der(&der).map(|s| s.to_bytes().to_vec());
            for wrong in [raw.unwrap_or_default(), [&der[..], &[0]].concat(), der[1..].to_vec()] {
                assert!(key.verify(MESSAGE, &BASE64.encode(&wrong)).is_err(), "{algorithm}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn what_a_device_signs_verifies_and_nothing_else(
            secret in prop::array::uniform32(1..0x7f_u8), message: Vec<u8>, which in 0..3_usize,
            place: prop::sample::Index,
        ) {
            let algorithm = DeviceAlgorithm::ALL[which];
            let signer = DeviceSigner::new(algorithm, secret).unwrap();
            let key = DeviceKey::parse(algorithm, &signer.public_key()).unwrap();
            let signature = signer.sign(&message);
            prop_assert_eq!(key.verify(&message, &signature), Ok(()));
            let mut bytes = BASE64.decode(signature.as_bytes()).unwrap();
            let place = place.index(bytes.len());
            bytes[place] ^= 1;
            prop_assert!(key.verify(&message, &BASE64.encode(&bytes)).is_err());
        }
    }
}
