//! Money: amounts in integer minor units, and the currencies they are in.
//!
//! Code counts in minor units (fen for CNY) with checked arithmetic; the wire
//! carries a decimal string such as `"12.34"` beside a currency code. There is
//! no floating point anywhere, and no operation wraps or rounds in silence.

mod amount;
mod currency;
mod wire;

pub use amount::{Amount, AmountError};
pub use currency::Currency;
pub use wire::{Money, MoneyInput};
