//! The part of a payment that a bound card pays.

use feiqian_bank_api::{BankRequest, MoneyStatus};
use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_ledger::{
    Account, AccountId, EntryKind, InternalName, Movement, OperationId, Order, OrderId,
    OrderPayment, Refusal,
};
use feiqian_money::{Amount, Money};

use super::settle::reverse;
use crate::arbiter::Arbiter;
use crate::bank::{Attempt, known_to_bank, send};
use crate::documents::{Decision, change, load};
use crate::internal::{order_of, post_internal};
use crate::{FlowError, Platform};

/// What the bank made of a claim.
pub(super) enum Charged {
    /// The card has paid, and so is the order.
    Paid,
    /// It is not known yet.
    Waiting,
    /// The bank declined: the payer has the balance's part back, and the order is open.
    Declined(Refusal),
}

/// Asks the bank for the card's part of an order that the operation has claimed.
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. the bank is asked, by the operation's id | asked again: a repeat is the same request |
/// | 2. the card has paid: the claim becomes the payment, *the commit point* | the order is paid |
/// | 3. or it was declined: the payer's debit is reversed, and the refusal is kept | 4 |
/// | 4. the claim is given up | the order is open |
///
/// The debit is reversed before the order is open again, and only an operation in flight
/// claims an order: nothing can claim it for an operation that was declined.
pub(super) async fn charge_card<P: Platform>(
    platform: &P,
    id: &OrderId,
    operation: &OperationId,
    attempt: Attempt,
) -> Result<Charged, FlowError> {
    let order = order_of(platform, id).await?;
    if order.paid_by(operation) {
        return Ok(Charged::Paid);
    }
    let Some(claim) = order.claim().filter(|claim| claim.operation == *operation) else {
        // Another has ended the claim: asking again tells how.
        return Err(FlowError::Contended);
    };
    let status = match known_to_bank(platform, operation, attempt).await {
        Some(status) => status,
        None => send(platform, debit(platform, claim).await?).await,
    };
    match status {
        MoneyStatus::Processing | MoneyStatus::NotFound => Ok(Charged::Waiting),
        MoneyStatus::Settled => {
            end_claim(platform, id, operation, true).await?;
            Ok(Charged::Paid)
        }
        MoneyStatus::Rejected { reason } => {
            let refusal = Refusal::CardDeclined { reason };
            if mutant(Mutant::ClaimGivenUpFirst) {
                end_claim(platform, id, operation, false).await?;
            }
            reverse(platform, &claim.payer, operation, &refusal).await?;
            end_claim(platform, id, operation, false).await?;
            Ok(Charged::Declined(refusal))
        }
    }
}

/// Step 2 or 4.
pub(super) async fn end_claim<P: Platform>(
    platform: &P,
    id: &OrderId,
    operation: &OperationId,
    paid: bool,
) -> Result<(), FlowError> {
    let now = platform.now();
    change(platform, &Order::key(id), async |order: &mut Order| {
        let ended = order.end_claim(operation, paid, now);
        Ok(if ended { Decision::Write(()) } else { Decision::Keep(()) })
    })
    .await
}

async fn debit<P: Platform>(platform: &P, claim: &OrderPayment) -> Result<BankRequest, FlowError> {
    let lost = || FlowError::Inconsistent(format!("{} has lost its card", claim.operation));
    let part = claim.card.as_ref().ok_or_else(lost)?;
    let account = payer_of(platform, &claim.payer).await?;
    let card = account.card(&part.card).map_err(|_| lost())?;
    Ok(BankRequest::Debit {
        request_id: claim.operation.to_string(),
        agreement: card.agreement.clone(),
        amount: Money::from(part.amount),
    })
}

async fn payer_of<P: Platform>(platform: &P, id: &AccountId) -> Result<Account, FlowError> {
    load(platform, &Account::key(id)).await?.ok_or(FlowError::DocumentMissing)
}

/// Books what the bank has taken from the card for a paid order.
pub(super) async fn book_card_part<P: Platform>(
    platform: &P,
    id: &OrderId,
    payment: &OrderPayment,
) -> Result<(), FlowError> {
    let Some(part) = &payment.card else { return Ok(()) };
    if mutant(Mutant::CardPartUnbooked) {
        return Ok(());
    }
    let movement = Movement {
        operation: payment.operation.clone(),
        kind: EntryKind::Payment,
        amount: part.amount.checked_neg()?,
        by_card: Amount::ZERO,
        at: platform.now(),
        counterparty: payment.payer.to_string(),
    };
    let shard = payer_of(platform, &payment.payer).await?.clearing_shard;
    let arbiter = Arbiter::Order(id.clone());
    post_internal(platform, &InternalName::BankClearing, shard, &movement, &arbiter).await?;
    Ok(())
}
