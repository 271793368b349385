use feiqian_calendar::Timestamp;
use feiqian_ledger::account::{Flight, InFlight, Outcome, Settled};
use feiqian_ledger::{
    CardId, EntryRef, Operation, OperationId, OperationKind, OperationState, OrderId, Refusal,
    Transfer,
};
use feiqian_money::Amount;

/// Where an operation stands, as its owner sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationStatus {
    /// Its end is not known yet.
    Processing,
    /// A transfer that has not been sent yet.
    Waiting,
    /// The money moved.
    Succeeded,
    /// Nothing moved.
    Failed,
}

/// An operation as its owner sees it. The same whichever document it is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationView {
    /// Its id.
    pub id: OperationId,
    /// As [`OperationKind::as_str`].
    pub kind: &'static str,
    /// Where it stands.
    pub status: OperationStatus,
    /// How much, above zero.
    pub amount: Amount,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// The order that a payment is for.
    pub order: Option<OrderId>,
    /// The card that a top up is from or a withdrawal to.
    pub card: Option<CardId>,
    /// What a transfer is.
    pub transfer: Option<Transfer>,
    /// The entry in the account's journal, once there is one for good.
    pub entry: Option<EntryRef>,
    /// Why it failed.
    pub failure: Option<Refusal>,
}

impl OperationView {
    fn new(id: &OperationId, kind: &OperationKind, amount: Amount, created_at: Timestamp) -> Self {
        let view = Self {
            id: id.clone(),
            kind: kind.as_str(),
            status: OperationStatus::Processing,
            amount,
            created_at,
            order: None,
            card: None,
            transfer: None,
            entry: None,
            failure: None,
        };
        match kind {
            OperationKind::TopUp { card } | OperationKind::Withdrawal { card, .. } => {
                Self { card: Some(card.clone()), ..view }
            }
            OperationKind::Payment { order } => Self { order: Some(order.clone()), ..view },
            OperationKind::Transfer(transfer) => Self { transfer: Some(transfer.clone()), ..view },
            OperationKind::Deposit { .. } | OperationKind::Adjustment(_) => view,
        }
    }

    fn succeeded(self, entry: EntryRef) -> Self {
        Self { status: OperationStatus::Succeeded, entry: Some(entry), ..self }
    }

    fn failed(self, failure: Refusal) -> Self {
        Self { status: OperationStatus::Failed, failure: Some(failure), ..self }
    }

    /// An operation in flight: processing.
    pub(crate) fn of_flight(flight: &InFlight) -> Self {
        let kind = match &flight.flight {
            Flight::Payment { order, .. } => OperationKind::Payment { order: order.clone() },
            Flight::TopUp { card } => OperationKind::TopUp { card: card.clone() },
            Flight::Outgoing { to, .. } => to.clone().into(),
        };
        Self::new(&flight.operation, &kind, flight.amount, flight.at)
    }

    /// A payment in flight whose order is paid by it.
    pub(crate) fn of_paid_flight(flight: &InFlight) -> Self {
        let view = Self::of_flight(flight);
        match &flight.flight {
            Flight::Payment { entry, .. } => view.succeeded(entry.clone()),
            Flight::TopUp { .. } | Flight::Outgoing { .. } => view,
        }
    }

    /// An operation that has ended.
    pub(crate) fn of_settled(settled: &Settled) -> Self {
        let view = Self::new(&settled.operation, &settled.kind, settled.amount, settled.at);
        match &settled.outcome {
            Outcome::Succeeded { entry } => view.succeeded(entry.clone()),
            Outcome::Refused { reason } => view.failed(reason.clone()),
        }
    }

    /// An operation's own document.
    pub(crate) fn of_operation(operation: &Operation) -> Self {
        let view =
            Self::new(&operation.id, &operation.kind, operation.amount, operation.created_at);
        match &operation.state {
            OperationState::Succeeded { entry, .. } | OperationState::PaidOut { entry, .. } => {
                view.succeeded(entry.clone())
            }
            OperationState::Failed { reason, .. } => view.failed(reason.clone()),
            OperationState::Waiting => Self { status: OperationStatus::Waiting, ..view },
            OperationState::Created
            | OperationState::Requested
            | OperationState::Debited { .. } => view,
        }
    }

    /// The operation, or the refusal that it was answered with before.
    pub(crate) fn into_answer(self) -> Result<Self, crate::FlowError> {
        match self.failure {
            Some(refusal) => Err(crate::FlowError::refused_before(refusal)),
            None => Ok(self),
        }
    }
}
