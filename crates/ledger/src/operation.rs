use feiqian_calendar::Timestamp;
use feiqian_money::Amount;
use serde::{Deserialize, Serialize};

use crate::mutants::{Mutant, mutant};
use crate::{
    AccountId, Adjustment, CardId, Document, EntryRef, Fingerprint, OperationId, OrderId, Refusal,
    Transfer,
};

/// One movement of money of a customer, and what became of it.
///
/// For a top up and a withdrawal this document is the arbiter between the bank and the
/// account: it is made first and says whether the bank's debit or credit happened. For a
/// transfer it decides between sending and cancelling, and notes what the payee has done. For a
/// deposit it notes whether the account has taken it, for an adjustment what another operator
/// than its maker decided as well. For a payment the order is
/// the arbiter; its operation is written here when the account document has no more
/// room for it, and never changes again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    schema: u16,
    /// Its id, which is also the bank's request id.
    pub id: OperationId,
    /// Whose account.
    pub account: AccountId,
    /// What it does.
    pub kind: OperationKind,
    /// How much, above zero.
    pub amount: Amount,
    /// What the request asked for.
    pub fingerprint: Fingerprint,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// Where it stands.
    pub state: OperationState,
}

/// What an operation does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationKind {
    /// From the holder's bound card into the account.
    TopUp {
        /// The card.
        card: CardId,
    },
    /// From the account to a merchant for an order.
    Payment {
        /// The order.
        order: OrderId,
    },
    /// From the account to the holder's bound card.
    Withdrawal {
        /// The card.
        card: CardId,
        /// Whether it takes all that is in the account, to close it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_last: bool,
    },
    /// From the account to another.
    Transfer(Transfer),
    /// From somebody's account at a bank into the account.
    Deposit {
        /// The bank's own number of it.
        reference: String,
        /// Who sent it, masked.
        payer: String,
    },
    /// To or from the account, as two operators decide.
    Adjustment(Box<Adjustment>),
}

impl OperationKind {
    /// The kind's name on the wire, and the part of the operation's id that it stands for.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::TopUp { .. } => "top_up",
            Self::Payment { .. } => "payment",
            Self::Withdrawal { .. } => "withdrawal",
            Self::Transfer(_) => "transfer",
            Self::Deposit { .. } => "deposit",
            Self::Adjustment(_) => "adjustment",
        }
    }
}

/// Where an operation stands. Top ups, withdrawals and transfers go down this list; a payment
/// is written when it has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationState {
    /// Written down; not yet authorised by the account. An adjustment that is proposed.
    Created,
    /// A transfer that is authorised and not sent yet: it can be cancelled.
    Waiting,
    /// Authorised; the bank may have been asked from now on, or the payee credited. An adjustment
    /// that is approved.
    Requested,
    /// The bank has taken the money from the card: the account will be credited.
    Debited {
        /// When that became known.
        at: Timestamp,
    },
    /// The bank has paid the money to the card, or the account has taken a deposit or an
    /// adjustment: the other side will be booked.
    PaidOut {
        /// When that became known.
        at: Timestamp,
        /// The debit in the customer's journal.
        entry: EntryRef,
    },
    /// Both journals have it.
    Succeeded {
        /// When it became final.
        at: Timestamp,
        /// The entry in the customer's journal.
        entry: EntryRef,
    },
    /// Nothing moved, and nothing will.
    Failed {
        /// When it became final.
        at: Timestamp,
        /// Why.
        reason: Refusal,
    },
}

impl OperationState {
    /// Whether it will never change again.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Succeeded { .. } | Self::Failed { .. })
    }

    /// The state's name, as in the stored document.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Waiting => "waiting",
            Self::Requested => "requested",
            Self::Debited { .. } => "debited",
            Self::PaidOut { .. } => "paid_out",
            Self::Succeeded { .. } => "succeeded",
            Self::Failed { .. } => "failed",
        }
    }

    /// Whether the bank may have been asked, and the end is not known.
    #[must_use]
    pub const fn is_under_way(&self) -> bool {
        match self {
            Self::Requested | Self::Debited { .. } | Self::PaidOut { .. } => true,
            Self::Created | Self::Waiting | Self::Succeeded { .. } | Self::Failed { .. } => false,
        }
    }

    /// Whether the step to `next` is one that an operation may take. A transfer has succeeded
    /// with its payee's credit; what a bank moves is booked before. What begins an adjustment is
    /// [`Operation::decide_adjustment`] alone.
    #[must_use]
    fn leads_to(&self, next: &Self, kind: &OperationKind) -> bool {
        if let (Self::Created, OperationKind::Adjustment(_)) = (self, kind) {
            return mutant(Mutant::AdjustedUnapproved);
        }
        if let (Self::Requested, Self::Succeeded { .. }) = (self, next) {
            return matches!(kind, OperationKind::Transfer(_));
        }
        matches!(
            (self, next),
            (Self::Created, Self::Waiting | Self::Requested | Self::Failed { .. })
                | (Self::Waiting, Self::Requested | Self::Failed { .. })
                | (
                    Self::Requested,
                    Self::Debited { .. } | Self::PaidOut { .. } | Self::Failed { .. }
                )
                | (Self::Debited { .. } | Self::PaidOut { .. }, Self::Succeeded { .. })
        )
    }
}

impl Document for Operation {
    const SCHEMA: u16 = 1;
    const NAME: &'static str = "operation";

    fn schema(&self) -> u16 {
        self.schema
    }
}

impl Operation {
    /// The document's key.
    #[must_use]
    pub fn key(id: &OperationId) -> String {
        format!("operation/{id}")
    }

    /// The key of a credited top up's outcome, once the account has forgotten it.
    #[must_use]
    pub fn outcome_key(id: &OperationId) -> String {
        format!("outcome/{id}")
    }

    /// An operation in a state.
    #[must_use]
    pub const fn new(
        id: OperationId,
        account: AccountId,
        kind: OperationKind,
        amount: Amount,
        fingerprint: Fingerprint,
        created_at: Timestamp,
        state: OperationState,
    ) -> Self {
        Self { schema: Self::SCHEMA, id, account, kind, amount, fingerprint, created_at, state }
    }

    /// Whether its account must be there: a deposit may name one that is not, and has failed then
    /// or will.
    #[must_use]
    pub const fn is_known_to_account(&self) -> bool {
        let undecided =
            matches!(self.state, OperationState::Created | OperationState::Failed { .. });
        !(undecided && matches!(self.kind, OperationKind::Deposit { .. }))
    }

    /// Lets a transfer that waits fail: cancelled by its sender. False, and nothing changed,
    /// if it does not wait (any more).
    pub fn cancel(&mut self, at: Timestamp) -> bool {
        let waits = self.state == OperationState::Waiting
            || (self.state == OperationState::Requested && mutant(Mutant::CancelledAfterSent));
        if waits {
            self.state = OperationState::Failed { at, reason: Refusal::TransferCancelled };
        }
        waits
    }

    /// Takes the next step. False, and nothing changed, if the operation has gone
    /// another way: whoever asked must look at where it stands.
    pub fn advance(&mut self, next: OperationState) -> bool {
        let allowed = self.state.leads_to(&next, &self.kind);
        if allowed {
            self.state = next;
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Region;

    fn top_up() -> Operation {
        Operation::new(
            OperationId::derive(Region::EXAMPLE, &["t"]),
            AccountId::derive(Region::EXAMPLE, &["a"]),
            OperationKind::TopUp { card: CardId::derive(Region::EXAMPLE, &["c"]) },
            Amount::from_minor(500),
            Fingerprint::of(&["f"]),
            Timestamp::from_millis(1),
            OperationState::Created,
        )
    }

    #[test]
    fn a_final_operation_stays_as_it_is() {
        let mut operation = top_up();
        let at = Timestamp::from_millis(2);
        assert!(!operation.advance(OperationState::Debited { at }), "it was never requested");
        assert!(operation.advance(OperationState::Requested));
        assert!(operation.advance(OperationState::Debited { at }));
        assert!(!operation.advance(OperationState::Failed { at, reason: Refusal::Abandoned }));
        assert!(!operation.advance(OperationState::Requested));
        assert!(!operation.state.is_final());
    }

    #[test]
    fn a_stored_operation_reads_back() {
        let mut operation = top_up();
        operation.advance(OperationState::Failed {
            at: Timestamp::from_millis(3),
            reason: Refusal::InsufficientBalance,
        });
        let bytes = operation.encode().unwrap();
        assert_eq!(Operation::decode(&bytes).unwrap(), operation);
    }

    #[test]
    fn a_document_of_newer_code_is_refused() {
        let mut operation = top_up();
        operation.schema = Operation::SCHEMA + 1;
        assert!(Operation::decode(&operation.encode().unwrap()).is_err());
    }
}
