use serde::{Deserialize, Serialize};
use std::fmt;

/// What a holder's device signs with (RULES section 5).
///
/// A public key is written in base64: 32 bytes for Ed25519, an uncompressed point of 65 bytes
/// (SEC 1) for the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceAlgorithm {
    /// Ed25519 (RFC 8032). A signature has 64 bytes.
    Ed25519,
    /// ECDSA on P-256 with SHA-256. A signature is ASN.1 DER of r and s, as phones' key stores
    /// write it.
    EcdsaP256Sha256,
    /// SM2 with SM3 and the user id `1234567812345678` (GM/T 0009). A signature is ASN.1 DER of
    /// r and s.
    Sm2Sm3,
}

impl DeviceAlgorithm {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ed25519, Self::EcdsaP256Sha256, Self::Sm2Sm3];

    /// The name on the wire and in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::EcdsaP256Sha256 => "ecdsa-p256-sha256",
            Self::Sm2Sm3 => "sm2-sm3",
        }
    }
}

impl fmt::Display for DeviceAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_algorithm_is_written_by_its_name() {
        for algorithm in DeviceAlgorithm::ALL {
            let written = serde_json::to_value(algorithm).unwrap();
            assert_eq!(written, algorithm.as_str());
            assert_eq!(serde_json::from_value::<DeviceAlgorithm>(written).unwrap(), algorithm);
        }
    }
}
