use serde::{Deserialize, Serialize};

/// Digits of a payer code: as tills expect them of such codes.
pub const PAYER_CODE_DIGITS: usize = 18;

/// How each of ours begins. None of the codes in use elsewhere does: WeChat's begin with 10
/// to 15, Alipay's with 25 to 30, UnionPay's with 62 (RULES section 5).
const RANGE: &str = "88";

/// How many codes there are: the digits between range and check digit are free.
const CODES: u64 = 1_000_000_000_000_000;

/// A text is no payer code of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a payer code has {PAYER_CODE_DIGITS} digits, begins with {RANGE} and ends with a check digit"
)]
pub struct PayerCodeError;

/// The digits that a payer shows at a till: our range, 15 digits, a Luhn check digit, so
/// that a mistyped digit is told apart from an unknown code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct PayerCode(String);

impl std::fmt::Debug for PayerCode {
    /// Whoever knows the digits of a fresh code can charge its account.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PayerCode(_)")
    }
}

impl PayerCode {
    /// The code that stands for 64 bits nobody can guess.
    #[must_use]
    pub fn of_bits(bits: u64) -> Self {
        let mut digits = format!("{RANGE}{:015}", bits % CODES);
        digits.push(char::from(b'0' + check_digit(&digits)));
        Self(digits)
    }

    /// Reads a code.
    ///
    /// # Errors
    /// [`PayerCodeError`].
    pub fn parse(text: &str) -> Result<Self, PayerCodeError> {
        let digits = text.len() == PAYER_CODE_DIGITS && text.bytes().all(|b| b.is_ascii_digit());
        if !digits || !text.starts_with(RANGE) {
            return Err(PayerCodeError);
        }
        let (body, check) = text.split_at(PAYER_CODE_DIGITS - 1);
        if check.as_bytes() != [b'0' + check_digit(body)] {
            return Err(PayerCodeError);
        }
        Ok(Self(text.to_owned()))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<PayerCode> for String {
    fn from(code: PayerCode) -> Self {
        code.0
    }
}

impl TryFrom<String> for PayerCode {
    type Error = PayerCodeError;

    fn try_from(text: String) -> Result<Self, PayerCodeError> {
        Self::parse(&text)
    }
}

/// The Luhn digit that follows these digits.
pub(crate) fn check_digit(digits: &str) -> u8 {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte.saturating_sub(b'0'));
            if place % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { digit }
        })
        .sum();
    // Below ten.
    ((10 - sum % 10) % 10) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn codes_are_told_apart_from_others() {
        for text in [
            "",
            "88000000000000000",
            "8800000000000000000",
            "88000000000000000x",
            "100000000000000009",  // WeChat's
            "280000000000000000",  // Alipay's
            "6200000000000000005", // UnionPay's
        ] {
            assert!(PayerCode::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_check_digit_is_luhns() {
        // Luhn's usual example.
        assert_eq!(check_digit("7992739871"), 3);
        assert_eq!(PayerCode::of_bits(0).as_str(), "880000000000000005");
    }

    proptest! {
        #[test]
        fn every_code_is_in_our_range_and_no_digit_can_be_mistyped(
            bits: u64, place in 0_usize..18, step in 1_u8..10
        ) {
            let code = PayerCode::of_bits(bits);
            let text = code.as_str();
            prop_assert_eq!(text.len(), 18);
            let start: u32 = text[..2].parse().unwrap();
            prop_assert!(!(10..=15).contains(&start) && !(25..=30).contains(&start) && start != 62);
            prop_assert_eq!(PayerCode::parse(text), Ok(code.clone()));
            let mut typed = text.as_bytes().to_vec();
            typed[place] = b'0' + (typed[place] - b'0' + step) % 10;
            prop_assert!(PayerCode::parse(std::str::from_utf8(&typed).unwrap()).is_err());
        }
    }
}
