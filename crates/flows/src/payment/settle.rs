use feiqian_calendar::Timestamp;
use feiqian_ledger::account::{Flight, Known};
use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_ledger::{
    Account, AccountId, DebitRef, EntryKind, Fingerprint, InternalName, Movement, OperationId,
    OperationKind, Order, OrderId, OrderPayment, Refusal, shard_of,
};
use feiqian_store::{Pending, Store};

use crate::accounts::{change_account, earlier};
use crate::arbiter::Arbiter;
use crate::documents::{Decision, change};
use crate::internal::{order_of, post_internal};
use crate::marks::Mark;
use crate::{FlowError, Platform};

/// Lets an order decide on an operation whose debit is in flight.
pub(super) async fn claim_order<P: Platform>(
    platform: &P,
    id: &OrderId,
    operation: &OperationId,
    account: &AccountId,
    debit: &DebitRef,
    now: Timestamp,
) -> Result<Result<OrderPayment, Refusal>, FlowError> {
    change(platform, &Order::key(id), async |order: &mut Order| {
        let before = order.state.clone();
        let verdict = order.pay(operation, account, debit.clone(), now);
        let answer = match (verdict, order.payment()) {
            (Err(refusal), _) => Err(refusal),
            (Ok(()), Some(payment)) => Ok(payment.clone()),
            (Ok(()), None) => {
                return Err(FlowError::Inconsistent(format!("{id} took a payment and has none")));
            }
        };
        let changed = order.state != before;
        Ok(if changed { Decision::Write(answer) } else { Decision::Keep(answer) })
    })
    .await
}

pub(super) async fn reverse<P: Platform>(
    platform: &P,
    account: &AccountId,
    operation: &OperationId,
    refusal: &Refusal,
) -> Result<(), FlowError> {
    let now = platform.now();
    change_account(platform, account, async |document| {
        let ended = document.reverse_payment(operation, refusal.clone(), now)?;
        Ok(if ended { Decision::Write(()) } else { Decision::Keep(()) })
    })
    .await
}

/// Brings a payment to its end, from wherever it stands: settles the debit by what the
/// order says, credits the merchant, clears the mark.
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. a debit in flight on an open order: the order is claimed | again from here |
/// | 2. the merchant's shard is credited and remembers the operation | posted already: 3 |
/// | 3. the order notes the credit | the shard may forget the operation: 4 |
/// | 4. the payer's debit leaves flight | 5 |
/// | 5. the mark goes | |
///
/// An order that went to another reverses the debit instead of 2 to 4. A mark without a
/// debit means that the request died early: the operation is refused for good, so that
/// a request that only slept cannot start it any more.
///
/// # Errors
/// As [`pay_order`](crate::pay_order); the mark stays and the worker tries again.
pub async fn settle_payment<P: Platform>(platform: &P, pending: &Pending) -> Result<(), FlowError> {
    let Some((Mark::Payment { account, order, operation }, _)) = Mark::parse(pending) else {
        return Err(FlowError::Inconsistent(format!("{} is no payment's mark", pending.name)));
    };
    if mutant(Mutant::MarkDroppedEarly) {
        platform.store().pending_done(pending).await?;
    }
    let debit = change_account(platform, &account, async |document| {
        in_flight_or_abandoned(platform, document, &order, &operation).await
    })
    .await?;
    // The order of the flight decides, not the mark's: a key that was used for two orders
    // leaves marks of both, and pays one.
    if let Some((own, debit)) = debit {
        let order = if mutant(Mutant::MarkTrusted) { order } else { own };
        let now = platform.now();
        match claim_order(platform, &order, &operation, &account, &debit, now).await? {
            Err(refusal) => reverse(platform, &account, &operation, &refusal).await?,
            Ok(payment) => {
                if !payment.credited && !mutant(Mutant::CompletedUncredited) {
                    credit_merchant(platform, &order, &operation).await?;
                }
                change_account(platform, &account, async |document| {
                    let ended = document.complete_payment(&operation);
                    Ok(if ended { Decision::Write(()) } else { Decision::Keep(()) })
                })
                .await?;
            }
        }
    }
    Ok(platform.store().pending_done(pending).await?)
}

/// The order and the debit of a payment in flight; if nothing is known of the operation, it is refused
/// for good.
async fn in_flight_or_abandoned<P: Platform>(
    platform: &P,
    account: &mut Account,
    order: &OrderId,
    operation: &OperationId,
) -> Result<Decision<Option<(OrderId, DebitRef)>>, FlowError> {
    match account.known(operation) {
        Known::InFlight(flight) => Ok(Decision::Keep(match (&flight.flight, flight.debit()) {
            (Flight::Payment { order, .. }, Some(debit)) => Some((order.clone(), debit)),
            _ => None,
        })),
        Known::Settled(_) => Ok(Decision::Keep(None)),
        Known::Unknown if mutant(Mutant::NotAbandoned) => Ok(Decision::Keep(None)),
        Known::Unknown => {
            let fingerprint = Fingerprint::of(&["abandoned"]);
            match earlier(platform, account, operation, &fingerprint).await {
                Ok(None) => {}
                // It has ended, long ago.
                Ok(Some(_)) | Err(FlowError::KeyReused) => return Ok(Decision::Keep(None)),
                Err(error) => return Err(error),
            }
            let amount = order_of(platform, order).await?.amount;
            let kind = OperationKind::Payment { order: order.clone() };
            account.abandon(operation.clone(), kind, fingerprint, amount, platform.now());
            Ok(Decision::Write(None))
        }
    }
}

async fn credit_merchant<P: Platform>(
    platform: &P,
    order: &OrderId,
    operation: &OperationId,
) -> Result<(), FlowError> {
    let document = order_of(platform, order).await?;
    let movement = Movement {
        operation: operation.clone(),
        kind: EntryKind::Payment,
        amount: document.amount,
        at: platform.now(),
        counterparty: order.to_string(),
    };
    let name = InternalName::Merchant(document.merchant);
    let shard = shard_of(operation.as_str());
    if !mutant(Mutant::NotedBeforeCredit) {
        post_internal(platform, &name, shard, &movement, &Arbiter::Order(order.clone())).await?;
    }
    change(platform, &Order::key(order), async |document: &mut Order| {
        let news = document.mark_credited(operation);
        Ok(if news { Decision::Write(()) } else { Decision::Keep(()) })
    })
    .await
}
