use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};
use std::fmt;

use crate::Currency;

/// A signed count of minor units (fen).
///
/// In stored documents it is a plain integer. On the wire use
/// [`Money`](crate::Money), which carries the currency.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Amount(i64);

/// Why text is no amount, or an operation has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// The text is not a plain decimal number such as `12.34`.
    #[error("an amount is a decimal string such as \"12.34\", without sign, spaces or exponent")]
    Malformed,
    /// More decimal places than the currency has.
    #[error("an amount in this currency has at most {0} decimal places")]
    TooPrecise(u32),
    /// Outside of what [`Amount::WIRE_MAX`] allows.
    #[error("an amount is at most {max}", max = Amount::WIRE_MAX.to_decimal_string(Currency::CNY))]
    TooLarge,
    /// Zero, where money must move.
    #[error("the amount must be above zero")]
    NotPositive,
    /// A currency in which no account is kept.
    #[error("the currency must be \"CNY\"")]
    UnknownCurrency,
    /// A sum or difference that does not fit.
    #[error("the sum of two amounts does not fit")]
    Overflow,
}

impl Amount {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// The largest amount a request may name: ten billion yuan. It is far above every
    /// limit, and far enough below `i64::MAX` that sums of amounts do not overflow.
    pub const WIRE_MAX: Self = Self(1_000_000_000_000);

    /// Longest text that can be an amount: the digits of [`Self::WIRE_MAX`] and a point,
    /// with some room for leading zeros being refused by name instead of by length.
    const TEXT_MAX_BYTES: usize = 32;

    /// An amount of this many minor units.
    #[must_use]
    pub const fn from_minor(minor: i64) -> Self {
        Self(minor)
    }

    /// The count of minor units.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// True above zero.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// True below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// The sum.
    ///
    /// # Errors
    /// [`AmountError::Overflow`] if it does not fit.
    pub const fn checked_add(self, other: Self) -> Result<Self, AmountError> {
        match self.0.checked_add(other.0) {
            Some(sum) => Ok(Self(sum)),
            None => Err(AmountError::Overflow),
        }
    }

    /// The difference.
    ///
    /// # Errors
    /// [`AmountError::Overflow`] if it does not fit.
    pub const fn checked_sub(self, other: Self) -> Result<Self, AmountError> {
        match self.0.checked_sub(other.0) {
            Some(difference) => Ok(Self(difference)),
            None => Err(AmountError::Overflow),
        }
    }

    /// The same amount in the other direction.
    ///
    /// # Errors
    /// [`AmountError::Overflow`] for the one value that has no opposite.
    pub const fn checked_neg(self) -> Result<Self, AmountError> {
        match self.0.checked_neg() {
            Some(opposite) => Ok(Self(opposite)),
            None => Err(AmountError::Overflow),
        }
    }

    /// Reads an unsigned decimal string, as it comes over the wire.
    ///
    /// # Errors
    /// See [`AmountError`]. Zero is an amount; whether it is allowed is the caller's rule.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, AmountError> {
        let (whole, fraction) = text.split_once('.').map_or((text, None), |(w, f)| (w, Some(f)));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let leading_zero = whole.len() > 1 && whole.starts_with('0');
        if !digits(whole) || leading_zero || fraction.is_some_and(|f| !digits(f)) {
            return Err(AmountError::Malformed);
        }
        let places = currency.minor_digits();
        if fraction.is_some_and(|f| f.len() > places as usize) {
            return Err(AmountError::TooPrecise(places));
        }
        if text.len() > Self::TEXT_MAX_BYTES {
            return Err(AmountError::TooLarge);
        }
        let decimal = Decimal::from_str_exact(text).map_err(|_| AmountError::TooLarge)?;
        let minor = decimal
            .checked_mul(Decimal::from(10_u64.pow(places)))
            .and_then(|scaled| scaled.to_i64())
            .ok_or(AmountError::TooLarge)?;
        if minor > Self::WIRE_MAX.0 {
            return Err(AmountError::TooLarge);
        }
        Ok(Self(minor))
    }

    /// The decimal string of the wire: always all of the currency's places.
    #[must_use]
    pub fn to_decimal_string(self, currency: Currency) -> String {
        Decimal::new(self.0, currency.minor_digits()).to_string()
    }
}

impl fmt::Display for Amount {
    /// Minor units with their unit, for logs and panics of tests, never for the wire.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} minor", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<i64, AmountError> {
        Amount::parse(text, Currency::CNY).map(Amount::minor)
    }

    #[test]
    fn plain_decimals_are_read_exactly() {
        for (text, minor) in
            [("0", 0), ("0.01", 1), ("12.34", 1234), ("12.3", 1230), ("7", 700), ("0.10", 10)]
        {
            assert_eq!(parse(text), Ok(minor), "{text}");
        }
        assert_eq!(parse("10000000000.00"), Ok(1_000_000_000_000));
    }

    #[test]
    fn anything_else_is_refused_by_its_reason() {
        for text in
            ["", "-1", "+1", "1e3", " 1", "1 ", "1.", ".5", "1,000", "01", "０.1", "NaN", "1.2.3"]
        {
            assert_eq!(parse(text), Err(AmountError::Malformed), "{text:?}");
        }
        assert_eq!(parse("1.234"), Err(AmountError::TooPrecise(2)));
        assert_eq!(parse("1.000"), Err(AmountError::TooPrecise(2)));
        for text in ["10000000000.01", "1000000000000000000", &"9".repeat(400)] {
            assert_eq!(parse(text), Err(AmountError::TooLarge), "{text}");
        }
    }

    #[test]
    fn arithmetic_that_does_not_fit_is_an_error() {
        let most = Amount::from_minor(i64::MAX);
        assert_eq!(most.checked_add(Amount::from_minor(1)), Err(AmountError::Overflow));
        let least = Amount::from_minor(i64::MIN);
        assert_eq!(least.checked_sub(Amount::from_minor(1)), Err(AmountError::Overflow));
        assert_eq!(least.checked_neg(), Err(AmountError::Overflow));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(minor in 0..=Amount::WIRE_MAX.minor()) {
            let text = Amount::from_minor(minor).to_decimal_string(Currency::CNY);
            prop_assert_eq!(parse(&text), Ok(minor));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,40}") {
            let _ = parse(&text);
        }
    }
}
