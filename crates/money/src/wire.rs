use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Amount, AmountError, Currency};

/// An amount with its currency, in the shape of the wire:
/// `{"value": "12.34", "currency": "CNY"}`.
///
/// Reading refuses signs, exponents, too many places and unknown fields; it
/// accepts zero. Writing shows a negative amount with a minus sign, as entries
/// of a journal have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Money {
    /// How much, in minor units.
    pub amount: Amount,
    /// Of what.
    pub currency: Currency,
}

impl From<Amount> for Money {
    fn from(amount: Amount) -> Self {
        Self { amount, currency: Currency::default() }
    }
}

/// An amount as a request states it, in the shape of [`Money`] but not yet read, so
/// that a wrong amount is told apart from a body of the wrong shape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoneyInput {
    /// The decimal string.
    pub value: String,
    /// An ISO 4217 code.
    pub currency: String,
}

impl MoneyInput {
    /// The amount, which must be above zero.
    ///
    /// # Errors
    /// See [`AmountError`].
    pub fn positive(&self) -> Result<Amount, AmountError> {
        let amount = self.not_negative()?;
        if amount.is_positive() { Ok(amount) } else { Err(AmountError::NotPositive) }
    }

    /// The amount, which must not be below zero.
    ///
    /// # Errors
    /// See [`AmountError`].
    pub fn not_negative(&self) -> Result<Amount, AmountError> {
        if self.currency != Currency::CNY.code() {
            return Err(AmountError::UnknownCurrency);
        }
        let amount = Amount::parse(&self.value, Currency::CNY)?;
        if amount.is_negative() { Err(AmountError::NotPositive) } else { Ok(amount) }
    }
}

#[derive(Serialize)]
struct Written {
    value: String,
    currency: Currency,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    value: String,
    currency: Currency,
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = self.amount.to_decimal_string(self.currency);
        Written { value, currency: self.currency }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Read { value, currency } = Read::deserialize(deserializer)?;
        let amount = Amount::parse(&value, currency).map_err(D::Error::custom)?;
        Ok(Self { amount, currency })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_has_one_shape_on_the_wire() -> Result<(), serde_json::Error> {
        let money: Money = serde_json::from_str(r#"{"value":"12.3","currency":"CNY"}"#)?;
        assert_eq!(money.amount.minor(), 1230);
        assert_eq!(serde_json::to_string(&money)?, r#"{"value":"12.30","currency":"CNY"}"#);
        let debit = Money::from(Amount::from_minor(-5));
        assert_eq!(serde_json::to_string(&debit)?, r#"{"value":"-0.05","currency":"CNY"}"#);
        Ok(())
    }

    #[test]
    fn an_input_must_be_above_zero_and_in_a_known_currency() {
        let read = |value: &str, currency: &str| {
            MoneyInput { value: value.into(), currency: currency.into() }.positive()
        };
        assert_eq!(read("0.01", "CNY"), Ok(Amount::from_minor(1)));
        assert_eq!(read("0.00", "CNY"), Err(AmountError::NotPositive));
        assert_eq!(read("1", "cny"), Err(AmountError::UnknownCurrency));
        assert_eq!(read("-1", "CNY"), Err(AmountError::Malformed));
        let zero = MoneyInput { value: "0.00".into(), currency: "CNY".into() };
        assert_eq!(zero.not_negative(), Ok(Amount::ZERO));
    }

    #[test]
    fn other_shapes_are_refused() {
        for body in [
            r#"{"value":12.3,"currency":"CNY"}"#,
            r#"{"value":"-1","currency":"CNY"}"#,
            r#"{"value":"1","currency":"USD"}"#,
            r#"{"value":"1"}"#,
            r#"{"value":"1","currency":"CNY","scale":2}"#,
        ] {
            assert!(serde_json::from_str::<Money>(body).is_err(), "{body}");
        }
    }
}
