//! The documents that decide whether money is due, asked by whoever is to post it.

use feiqian_ledger::{
    Document, Merchant, MerchantId, Operation, OperationId, OperationKind, OperationState, Order,
    OrderId, RefundPartState, Stage, fees_of, payout_of,
};
use feiqian_store::Store;

use crate::documents::Written;
use crate::{FlowError, Platform};

/// The document that decides whether a posting is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Arbiter {
    /// An order: for the operation that paid it, and for its refunds.
    Order(OrderId),
    /// An operation: what the bank took from a card or paid to it is to be booked.
    Operation(OperationId),
    /// A merchant: the fees and the payout of the day that is being settled.
    Merchant(MerchantId),
}

/// Who posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Receiver {
    /// A customer's account that money comes to.
    Holder,
    /// An internal account.
    Internal,
}

/// How the arbiter stands to a posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// It is to be posted.
    Now,
    /// It has been posted or refused, and the arbiter has noted that.
    Noted,
    /// It is not to be posted.
    Never,
}

impl Arbiter {
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Order(id) => Order::key(id),
            Self::Operation(id) => Operation::key(id),
            Self::Merchant(id) => Merchant::key(id),
        }
    }

    pub(crate) async fn ask<P: Platform>(
        &self,
        platform: &P,
        receiver: Receiver,
        operation: &OperationId,
    ) -> Result<Due, FlowError> {
        let key = self.key();
        match platform.store().read(&key).await? {
            Some(bytes) => due(receiver, &key, &bytes, operation),
            None => Ok(Due::Never),
        }
    }

    /// As [`Self::ask`] for an internal account, with the arbiter itself if it is an order.
    pub(crate) async fn see<P: Platform>(
        &self,
        platform: &P,
        operation: &OperationId,
        known: Option<Written<Order>>,
    ) -> Result<(Due, Option<SeenOrder<P>>), FlowError> {
        let Self::Order(id) = self else {
            return Ok((self.ask(platform, Receiver::Internal, operation).await?, None));
        };
        let Some((bytes, handle)) = platform.store().begin(&Order::key(id)).await? else {
            return Ok((Due::Never, None));
        };
        let order = Written::read(known, &bytes)?;
        Ok((due_by_order(Receiver::Internal, &order, operation), Some((order, handle))))
    }
}

/// An order as it was read, with what swaps it if it still is so.
pub(crate) type SeenOrder<P> = (Order, <<P as Platform>::Store as Store>::Handle);

/// Of postings that are remembered with their arbiters' keys, those that are noted.
pub(crate) async fn noted<P: Platform>(
    platform: &P,
    receiver: Receiver,
    asked: Vec<(OperationId, String)>,
) -> Result<Vec<OperationId>, FlowError> {
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<String> = asked.iter().map(|(_, key)| key.clone()).collect();
    let documents = platform.store().read_many(&keys).await?;
    let mut noted = Vec::with_capacity(asked.len());
    for ((operation, key), bytes) in asked.into_iter().zip(documents) {
        if let Some(bytes) = bytes
            && due(receiver, &key, &bytes, &operation)? == Due::Noted
        {
            noted.push(operation);
        }
    }
    Ok(noted)
}

/// What an arbiter's document says about a posting of an operation.
pub(crate) fn due(
    receiver: Receiver,
    key: &str,
    bytes: &[u8],
    operation: &OperationId,
) -> Result<Due, FlowError> {
    if key == Operation::key(operation) {
        let document = Operation::decode(bytes)?;
        return Ok(match document.kind {
            OperationKind::Transfer(_) => due_by_transfer(receiver, &document.state),
            OperationKind::Deposit { .. } | OperationKind::Adjustment(_) => {
                due_by_deposit(receiver, &document.state)
            }
            _ => due_by_operation(receiver, &document.state),
        });
    }
    if key.starts_with("merchant/") {
        return Ok(due_by_settlement(receiver, &Merchant::decode(bytes)?, operation));
    }
    Ok(due_by_order(receiver, &Order::decode(bytes)?, operation))
}

/// An order: for the payment that paid it, and for its refunds.
fn due_by_order(receiver: Receiver, order: &Order, operation: &OperationId) -> Due {
    if let Some(part) = order.refund_part(operation) {
        return due_by_refund(receiver, &part.state);
    }
    match order.payment() {
        Some(payment) if payment.operation != *operation || receiver == Receiver::Holder => {
            Due::Never
        }
        Some(payment) if payment.credited => Due::Noted,
        Some(_) => Due::Now,
        None => Due::Never,
    }
}

/// A top up or a withdrawal: the account has it in flight and takes no credit for it.
const fn due_by_operation(receiver: Receiver, state: &OperationState) -> Due {
    match (receiver, state) {
        (Receiver::Internal, OperationState::Debited { .. } | OperationState::PaidOut { .. }) => {
            Due::Now
        }
        (Receiver::Internal, OperationState::Succeeded { .. }) => Due::Noted,
        _ => Due::Never,
    }
}

/// A transfer: from one holder to another, without an internal account.
const fn due_by_transfer(receiver: Receiver, state: &OperationState) -> Due {
    match (receiver, state) {
        (Receiver::Holder, OperationState::Requested) => Due::Now,
        (Receiver::Holder, OperationState::Succeeded { .. } | OperationState::Failed { .. }) => {
            Due::Noted
        }
        _ => Due::Never,
    }
}

/// A deposit or an adjustment: the account takes it or refuses it, then the other side is booked.
const fn due_by_deposit(receiver: Receiver, state: &OperationState) -> Due {
    match (receiver, state) {
        (Receiver::Holder, OperationState::Requested)
        | (Receiver::Internal, OperationState::PaidOut { .. }) => Due::Now,
        (
            Receiver::Holder,
            OperationState::PaidOut { .. }
            | OperationState::Succeeded { .. }
            | OperationState::Failed { .. },
        )
        | (Receiver::Internal, OperationState::Succeeded { .. }) => Due::Noted,
        _ => Due::Never,
    }
}

/// A refund: the payer is credited first, since the payer's account may refuse; then the
/// merchant is debited, who cannot. A card is paid by the bank first, and the payer's account
/// notes it.
const fn due_by_refund(receiver: Receiver, state: &RefundPartState) -> Due {
    match (receiver, state) {
        (Receiver::Holder, RefundPartState::Due | RefundPartState::PaidOut)
        | (Receiver::Internal, RefundPartState::Credited { .. } | RefundPartState::Noted { .. }) => {
            Due::Now
        }
        (Receiver::Holder, RefundPartState::DueToCard) => Due::Never,
        (Receiver::Holder, _) | (Receiver::Internal, RefundPartState::Done { .. }) => Due::Noted,
        (
            Receiver::Internal,
            RefundPartState::DueToCard
            | RefundPartState::Due
            | RefundPartState::PaidOut
            | RefundPartState::Failed { .. },
        ) => Due::Never,
    }
}

/// A merchant's day: fees are due once it is known what became of its payout, and so is the
/// payout if the bank has paid it. Of a day that is over, all has been posted that was due.
fn due_by_settlement(receiver: Receiver, merchant: &Merchant, operation: &OperationId) -> Due {
    if receiver == Receiver::Holder {
        return Due::Never;
    }
    let closing = merchant.settling.as_ref().and_then(|settling| settling.current());
    let Some(closing) = closing else { return Due::Noted };
    let is_due = if *operation == payout_of(&merchant.id, closing.day) {
        matches!(closing.stage, Stage::PaidOut { .. })
    } else if *operation == fees_of(&merchant.id, closing.day) {
        closing.stage.is_decided()
    } else {
        return Due::Noted;
    };
    if is_due { Due::Now } else { Due::Never }
}
