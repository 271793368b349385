use feiqian_calendar::Timestamp;
use serde::{Deserialize, Serialize};

use crate::account::PayBy;
use crate::mutants::{Mutant, mutant};
use crate::{AccountId, Document, OrderId, PAYER_CODE_LIFETIME_MS, Refusal};

/// A payer code that an account was given, and the arbiter of its one use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedCode {
    schema: u16,
    /// Who pays by it.
    pub account: AccountId,
    /// From where, as the payer chose when the code was given.
    #[serde(default, skip_serializing_if = "PayBy::is_balance")]
    pub from: PayBy,
    /// When it was given.
    pub issued_at: Timestamp,
    /// The try that spent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spent: Option<Spent>,
}

/// The one try of a payer code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// The charge's order.
    pub by: OrderId,
    /// Whether it came in time.
    pub in_time: bool,
}

impl Document for IssuedCode {
    const SCHEMA: u16 = 1;
    const NAME: &'static str = "payer code";

    fn schema(&self) -> u16 {
        self.schema
    }
}

impl IssuedCode {
    /// A code that was just given.
    #[must_use]
    pub const fn new(account: AccountId, from: PayBy, now: Timestamp) -> Self {
        Self { schema: Self::SCHEMA, account, from, issued_at: now, spent: None }
    }

    /// The document's key, from the code's digits.
    #[must_use]
    pub fn key(digits: &str) -> String {
        format!("payer_code/{digits}")
    }

    /// From when on it can no longer be used.
    #[must_use]
    pub const fn expires_at(&self) -> Timestamp {
        self.issued_at.plus_millis(PAYER_CODE_LIFETIME_MS)
    }

    /// Spends the code on a charge. The first to try has it, in time or not; it gets the
    /// same verdict each time it asks. Store the document, whatever the verdict.
    ///
    /// # Errors
    /// [`Refusal::PayerCodeSpent`] for every other charge, [`Refusal::PayerCodeExpired`].
    pub fn spend(&mut self, by: &OrderId, now: Timestamp) -> Result<(), Refusal> {
        let in_time = now < self.expires_at();
        let spent = self.spent.get_or_insert_with(|| Spent { by: by.clone(), in_time });
        if spent.by != *by && mutant(Mutant::CodeSpentTwice) {
            *spent = Spent { by: by.clone(), in_time };
        }
        if spent.by != *by {
            Err(Refusal::PayerCodeSpent)
        } else if spent.in_time {
            Ok(())
        } else {
            Err(Refusal::PayerCodeExpired)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Region;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn code() -> IssuedCode {
        IssuedCode::new(AccountId::derive(Region::EXAMPLE, &["a"]), PayBy::Balance, NOW)
    }

    fn order(name: &str) -> OrderId {
        OrderId::derive(Region::EXAMPLE, &[name])
    }

    #[test]
    fn a_code_lives_for_a_minute() {
        for (later_ms, verdict) in [
            (0, Ok(())),
            (PAYER_CODE_LIFETIME_MS - 1, Ok(())),
            (PAYER_CODE_LIFETIME_MS, Err(Refusal::PayerCodeExpired)),
        ] {
            assert_eq!(code().spend(&order("o"), NOW.plus_millis(later_ms)), verdict, "{later_ms}");
        }
    }

    #[test]
    fn a_code_is_spent_by_its_first_try_for_good() {
        let mut code = code();
        assert_eq!(code.spend(&order("o"), NOW), Ok(()));
        assert_eq!(code.spend(&order("p"), NOW), Err(Refusal::PayerCodeSpent));
        assert_eq!(code.spend(&order("o"), code.expires_at()), Ok(()), "it was in time");
    }

    #[test]
    fn a_try_that_came_too_late_spends_it_whatever_the_clock_does_next() {
        let mut code = code();
        let late = code.expires_at();
        assert_eq!(code.spend(&order("o"), late), Err(Refusal::PayerCodeExpired));
        assert_eq!(code.spend(&order("o"), NOW), Err(Refusal::PayerCodeExpired));
        assert_eq!(code.spend(&order("p"), NOW), Err(Refusal::PayerCodeSpent));
    }
}
