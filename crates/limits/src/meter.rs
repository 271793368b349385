use feiqian_calendar::Day;
use serde::{Deserialize, Serialize};

use crate::{Direction, Window};

/// What an account adds up. Each rule caps one meter, or the sum of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meter {
    /// Out of the balance to others: spending and transfers (RULES section 1).
    Out,
    /// Into the balance from others (RULES section 1).
    In,
    /// Out of the balance to repay loans, which class III leaves out of its caps.
    LoanRepayments,
    /// Out of the balance for wealth products, which banks leave out of their caps.
    WealthPurchases,
    /// Spent and transferred, cards included: what the holder's own limits count.
    Spent,
    /// Non-counter transfers, to others and to the bound account (RULES section 1).
    Transfers,
    /// Verified by two factors without a signature (RULES section 2, 43/2015).
    TwoFactors,
    /// Verified by fewer than two factors (RULES section 2, 43/2015).
    OneFactor,
    /// By barcode, verified by two factors without a signature (RULES section 2, tier B).
    BarcodeTwoFactors,
    /// By barcode, verified by fewer than two factors (RULES section 2, tier C).
    BarcodeOneFactor,
    /// By a static merchant code (RULES section 2, tier D).
    StaticCode,
    /// Small payments without a PIN (RULES section 3).
    WithoutPin,
}

impl Meter {
    /// The windows that it is added up over; others would only make documents larger.
    #[must_use]
    pub const fn windows(self) -> &'static [Window] {
        match self {
            Self::Out | Self::In | Self::LoanRepayments => {
                &[Window::Day, Window::Year, Window::Lifetime]
            }
            Self::WealthPurchases => &[Window::Year],
            Self::Spent => &[Window::Day, Window::Month],
            Self::Transfers
            | Self::TwoFactors
            | Self::OneFactor
            | Self::BarcodeTwoFactors
            | Self::BarcodeOneFactor
            | Self::StaticCode
            | Self::WithoutPin => &[Window::Day],
        }
    }

    /// Whether what a bound card pays counts as well as what the balance does.
    #[must_use]
    pub const fn counts_card_part(self) -> bool {
        !matches!(
            self,
            Self::Out | Self::In | Self::LoanRepayments | Self::WealthPurchases | Self::Transfers
        )
    }

    /// Which way the money goes that it counts.
    #[must_use]
    pub const fn direction(self) -> Direction {
        match self {
            Self::In => Direction::In,
            _ => Direction::Out,
        }
    }
}

/// What a movement was charged to. Keep it with the movement: what is given back goes to
/// the windows it came from and to no other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// The day.
    pub day: Day,
    /// The meters that counted it.
    pub meters: Vec<Meter>,
}
