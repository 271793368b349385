use crate::personal::{digits, mask_middle, prints_masked};
use crate::{Fault, IdentityError};

/// A bank card number: 13 to 19 digits, the last of them a Luhn check digit
/// (ISO/IEC 7812-1, RULES section 5).
#[derive(Clone, PartialEq, Eq)]
pub struct CardNumber(String);

impl CardNumber {
    const LEAST_DIGITS: usize = 13;
    const MOST_DIGITS: usize = 19;

    /// Reads a card number: digits only, without spaces.
    ///
    /// # Errors
    /// [`IdentityError::CardNumber`] with what is wrong: length, characters or check digit.
    pub fn parse(text: &str) -> Result<Self, IdentityError> {
        Self::read(text).map_err(IdentityError::CardNumber)
    }

    fn read(text: &str) -> Result<Self, Fault> {
        let length = text.chars().take(Self::MOST_DIGITS + 1).count();
        if !(Self::LEAST_DIGITS..=Self::MOST_DIGITS).contains(&length) {
            return Err(Fault::Length { least: Self::LEAST_DIGITS, most: Self::MOST_DIGITS });
        }
        if !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Fault::Characters);
        }
        // Luhn: from the right, every second digit counts double, as the sum of its digits.
        let sum: u32 = digits(text)
            .rev()
            .zip([false, true].into_iter().cycle())
            .map(|(digit, doubled)| if doubled { digit * 2 / 10 + digit * 2 % 10 } else { digit })
            .sum();
        if sum.is_multiple_of(10) { Ok(Self(text.to_owned())) } else { Err(Fault::CheckDigit) }
    }

    /// The digits.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The first and last four digits, with always ten stars between them:
    /// `6216**********0018`.
    #[must_use]
    pub fn masked(&self) -> String {
        mask_middle(&self.0)
    }
}

prints_masked!(CardNumber);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VALID: [&str; 3] = ["6216261000000000018", "4242424242424242", "4222222222222"];

    #[test]
    fn published_numbers_are_valid() {
        for text in VALID {
            assert_eq!(CardNumber::parse(text).unwrap().expose(), text);
        }
    }

    #[test]
    fn each_mistake_is_named() {
        let fault = |text: &str| CardNumber::read(text).err();
        let length = Some(Fault::Length { least: 13, most: 19 });
        for text in ["", "424242424242", "62162610000000000182", &"0".repeat(4000)] {
            assert_eq!(fault(text), length, "{text}");
        }
        for text in ["6216 2610 0000 0000", "621626100000000001X", "６216261000000000018"] {
            assert_eq!(fault(text), Some(Fault::Characters), "{text}");
        }
        assert_eq!(fault("6216261000000000019"), Some(Fault::CheckDigit));
        assert_eq!(
            CardNumber::parse("1").unwrap_err().to_string(),
            "the card number must be 13 to 19 characters long"
        );
    }

    #[test]
    fn printing_shows_only_the_ends() {
        let card = CardNumber::parse(VALID[0]).unwrap();
        assert_eq!(card.to_string(), "6216**********0018");
        assert_eq!(format!("{card:?}"), "CardNumber(6216**********0018)");
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_always_caught(
            which in 0..VALID.len(), place in 0..19_usize, by in "[0-9]",
        ) {
            let original = VALID[which];
            let mut text = original.to_owned();
            let place = place % text.len();
            text.replace_range(place..=place, &by);
            prop_assume!(text != original);
            prop_assert!(CardNumber::parse(&text).is_err());
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,24}", near in "[0-9é]{12,20}") {
            let _ = CardNumber::parse(&text);
            let _ = CardNumber::parse(&near);
        }

        #[test]
        fn every_body_of_digits_has_one_check_digit(body in "[0-9]{12,18}") {
            let fitting = (0..10).filter(|d| CardNumber::parse(&format!("{body}{d}")).is_ok());
            prop_assert_eq!(fitting.count(), 1);
        }
    }
}
