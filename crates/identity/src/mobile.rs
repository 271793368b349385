use crate::personal::{only_digits, prints_masked};
use crate::{Fault, IdentityError};

/// A mobile number of mainland China: `1`, a digit from 3 to 9, and nine digits
/// (RULES section 5), without a country code.
#[derive(Clone, PartialEq, Eq)]
pub struct Mobile(String);

impl Mobile {
    const DIGITS: usize = 11;

    /// Reads a mobile number: digits only.
    ///
    /// # Errors
    /// [`IdentityError::Mobile`] with what is wrong: length, characters or first digits.
    pub fn parse(text: &str) -> Result<Self, IdentityError> {
        only_digits(text, Self::DIGITS).map_err(IdentityError::Mobile)?;
        match text.as_bytes() {
            [b'1', b'3'..=b'9', ..] => Ok(Self(text.to_owned())),
            _ => Err(IdentityError::Mobile(Fault::Prefix)),
        }
    }

    /// The digits.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The first three and last four digits: `138****0000`.
    #[must_use]
    pub fn masked(&self) -> String {
        let part = |range: std::ops::Range<usize>| self.0.get(range).unwrap_or_default();
        format!("{}****{}", part(0..3), part(7..Self::DIGITS))
    }
}

prints_masked!(Mobile);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_mistake_is_named() {
        let fault = |text: &str| Mobile::parse(text).err();
        let faulty = |fault| Some(IdentityError::Mobile(fault));
        assert_eq!(fault("13800000000"), None);
        assert_eq!(fault("19900000000"), None);
        for text in ["", "1380000000", "138000000000", "+8613800000000"] {
            assert_eq!(fault(text), faulty(Fault::ExactLength { exactly: 11 }), "{text}");
        }
        for text in ["1380000000a", "138-0000-00", "１3800000000"] {
            assert_eq!(fault(text), faulty(Fault::Characters), "{text}");
        }
        for text in ["12800000000", "10000000000", "23800000000"] {
            assert_eq!(fault(text), faulty(Fault::Prefix), "{text}");
        }
    }

    #[test]
    fn printing_hides_the_middle() {
        let mobile = Mobile::parse("13812340000").unwrap();
        assert_eq!(mobile.to_string(), "138****0000");
        assert_eq!(format!("{mobile:?}"), "Mobile(138****0000)");
        assert_eq!(mobile.expose(), "13812340000");
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,16}", near in "1[0-9é]{9,11}") {
            let _ = Mobile::parse(&text);
            let _ = Mobile::parse(&near);
        }
    }
}
