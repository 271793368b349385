use crate::Fault;
use crate::personal::{mask_middle, prints_masked};

/// The number of an account at a bank: 8 to 32 digits. Company accounts have no check digit
/// that banks agree on.
#[derive(Clone, PartialEq, Eq)]
pub struct BankAccountNumber(String);

impl BankAccountNumber {
    const LEAST_DIGITS: usize = 8;
    const MOST_DIGITS: usize = 32;

    /// Reads an account number: digits only, without spaces.
    ///
    /// # Errors
    /// What is wrong: length or characters.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Fault::Characters);
        }
        if !(Self::LEAST_DIGITS..=Self::MOST_DIGITS).contains(&text.len()) {
            return Err(Fault::Length { least: Self::LEAST_DIGITS, most: Self::MOST_DIGITS });
        }
        Ok(Self(text.to_owned()))
    }

    /// The digits.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The first and last four digits, with always ten stars between them.
    #[must_use]
    pub fn masked(&self) -> String {
        mask_middle(&self.0)
    }
}

prints_masked!(BankAccountNumber);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_a_bank_accounts_length_are_read_and_shown_masked() {
        for text in ["12345678", "6216261000000000018", &"1".repeat(32)] {
            let number = BankAccountNumber::parse(text).unwrap();
            assert_eq!(number.expose(), text);
            assert!(!format!("{number:?}").contains(text), "{number:?}");
        }
        for text in ["", "1234567", "1234 5678", "1234567x", "１２３４５６７８", &"1".repeat(33)]
        {
            assert!(BankAccountNumber::parse(text).is_err(), "{text}");
        }
    }
}
