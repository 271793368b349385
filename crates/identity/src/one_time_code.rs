use crate::IdentityError;
use crate::personal::{only_digits, prints_masked};

/// A one-time code as a bank sends it to a mobile: six digits (RULES section 3).
///
/// There is no `==`: the bank that sent it checks it.
#[derive(Clone)]
pub struct OneTimeCode(String);

impl OneTimeCode {
    const DIGITS: usize = 6;

    /// Reads a code.
    ///
    /// # Errors
    /// [`IdentityError::CodeFormat`] with what is wrong: length or characters.
    pub fn parse(text: &str) -> Result<Self, IdentityError> {
        only_digits(text, Self::DIGITS).map_err(IdentityError::CodeFormat)?;
        Ok(Self(text.to_owned()))
    }

    /// The digits.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Six stars.
    #[must_use]
    pub fn masked(&self) -> String {
        "*".repeat(Self::DIGITS)
    }
}

prints_masked!(OneTimeCode);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fault;

    #[test]
    fn a_code_is_six_digits() {
        let fault = |text: &str| OneTimeCode::parse(text).err();
        let faulty = |fault| Some(IdentityError::CodeFormat(fault));
        assert_eq!(fault("000000"), None);
        for text in ["", "12345", "1234567"] {
            assert_eq!(fault(text), faulty(Fault::ExactLength { exactly: 6 }), "{text}");
        }
        for text in ["12345a", "12 456", "１23456"] {
            assert_eq!(fault(text), faulty(Fault::Characters), "{text}");
        }
    }

    #[test]
    fn printing_shows_nothing() {
        let code = OneTimeCode::parse("862913").unwrap();
        assert_eq!(format!("{code} {code:?}"), "****** OneTimeCode(******)");
        assert_eq!(code.expose(), "862913");
    }
}
