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

/// The bearer token of the operator, kept as its hash.
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
    fn a_guessable_token_is_refused() {
        assert!(OperatorToken::new("short").is_err());
        assert!(OperatorToken::new(&" ".repeat(40)).is_err());
    }
}
