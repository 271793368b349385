use std::fmt;

use crate::personal::{digits, only_digits};
use crate::{Fault, IdentityError};

/// A CNAPS bank code: 12 digits, the last an ISO 7064 MOD 11,10 check digit
/// (RULES section 5). It names a bank's branch and is no personal data.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CnapsCode(String);

impl CnapsCode {
    const DIGITS: usize = 12;

    /// Reads a bank code: digits only.
    ///
    /// # Errors
    /// [`IdentityError::Cnaps`] with what is wrong: length, characters or check digit.
    pub fn parse(text: &str) -> Result<Self, IdentityError> {
        only_digits(text, Self::DIGITS).map_err(IdentityError::Cnaps)?;
        if mod_11_10_holds(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdentityError::Cnaps(Fault::CheckDigit))
        }
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// ISO 7064 MOD 11,10 over digits of which the last is the check digit.
fn mod_11_10_holds(text: &str) -> bool {
    let mut all = digits(text);
    let Some(check) = all.next_back() else { return false };
    let product = all.fold(10, |product, digit| {
        let sum = (product + digit) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (product + check) % 10 == 1
}

impl fmt::Display for CnapsCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VALID: [&str; 2] = ["102100099996", "308584000013"];

    #[test]
    fn published_codes_are_valid() {
        for text in VALID {
            assert_eq!(CnapsCode::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn each_mistake_is_named() {
        let fault = |text: &str| CnapsCode::parse(text).err();
        let faulty = |fault| Some(IdentityError::Cnaps(fault));
        for text in ["", "10210009999", "1021000999960"] {
            assert_eq!(fault(text), faulty(Fault::ExactLength { exactly: 12 }), "{text}");
        }
        assert_eq!(fault("10210009999X"), faulty(Fault::Characters));
        assert_eq!(fault("102100099997"), faulty(Fault::CheckDigit));
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_always_caught(
            which in 0..VALID.len(), place in 0..12_usize, by in "[0-9]",
        ) {
            let original = VALID[which];
            let mut text = original.to_owned();
            text.replace_range(place..=place, &by);
            prop_assume!(text != original);
            prop_assert!(CnapsCode::parse(&text).is_err());
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,16}", near in "[0-9é]{11,13}") {
            let _ = CnapsCode::parse(&text);
            let _ = CnapsCode::parse(&near);
        }
    }
}
