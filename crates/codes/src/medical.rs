use crate::payer::check_digit;

/// Digits of a medical code.
pub const MEDICAL_CODE_DIGITS: usize = 20;

/// How each begins: as no payer code does, ours or another's (RULES section 5).
const RANGE: &str = "86";

/// How many codes there are: the digits between range and check digit are free.
const CODES: u64 = 100_000_000_000_000_000;

/// A text is no medical code of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a medical code has {MEDICAL_CODE_DIGITS} digits, begins with {RANGE} and ends with a check digit"
)]
pub struct MedicalCodeError;

/// The digits that stand for a medical credential at a counter: our range, 17 digits, a Luhn
/// check digit.
#[derive(Clone, PartialEq, Eq)]
pub struct MedicalCode(String);

impl std::fmt::Debug for MedicalCode {
    /// Whoever knows the digits of a fresh code can make a visit of its patient.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MedicalCode(_)")
    }
}

impl MedicalCode {
    /// The code that stands for 64 bits nobody can guess.
    #[must_use]
    pub fn of_bits(bits: u64) -> Self {
        let mut digits = format!("{RANGE}{:017}", bits % CODES);
        digits.push(char::from(b'0' + check_digit(&digits)));
        Self(digits)
    }

    /// Reads a code.
    ///
    /// # Errors
    /// [`MedicalCodeError`].
    pub fn parse(text: &str) -> Result<Self, MedicalCodeError> {
        let digits = text.len() == MEDICAL_CODE_DIGITS && text.bytes().all(|b| b.is_ascii_digit());
        if !digits || !text.starts_with(RANGE) {
            return Err(MedicalCodeError);
        }
        let (body, check) = text.split_at(MEDICAL_CODE_DIGITS - 1);
        if check.as_bytes() != [b'0' + check_digit(body)] {
            return Err(MedicalCodeError);
        }
        Ok(Self(text.to_owned()))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medical_codes_read_back_and_are_no_payer_codes() {
        for bits in [0, 1, 12_345_678_901_234_567, u64::MAX] {
            let code = MedicalCode::of_bits(bits);
            assert_eq!(MedicalCode::parse(code.as_str()), Ok(code.clone()));
            assert!(crate::PayerCode::parse(code.as_str()).is_err());
        }
        let code = MedicalCode::of_bits(7);
        let digits = code.as_str();
        for text in [&digits[..19], &format!("{digits}0"), &digits.replace("86", "88"), "86x"] {
            assert!(MedicalCode::parse(text).is_err(), "{text}");
        }
    }
}
