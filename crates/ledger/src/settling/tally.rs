use feiqian_money::{Amount, AmountError};
use serde::{Deserialize, Serialize};

use super::FeeRate;
use crate::{Entry, EntryKind};

/// What a merchant's entries of a day add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// How many payments.
    pub payments: u64,
    /// What they brought.
    pub paid_in: Amount,
    /// How many refunds and redemptions.
    pub refunds: u64,
    /// What they took, above zero.
    pub given_back: Amount,
    /// The fees of the payments, each rounded for itself. What is given back keeps its fee.
    pub fees: Amount,
}

impl Tally {
    /// Whether an entry is for the merchant to be settled: a settlement itself is not.
    #[must_use]
    pub const fn counts(entry: &Entry) -> bool {
        matches!(entry.kind, EntryKind::Payment | EntryKind::Refund | EntryKind::WealthRedemption)
    }

    /// The fee of an entry; none if the entry is not for the merchant to be settled: it is a
    /// settlement itself.
    ///
    /// # Errors
    /// [`AmountError::Overflow`] if it does not fit.
    pub fn fee_of(entry: &Entry, rate: FeeRate) -> Result<Option<Amount>, AmountError> {
        match entry.kind {
            EntryKind::Payment => rate.of(entry.amount).map(Some),
            EntryKind::Refund | EntryKind::WealthRedemption => Ok(Some(Amount::ZERO)),
            _ => Ok(None),
        }
    }

    /// Adds an entry of the merchant's journal.
    ///
    /// # Errors
    /// [`AmountError::Overflow`] if a sum does not fit.
    pub fn add(&mut self, entry: &Entry, rate: FeeRate) -> Result<(), AmountError> {
        let Some(fee) = Self::fee_of(entry, rate)? else { return Ok(()) };
        if entry.kind == EntryKind::Payment {
            self.paid_in = self.paid_in.checked_add(entry.amount)?;
            self.fees = self.fees.checked_add(fee)?;
            self.payments = self.payments.saturating_add(1);
        } else {
            self.given_back = self.given_back.checked_sub(entry.amount)?;
            self.refunds = self.refunds.saturating_add(1);
        }
        Ok(())
    }

    /// What is left for the merchant: below zero if more was given back than came in.
    ///
    /// # Errors
    /// [`AmountError::Overflow`] if it does not fit.
    pub fn net(&self) -> Result<Amount, AmountError> {
        self.paid_in.checked_sub(self.given_back)?.checked_sub(self.fees)
    }
}
