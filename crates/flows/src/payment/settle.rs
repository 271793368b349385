use feiqian_calendar::Timestamp;
use feiqian_ledger::account::{Flight, Known};
use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_ledger::{
    Account, AccountId, DebitRef, Document, EntryKind, Fingerprint, InternalName, MerchantId,
    Movement, OperationId, OperationKind, Order, OrderId, OrderState, Refusal, shard_of,
};
use feiqian_money::Amount;
use feiqian_store::{Pending, Store, Swapped};

use super::card::{Charged, book_card_part, charge_card, end_claim};
use crate::accounts::{change_account, change_known_account, earlier};
use crate::arbiter::{Arbiter, SeenOrder};
use crate::bank::Attempt;
use crate::documents::{Decision, Written, change, load};
use crate::events::{Errand, announce};
use crate::internal::{order_of, post_seen};
use crate::marks::Mark;
use crate::{FlowError, Platform};

/// A payment that is committed, and what is left to do: [`finish_payment`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsettled {
    /// The mark by which the worker would do it.
    pub mark: Pending,
    /// What is known of the payment; none if it is to be looked up.
    pub(super) known: Option<Committed>,
}

/// What is left of a payment from the balance whose order is paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Committed {
    pub(super) account: AccountId,
    pub(super) operation: OperationId,
    pub(super) order: OrderId,
    pub(super) merchant: MerchantId,
    pub(super) amount: Amount,
    /// The account as it was debited here.
    pub(super) debited: Option<Written<Account>>,
    /// The order as it was paid here.
    pub(super) paid: Option<Written<Order>>,
}

/// How an order stands to an operation whose debit is in flight.
pub(super) enum Verdict {
    /// It is paid by it.
    Paid(Box<Order>),
    /// It is claimed by it; the bank decides.
    Claimed,
    /// It is claimed by another, and may be open again: whoever took this for a refusal could
    /// reverse what a copy of the request has claimed meanwhile.
    Blocked,
    /// It went to another.
    Lost(Refusal),
}

/// Lets an order decide on an operation whose debit is in flight.
pub(super) async fn claim_order<P: Platform>(
    platform: &P,
    id: &OrderId,
    operation: &OperationId,
    account: &AccountId,
    debit: &DebitRef,
    now: Timestamp,
) -> Result<Verdict, FlowError> {
    change(platform, &Order::key(id), async |order: &mut Order| {
        let before = order.state.clone();
        let verdict = order.pay(operation, account, debit.clone(), now);
        let answer = match (verdict, &order.state) {
            (Err(Refusal::OrderInProcess), _) if !mutant(Mutant::BlockedIsLost) => Verdict::Blocked,
            (Err(refusal), _) => Verdict::Lost(refusal),
            (Ok(()), OrderState::Paid(_)) => Verdict::Paid(Box::new(order.clone())),
            (Ok(()), OrderState::Claimed(_)) => Verdict::Claimed,
            (Ok(()), OrderState::Open | OrderState::Closed { .. }) => {
                return Err(FlowError::Inconsistent(format!("{id} took a payment and has none")));
            }
        };
        if order.state == before {
            return Ok(Decision::Keep(answer));
        }
        if matches!(answer, Verdict::Claimed) && !is_in_flight(platform, account, operation).await?
        {
            return Err(FlowError::Contended);
        }
        Ok(Decision::Write(answer))
    })
    .await
}

/// Whether an operation is still in flight, read after the order that it is to claim: a
/// declined one leaves flight before its order is open again.
async fn is_in_flight<P: Platform>(
    platform: &P,
    account: &AccountId,
    operation: &OperationId,
) -> Result<bool, FlowError> {
    if mutant(Mutant::ClaimedUnseen) {
        return Ok(true);
    }
    let account: Option<Account> = load(platform, &Account::key(account)).await?;
    let account = account.ok_or(FlowError::DocumentMissing)?;
    Ok(matches!(account.known(operation), Known::InFlight(_)))
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
/// | 1. a debit in flight on an open order: the order is paid, or claimed and the bank asked | again from here |
/// | 2. the merchant's shard is credited, bank clearing debited by the card's part; both remember the operation | posted already: 3 |
/// | 3. the order notes the credit | the shard may forget the operation: 4 |
/// | 3a. the outbox has the errand of the order's event | it is set again |
/// | 4. the payer's debit leaves flight | 5 |
/// | 5. the mark goes | |
///
/// An order that went to another reverses the debit instead of 2 to 4; one that another has
/// claimed is waited for. A mark without a
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
            Verdict::Lost(refusal) => reverse(platform, &account, &operation, &refusal).await?,
            Verdict::Blocked => return Err(FlowError::BankUnavailable),
            Verdict::Paid(order) => finish(platform, *order, account, operation).await?,
            Verdict::Claimed => {
                match charge_card(platform, &order, &operation, Attempt::Later).await? {
                    Charged::Paid => {
                        let order = order_of(platform, &order).await?;
                        finish(platform, order, account, operation).await?;
                    }
                    Charged::Waiting => return Err(FlowError::BankUnavailable),
                    Charged::Declined(_) => {}
                }
            }
        }
    } else {
        // A declined operation may have died before it gave its claim up.
        give_up_claim(platform, &order, &operation).await?;
    }
    Ok(platform.store().pending_done(pending).await?)
}

async fn give_up_claim<P: Platform>(
    platform: &P,
    order: &OrderId,
    operation: &OperationId,
) -> Result<(), FlowError> {
    if order_of(platform, order).await?.claimed_by(operation) && !mutant(Mutant::ClaimKept) {
        end_claim(platform, order, operation, false).await?;
    }
    Ok(())
}

/// Steps 2 to 5 of [`settle_payment`], by whom has just committed the payment and knows how it
/// stands.
///
/// # Errors
/// As [`settle_payment`].
pub async fn finish_payment<P: Platform>(
    platform: &P,
    unsettled: Unsettled,
) -> Result<(), FlowError> {
    let Unsettled { mark, known } = unsettled;
    let Some(mut committed) = known else { return settle_payment(platform, &mark).await };
    if !mutant(Mutant::CompletedUncredited) {
        credit_merchant(platform, &mut committed).await?;
    }
    complete(platform, committed).await?;
    Ok(platform.store().pending_done(&mark).await?)
}

/// Steps 2 to 4, of a paid order.
async fn finish<P: Platform>(
    platform: &P,
    order: Order,
    account: AccountId,
    operation: OperationId,
) -> Result<(), FlowError> {
    let payment = order.payment().cloned();
    let mut committed = Committed {
        account,
        operation,
        order: order.id,
        merchant: order.merchant,
        amount: order.amount,
        debited: None,
        paid: None,
    };
    if let Some(payment) = payment.filter(|payment| !payment.credited)
        && !mutant(Mutant::CompletedUncredited)
    {
        // Before the order notes the credit, which is for both.
        book_card_part(platform, &committed.order, &payment).await?;
        credit_merchant(platform, &mut committed).await?;
    }
    complete(platform, committed).await
}

/// Steps 3a and 4.
async fn complete<P: Platform>(platform: &P, committed: Committed) -> Result<(), FlowError> {
    let Committed { account, operation, order, debited, .. } = committed;
    // Before the debit leaves flight: what has left it is not looked at again.
    announce(platform, &Errand::Order(order)).await?;
    let completed = change_known_account(platform, &account, debited, async |document| {
        let ended = document.complete_payment(&operation);
        Ok(if ended { Decision::Write(()) } else { Decision::Keep(()) })
    });
    completed.await.map(drop)
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

/// Steps 2 and 3: the merchant's shard, and the order's note of it.
async fn credit_merchant<P: Platform>(
    platform: &P,
    committed: &mut Committed,
) -> Result<(), FlowError> {
    let Committed { operation, order, merchant, amount, paid, .. } = committed;
    let movement = Movement {
        operation: operation.clone(),
        kind: EntryKind::Payment,
        amount: *amount,
        by_card: Amount::ZERO,
        at: platform.now(),
        counterparty: order.to_string(),
    };
    let name = InternalName::Merchant(merchant.clone());
    let shard = shard_of(operation.as_str());
    let seen = if mutant(Mutant::NotedBeforeCredit) {
        None
    } else {
        let arbiter = Arbiter::Order(order.clone());
        post_seen(platform, &name, shard, &movement, &arbiter, paid.take()).await?
    };
    note_credit(platform, order, operation, seen).await
}

/// Lets the order note the credit: as it was read for it, or read anew if it has changed since.
async fn note_credit<P: Platform>(
    platform: &P,
    id: &OrderId,
    operation: &OperationId,
    seen: Option<SeenOrder<P>>,
) -> Result<(), FlowError> {
    if let Some((mut order, handle)) = seen
        && (!order.mark_credited(operation)
            || platform.store().swap(handle, &order.encode()?).await? == Swapped::Yes)
    {
        return Ok(());
    }
    change(platform, &Order::key(id), async |order: &mut Order| {
        let news = order.mark_credited(operation);
        Ok(if news { Decision::Write(()) } else { Decision::Keep(()) })
    })
    .await
}
