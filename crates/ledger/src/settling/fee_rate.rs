use std::fmt;

use feiqian_money::{Amount, AmountError};
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

/// What a merchant pays for each payment, as a part of its amount: 0 to 5 %, with at most six
/// decimal places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct FeeRate(Decimal);

/// Text is no fee rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a fee rate is a decimal from 0 to 0.05 with at most six places, such as \"0.0060\"")]
pub struct FeeRateError;

impl FeeRate {
    /// The highest rate: 5 %. A card scheme's fee is below 3 %, so more is a slip of a point.
    const MAX: Decimal = Decimal::from_parts(5, 0, 0, false, 2);

    /// Decimal places at the most: a ten-thousandth of a percent.
    const PLACES_MAX: u32 = 6;

    /// The longest text of one.
    const TEXT_BYTES_MAX: usize = 8;

    /// Reads a rate.
    ///
    /// # Errors
    /// [`FeeRateError`] for any other text.
    pub fn parse(text: &str) -> Result<Self, FeeRateError> {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        if !plain || text.len() > Self::TEXT_BYTES_MAX {
            return Err(FeeRateError);
        }
        let rate = Decimal::from_str_exact(text).map_err(|_| FeeRateError)?;
        let fits = rate.scale() <= Self::PLACES_MAX && rate <= Self::MAX;
        if fits { Ok(Self(rate)) } else { Err(FeeRateError) }
    }

    /// The fee of one payment: rounded to the nearest cent, half a cent up.
    ///
    /// # Errors
    /// [`AmountError::Overflow`] if it does not fit, which no payment's does.
    pub fn of(self, payment: Amount) -> Result<Amount, AmountError> {
        Decimal::from(payment.minor())
            .checked_mul(self.0)
            .map(|fee| fee.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero))
            .and_then(|fee| fee.to_i64())
            .map(Amount::from_minor)
            .ok_or(AmountError::Overflow)
    }
}

impl fmt::Display for FeeRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<FeeRate> for String {
    fn from(rate: FeeRate) -> Self {
        rate.to_string()
    }
}

impl TryFrom<String> for FeeRate {
    type Error = FeeRateError;

    fn try_from(text: String) -> Result<Self, FeeRateError> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fee(rate: &str, fen: i64) -> i64 {
        FeeRate::parse(rate).unwrap().of(Amount::from_minor(fen)).unwrap().minor()
    }

    #[test]
    fn half_a_cent_is_rounded_up() {
        for (rate, fen, expected) in [
            ("0.0060", 10_000, 60),
            ("0.0060", 83, 0),
            ("0.0060", 84, 1),
            ("0.0050", 100, 1),
            ("0.0050", 300, 2),
            ("0.0050", 99, 0),
            ("0.05", 1, 0),
            ("0.05", 10, 1),
            ("0", 1_000_000, 0),
        ] {
            assert_eq!(fee(rate, fen), expected, "{rate} of {fen}");
        }
    }

    #[test]
    fn only_rates_within_bounds_are_read() {
        for text in ["0", "0.0", "0.05", "0.050000", "0.0060", "0.000001"] {
            assert_eq!(FeeRate::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "-0.01", "+0.01", "0.0500001", "0.0500000", "0.050001", "1", "6e-3", "x"] {
            assert_eq!(FeeRate::parse(text), Err(FeeRateError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_fee_is_the_nearest_cent_and_never_more_than_the_payment(
            millionths in 0_i64..=50_000, fen in 1_i64..=1_000_000_000_000,
        ) {
            let rate = format!("0.{millionths:06}");
            let fee = i128::from(fee(&rate, fen));
            let exact = i128::from(fen) * i128::from(millionths);
            prop_assert_eq!(fee, (exact * 2 + 1_000_000) / 2_000_000);
            prop_assert!(fee <= i128::from(fen));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,12}", near in "[0-9.]{0,9}") {
            let _ = FeeRate::parse(&text);
            let _ = FeeRate::parse(&near);
        }
    }
}
