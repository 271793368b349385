use feiqian_insurer_api::WireSplit;
use feiqian_money::{Amount, AmountError, Money};
use serde::{Deserialize, Serialize};

/// Who pays an amount: `total = pooled + personal + family + other + cash` (RULES section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// The pooled fund.
    pub pooled: Amount,
    /// The person's own personal account.
    pub personal: Amount,
    /// A personal account that a relative shares.
    pub family: Amount,
    /// Other funds.
    pub other: Amount,
    /// The person, from the balance or a card.
    pub cash: Amount,
}

/// A split is none of its amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the parts do not add up, or one of them is below zero")]
pub struct SplitError;

impl Split {
    /// Nothing.
    pub const ZERO: Self = Self {
        pooled: Amount::ZERO,
        personal: Amount::ZERO,
        family: Amount::ZERO,
        other: Amount::ZERO,
        cash: Amount::ZERO,
    };

    /// An amount that the insurer has no part in.
    #[must_use]
    pub const fn cash_only(amount: Amount) -> Self {
        Self { cash: amount, ..Self::ZERO }
    }

    /// What an insurer says, if it is a split of `amount`.
    ///
    /// # Errors
    /// [`SplitError`].
    pub fn of(wire: &WireSplit, amount: Amount) -> Result<Self, SplitError> {
        let split = Self::unchecked(wire);
        let whole = split.parts().iter().all(|part| !part.is_negative());
        if whole && split.total() == Ok(amount) { Ok(split) } else { Err(SplitError) }
    }

    /// What an insurer says, whatever that adds up to.
    #[must_use]
    pub const fn unchecked(wire: &WireSplit) -> Self {
        Self {
            pooled: wire.hifp_pay.amount,
            personal: wire.acct_pay.amount,
            family: wire.acct_mulaid_pay.amount,
            other: wire.oth_pay.amount,
            cash: wire.psn_cash_pay.amount,
        }
    }

    /// Its parts, the insurer's first and cash last.
    #[must_use]
    pub const fn parts(&self) -> [Amount; 5] {
        [self.pooled, self.personal, self.family, self.other, self.cash]
    }

    /// What all parts add up to.
    ///
    /// # Errors
    /// Past what an amount can be.
    pub fn total(&self) -> Result<Amount, AmountError> {
        self.insurers()?.checked_add(self.cash)
    }

    /// What the insurer pays.
    ///
    /// # Errors
    /// Past what an amount can be.
    pub fn insurers(&self) -> Result<Amount, AmountError> {
        let [funds @ .., _] = self.parts();
        funds.into_iter().try_fold(Amount::ZERO, Amount::checked_add)
    }

    /// Both together.
    ///
    /// # Errors
    /// Past what an amount can be.
    pub fn checked_add(&self, more: &Self) -> Result<Self, AmountError> {
        Ok(Self {
            pooled: self.pooled.checked_add(more.pooled)?,
            personal: self.personal.checked_add(more.personal)?,
            family: self.family.checked_add(more.family)?,
            other: self.other.checked_add(more.other)?,
            cash: self.cash.checked_add(more.cash)?,
        })
    }
}

impl From<Split> for WireSplit {
    fn from(split: Split) -> Self {
        Self {
            hifp_pay: Money::from(split.pooled),
            acct_pay: Money::from(split.personal),
            acct_mulaid_pay: Money::from(split.family),
            oth_pay: Money::from(split.other),
            psn_cash_pay: Money::from(split.cash),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(parts: [i64; 5]) -> WireSplit {
        let [hifp_pay, acct_pay, acct_mulaid_pay, oth_pay, psn_cash_pay] =
            parts.map(|minor| Money::from(Amount::from_minor(minor)));
        WireSplit { hifp_pay, acct_pay, acct_mulaid_pay, oth_pay, psn_cash_pay }
    }

    #[test]
    fn a_split_adds_up_to_the_cent_and_has_no_part_below_zero() {
        for (parts, amount, right) in [
            ([60, 20, 5, 5, 10], 100, true),
            ([0, 0, 0, 0, 100], 100, true),
            ([60, 20, 5, 5, 10], 99, false),
            ([60, 20, 5, 5, 10], 101, false),
            ([110, 0, 0, 0, -10], 100, false),
            ([i64::MAX, 1, 0, 0, 0], 0, false),
        ] {
            let split = Split::of(&wire(parts), Amount::from_minor(amount));
            assert_eq!(split.is_ok(), right, "{parts:?}");
            if let Ok(split) = split {
                assert_eq!(WireSplit::from(split), wire(parts));
            }
        }
    }
}
