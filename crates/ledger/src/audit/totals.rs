use std::collections::BTreeMap;

use feiqian_money::{Amount, AmountError};
use serde::{Deserialize, Serialize};

use super::{Examined, Finding};

/// What an audit has counted and added up so far.
///
/// While requests come, balances are read one after the other and money moves between
/// them, so a sum says nothing. At rest it is exact.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Totals {
    /// Documents by how their keys begin.
    pub documents: BTreeMap<String, u64>,
    /// The sum of the balances of customers and of each kind of internal account.
    pub balances: BTreeMap<String, Amount>,
    /// The sum of what documents hold to be under way; an operation counts once for each
    /// document that says so.
    pub in_flight: Amount,
    /// Findings that must never be.
    pub faults: u64,
    /// Documents whose makers have not finished.
    pub unfinished: u64,
}

impl Totals {
    /// Counts a document.
    pub fn count(&mut self, key: &str) {
        let kind = key.split('/').next().unwrap_or_default();
        let count = self.documents.entry(kind.to_owned()).or_default();
        *count = count.saturating_add(1);
    }

    /// Adds up what a document holds.
    ///
    /// # Errors
    /// [`AmountError::Overflow`] if it does not fit.
    pub fn add(&mut self, document: &Examined) -> Result<(), AmountError> {
        if let Some((whose, balance)) = document.balance() {
            let sum = self.balances.entry(whose.to_owned()).or_default();
            *sum = sum.checked_add(balance)?;
        }
        for (_, amount) in document.in_flight() {
            self.in_flight = self.in_flight.checked_add(amount)?;
        }
        Ok(())
    }

    /// Counts a finding.
    pub fn note(&mut self, finding: &Finding) {
        let count = if finding.kind.is_fault() { &mut self.faults } else { &mut self.unfinished };
        *count = count.saturating_add(1);
    }

    /// The sum of all balances, those of the bank and of merchants included.
    ///
    /// # Errors
    /// [`AmountError::Overflow`] if it does not fit.
    pub fn sum(&self) -> Result<Amount, AmountError> {
        self.balances.values().try_fold(Amount::ZERO, |sum, balance| sum.checked_add(*balance))
    }

    /// Whether the sum of all balances is no further from zero than what is in flight: at
    /// rest, whether it is zero.
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        self.sum()
            .is_ok_and(|sum| sum.minor().unsigned_abs() <= self.in_flight.minor().unsigned_abs())
    }
}
