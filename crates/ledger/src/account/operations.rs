use feiqian_calendar::{Day, Timestamp};
use feiqian_limits::{Charge, Meter};
use feiqian_money::{Amount, AmountError};
use serde::{Deserialize, Serialize};

use super::Account;
use crate::{
    AgreementId, CardId, CardPart, DebitRef, EntryRef, Fingerprint, IN_FLIGHT_MAX, JournalError,
    OUTCOMES_ARCHIVED_AT_ONCE, OUTCOMES_MAX, Operation, OperationId, OperationKind, OperationState,
    Order, OrderId, Refusal, Transfer,
};

/// An operation that the account has authorised and whose arbiter has not been heard yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InFlight {
    /// Its id.
    pub operation: OperationId,
    /// What the request asked for.
    pub fingerprint: Fingerprint,
    /// How much, above zero.
    pub amount: Amount,
    /// When it was authorised.
    pub at: Timestamp,
    /// The day whose limits it used.
    pub day: Day,
    /// The meters that counted it.
    #[serde(default = "older_meters")]
    pub meters: Vec<Meter>,
    /// What it does.
    pub flight: Flight,
}

/// What counted a payment in a document that does not say.
fn older_meters() -> Vec<Meter> {
    vec![Meter::Out]
}

impl InFlight {
    /// What it was charged to.
    #[must_use]
    pub fn charge(&self) -> Charge {
        Charge { day: self.day, meters: self.meters.clone() }
    }

    /// The key of the document that decides what becomes of it.
    #[must_use]
    pub fn arbiter_key(&self) -> String {
        match &self.flight {
            Flight::Payment { order, .. } => Order::key(order),
            Flight::TopUp { .. } | Flight::Outgoing { .. } => Operation::key(&self.operation),
        }
    }

    /// The entry that it has posted, if it has.
    #[must_use]
    pub const fn entry(&self) -> Option<&EntryRef> {
        match &self.flight {
            Flight::Payment { entry, .. } | Flight::Outgoing { entry, .. } => Some(entry),
            Flight::TopUp { .. } => None,
        }
    }
}

/// What an operation in flight does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flight {
    /// The debit is posted; the order decides what becomes of it.
    Payment {
        /// The order.
        order: OrderId,
        /// The payee's name, for the reversal's entry.
        payee: String,
        /// The debit.
        entry: EntryRef,
        /// The wallet's agreement or the allowance that it is charged under.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agreement: Option<AgreementId>,
        /// What a bound card pays of the amount; the debit is of the rest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        card: Option<CardPart>,
    },
    /// Nothing is posted; the operation document decides what becomes of it.
    TopUp {
        /// The card.
        card: CardId,
    },
    /// The debit is posted; the operation document decides what becomes of it.
    Outgoing {
        /// Where to.
        to: Destination,
        /// The other side, for the reversal's entry.
        counterparty: String,
        /// The debit.
        entry: EntryRef,
    },
}

/// Where money goes about which an operation document decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Destination {
    /// To one of the holder's bound cards.
    Card(CardId),
    /// All that is in the account to one of them: then it is closed.
    LastCard(CardId),
    /// To another account.
    Account(Transfer),
}

impl From<Destination> for OperationKind {
    fn from(to: Destination) -> Self {
        match to {
            Destination::Card(card) => Self::Withdrawal { card, is_last: false },
            Destination::LastCard(card) => Self::Withdrawal { card, is_last: true },
            Destination::Account(transfer) => Self::Transfer(transfer),
        }
    }
}

impl InFlight {
    /// What a bound card pays of a payment.
    #[must_use]
    pub const fn card_part(&self) -> Amount {
        match &self.flight {
            Flight::Payment { card: Some(part), .. } => part.amount,
            _ => Amount::ZERO,
        }
    }

    /// What the balance moves.
    ///
    /// # Errors
    /// [`AmountError::Overflow`] if it does not fit.
    pub fn balance_part(&self) -> Result<Amount, AmountError> {
        self.amount.checked_sub(self.card_part())
    }

    /// The debit that waits for its order, if this is a payment.
    #[must_use]
    pub fn debit(&self) -> Option<DebitRef> {
        match &self.flight {
            Flight::Payment { entry, card, agreement, .. } => Some(DebitRef {
                entry: entry.clone(),
                card: card.clone(),
                agreement: agreement.clone(),
                charge: self.charge(),
            }),
            Flight::TopUp { .. } | Flight::Outgoing { .. } => None,
        }
    }
}

/// An operation that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// Its id.
    pub operation: OperationId,
    /// What it was.
    pub kind: OperationKind,
    /// What the request asked for.
    pub fingerprint: Fingerprint,
    /// How much, above zero.
    pub amount: Amount,
    /// When it was authorised or refused.
    pub at: Timestamp,
    /// How it ended.
    pub outcome: Outcome,
}

/// How an operation ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It moved the money: its entry in this journal.
    Succeeded {
        /// The entry.
        entry: EntryRef,
    },
    /// It moved nothing.
    Refused {
        /// Why.
        reason: Refusal,
    },
}

impl Outcome {
    /// Its entry in this journal, if it moved the money.
    #[must_use]
    pub const fn entry(&self) -> Option<&EntryRef> {
        match self {
            Self::Succeeded { entry } => Some(entry),
            Self::Refused { .. } => None,
        }
    }
}

/// Why a command was neither carried out nor refused for good.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// [`IN_FLIGHT_MAX`] operations are in flight; one has to end first.
    #[error("too many operations of this account are in flight")]
    TooManyInFlight,
    /// The journal cannot take the entry.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl From<AmountError> for CommandError {
    fn from(error: AmountError) -> Self {
        Self::Journal(error.into())
    }
}

/// What the account document knows of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known<'a> {
    /// It is authorised and has not ended.
    InFlight(&'a InFlight),
    /// It has ended.
    Settled(&'a Settled),
    /// Nothing here; if outcomes have been archived it may have ended long ago.
    Unknown,
}

impl Account {
    /// What this document knows of an operation.
    #[must_use]
    pub fn known(&self, operation: &OperationId) -> Known<'_> {
        if let Some(flight) = self.in_flight.iter().find(|f| f.operation == *operation) {
            return Known::InFlight(flight);
        }
        let settled = self.outcomes.iter().find(|outcome| outcome.operation == *operation);
        settled.map_or(Known::Unknown, Known::Settled)
    }

    /// The operations in flight, oldest first.
    #[must_use]
    pub fn in_flight(&self) -> &[InFlight] {
        &self.in_flight
    }

    /// The outcomes that have not left this document, oldest first.
    #[must_use]
    pub fn outcomes(&self) -> &[Settled] {
        &self.outcomes
    }

    /// Whether an outcome may lie in a document of its own.
    #[must_use]
    pub const fn has_archived_outcomes(&self) -> bool {
        self.outcomes_archived
    }

    /// Refuses one more operation in flight if there are too many.
    pub(super) fn check_room(&self) -> Result<(), CommandError> {
        if self.in_flight.len() < IN_FLIGHT_MAX {
            Ok(())
        } else {
            Err(CommandError::TooManyInFlight)
        }
    }

    pub(super) fn start_flight(&mut self, flight: InFlight) {
        self.in_flight.push(flight);
    }

    /// Takes an operation out of flight, if it is.
    pub(super) fn end_flight(&mut self, operation: &OperationId) -> Option<InFlight> {
        let place = self.in_flight.iter().position(|flight| flight.operation == *operation)?;
        Some(self.in_flight.remove(place))
    }

    /// Remembers how an operation ended, under its idempotency key.
    pub(super) fn settle(&mut self, settled: Settled) {
        self.outcomes.push(settled);
    }

    /// Refuses an operation that nothing is known of, so that a copy of its request
    /// that is still under way finds this instead of starting it.
    pub fn abandon(
        &mut self,
        operation: OperationId,
        kind: OperationKind,
        fingerprint: Fingerprint,
        amount: Amount,
        now: Timestamp,
    ) {
        if self.known(&operation) == Known::Unknown {
            self.refuse(operation, kind, fingerprint, amount, Refusal::Abandoned, now);
        }
    }

    /// Keeps a refusal that was found beside this document under its operation, of which
    /// the caller has found that nothing is known.
    pub fn refuse(
        &mut self,
        operation: OperationId,
        kind: OperationKind,
        fingerprint: Fingerprint,
        amount: Amount,
        reason: Refusal,
        now: Timestamp,
    ) {
        let outcome = Outcome::Refused { reason };
        self.settle(Settled { operation, kind, fingerprint, amount, at: now, outcome });
    }

    /// The outcomes to write out before this document is stored, when it holds
    /// [`OUTCOMES_MAX`], each with its key: payments as the operations they were, credited
    /// top ups beside the operation, which may not have noted the credit yet. Of a refused
    /// top up and of money that was sent out the operation says all. Their content is the
    /// same whoever writes them.
    #[must_use]
    pub fn outcomes_to_archive(&self) -> Vec<(String, Operation)> {
        if self.outcomes.len() < OUTCOMES_MAX {
            return Vec::new();
        }
        let oldest = self.outcomes.iter().take(OUTCOMES_ARCHIVED_AT_ONCE);
        oldest
            .filter_map(|settled| {
                let key = match (&settled.kind, &settled.outcome) {
                    (OperationKind::Payment { .. }, _) => Operation::key(&settled.operation),
                    (OperationKind::TopUp { .. }, Outcome::Succeeded { .. }) => {
                        Operation::outcome_key(&settled.operation)
                    }
                    // It may have been given up before its document was made.
                    (_, Outcome::Refused { reason: Refusal::Abandoned }) => {
                        Operation::outcome_key(&settled.operation)
                    }
                    (OperationKind::TopUp { .. }, Outcome::Refused { .. })
                    | (
                        OperationKind::Withdrawal { .. }
                        | OperationKind::Transfer(_)
                        | OperationKind::Deposit { .. }
                        | OperationKind::Adjustment(_),
                        _,
                    ) => {
                        return None;
                    }
                };
                Some((key, settled.to_operation(&self.id)))
            })
            .collect()
    }

    /// Lets go of the oldest outcomes once they have been written out.
    pub fn drop_archived_outcomes(&mut self) {
        if self.outcomes.len() >= OUTCOMES_MAX {
            self.outcomes.drain(..OUTCOMES_ARCHIVED_AT_ONCE);
            self.outcomes_archived = true;
        }
    }
}

impl Settled {
    /// The outcome as an operation's document.
    #[must_use]
    pub fn to_operation(&self, account: &crate::AccountId) -> Operation {
        let at = self.at;
        let state = match &self.outcome {
            Outcome::Succeeded { entry } => OperationState::Succeeded { at, entry: entry.clone() },
            Outcome::Refused { reason } => OperationState::Failed { at, reason: reason.clone() },
        };
        Operation::new(
            self.operation.clone(),
            account.clone(),
            self.kind.clone(),
            self.amount,
            self.fingerprint.clone(),
            at,
            state,
        )
    }
}
