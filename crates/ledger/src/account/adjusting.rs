use feiqian_calendar::Timestamp;
use feiqian_money::Amount;

use super::credits::{Received, Taking};
use super::operations::{CommandError, Outcome};
use super::{Account, Status};
use crate::mutants::{Mutant, mutant};
use crate::{EntryKind, Movement, OperationId, RECEIVED_MAX, Refusal};

/// A change of a balance that two operators decided on, by an operation's document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjust {
    /// The operation.
    pub operation: OperationId,
    /// What is added to the balance: below zero takes from it.
    pub amount: Amount,
    /// What it refers to, as it will stand in the journal.
    pub reference: String,
    /// The key of the document that decides, and notes what became of it.
    pub arbiter: String,
    /// Now.
    pub now: Timestamp,
}

impl Account {
    /// Takes an adjustment, or refuses it for good, and remembers which until the arbiter has
    /// noted it. It asks for no limit and counts in none: it corrects what limits were asked
    /// about when it happened.
    ///
    /// The caller has read the arbiter *after* this document, found it wanting the adjustment,
    /// and found nothing under [`Self::received`]: only then is "not remembered" the same as
    /// "not taken".
    ///
    /// # Errors
    /// [`CommandError`] if the journal cannot take the entry; nothing changes then.
    pub fn adjust(&mut self, adjust: Adjust) -> Result<Taking, CommandError> {
        if self.received.len() >= RECEIVED_MAX {
            return Ok(Taking::NoRoom);
        }
        let checked = self.check_adjustment(adjust.amount, adjust.now);
        let Adjust { operation, amount, reference, arbiter, now } = adjust;
        let outcome = match checked {
            Err(reason) => Outcome::Refused { reason },
            Ok(()) => {
                let entry = self.journal.post(Movement {
                    operation: operation.clone(),
                    kind: EntryKind::Adjustment,
                    amount,
                    by_card: Amount::ZERO,
                    at: now,
                    counterparty: reference,
                })?;
                Outcome::Succeeded { entry }
            }
        };
        if !mutant(Mutant::AdjustedTwice) {
            self.received.push(Received { operation, arbiter, outcome: outcome.clone() });
        }
        Ok(Taking::Decided(outcome))
    }

    /// An account in use can be adjusted, a frozen one and one that is being closed as well. One
    /// that is dormant has no entry that could be wrong, and an entry would wake it.
    fn check_adjustment(&self, amount: Amount, now: Timestamp) -> Result<(), Refusal> {
        let status = if self.is_dormant(now) { Status::Dormant } else { self.status };
        match status {
            Status::Active | Status::Frozen | Status::Closing => {}
            Status::Opening | Status::Rejected | Status::Dormant | Status::Closed => {
                return Err(Refusal::AccountNotActive { status });
            }
        }
        let covered = self.balance().checked_add(amount).is_ok_and(|after| !after.is_negative());
        let covered = covered || (amount.is_negative() && mutant(Mutant::AdjustedBelowZero));
        if covered { Ok(()) } else { Err(Refusal::InsufficientBalance) }
    }
}
