use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;

/// Least length of the operator's token, in characters: beyond guessing even if it is
/// hexadecimal.
const TOKEN_MIN_CHARS: usize = 32;

/// Why configured text is no operator token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operator's token has at least {TOKEN_MIN_CHARS} visible ASCII characters")]
pub struct OperatorTokenError;

/// Why configured text is no hash of an operator's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a token's hash is SHA-256 in 64 hexadecimal digits, in lower case")]
pub struct OperatorHashError;

/// The bearer token of an operator, kept as its hash.
#[derive(Clone)]
pub struct OperatorToken([u8; 32]);

impl OperatorToken {
    /// A token from configuration.
    ///
    /// # Errors
    /// [`OperatorTokenError`] if it is too short or could not stand in a header field.
    pub fn new(token: &str) -> Result<Self, OperatorTokenError> {
        if token.len() < TOKEN_MIN_CHARS || !token.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(OperatorTokenError);
        }
        Ok(Self(Sha256::digest(token).into()))
    }

    /// A token of which the configuration has only the hash. Its length is for whoever draws it:
    /// at least 32 random characters.
    ///
    /// # Errors
    /// [`OperatorHashError`].
    pub fn from_sha256(hex: &str) -> Result<Self, OperatorHashError> {
        let hash = HEXLOWER.decode(hex.as_bytes()).map_err(|_| OperatorHashError)?;
        hash.try_into().map(Self).map_err(|_| OperatorHashError)
    }

    /// Whether it is the same token as another.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }

    /// Whether a request gives this token; the time it takes tells neither how much of
    /// it is right nor how long it is.
    #[must_use]
    pub fn matches(&self, given: &str) -> bool {
        self.0.ct_eq(Sha256::digest(given).as_slice()).into()
    }
}

impl fmt::Debug for OperatorToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OperatorToken(_)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_token_matches() {
        let text = "0123456789abcdef0123456789abcdef";
        let token = OperatorToken::new(text).unwrap();
        assert!(token.matches(text));
        for given in ["", "0", &text[1..], &format!("{text}0"), &text.to_uppercase()] {
            assert!(!token.matches(given), "{given}");
        }
    }

    #[test]
    fn a_token_is_known_by_its_hash_alone() {
        let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let token = OperatorToken::from_sha256(hash).unwrap();
        assert!(token.matches("abc"));
        assert!(!token.matches("abd") && !token.matches(hash));
        for text in ["", "abc", &hash[1..], &hash.to_uppercase(), &format!("{hash}00")] {
            assert!(OperatorToken::from_sha256(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_guessable_token_is_refused() {
        assert!(OperatorToken::new("short").is_err());
        assert!(OperatorToken::new(&" ".repeat(40)).is_err());
    }
}
