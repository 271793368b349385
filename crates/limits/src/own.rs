use feiqian_money::Amount;
use serde::{Deserialize, Serialize};

use crate::cap::Cap;
use crate::{Meter, Window};

/// The limits that a holder has set for the account, on what is spent and transferred to
/// others, cards included. None is none beyond the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnLimits {
    /// The most in one payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<Amount>,
    /// The most in a calendar day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<Amount>,
    /// The most in a calendar month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month: Option<Amount>,
}

impl OwnLimits {
    /// Whether none is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether any of them allows more than it does in `other`: to change from `other` to
    /// these takes a strong verification, the other way none.
    #[must_use]
    pub fn raises(&self, other: &Self) -> bool {
        let most = |limit: Option<Amount>| limit.map_or(i64::MAX, Amount::minor);
        [(self.payment, other.payment), (self.day, other.day), (self.month, other.month)]
            .into_iter()
            .any(|(this, other)| most(this) > most(other))
    }

    /// As caps to be compared with.
    pub(crate) fn caps<'a>(self) -> impl Iterator<Item = Cap<'a>> {
        [
            ("own.payment", Window::Payment, self.payment),
            ("own.day", Window::Day, self.day),
            ("own.month", Window::Month, self.month),
        ]
        .into_iter()
        .filter_map(|(id, window, cap)| {
            let meters = &[Meter::Spent];
            Some(Cap { id, source: "holder", meters, window, unless: None, most: cap? })
        })
    }
}
