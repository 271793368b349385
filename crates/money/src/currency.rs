use serde::{Deserialize, Serialize};
use std::fmt;

/// The currency of an amount, as an ISO 4217 code on the wire.
///
/// Feiqian's accounts are kept in renminbi; the type exists so that no amount
/// crosses the wire without saying what it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Currency {
    /// Renminbi yuan, counted in fen.
    #[default]
    CNY,
}

impl Currency {
    /// Digits after the decimal point in the currency's usual form.
    #[must_use]
    pub const fn minor_digits(self) -> u32 {
        match self {
            Self::CNY => 2,
        }
    }

    /// The ISO 4217 alphabetic code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::CNY => "CNY",
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
