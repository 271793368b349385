use feiqian_bank_api::{BankRequest, DeclineReason, MoneyStatus};
use feiqian_calendar::Timestamp;
use feiqian_ledger::account::{Credit, GivesBack, Outcome};
use feiqian_ledger::medical::MedicalRefusal;
use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_ledger::{
    Account, EntryKind, InternalName, Movement, NewRefund, Order, OrderId, OrderPayment, PartnerId,
    Refund, RefundId, RefundPart, RefundPartState, RefundPurpose, RefundStatus, Refusal, VisitId,
    shard_of,
};
use feiqian_money::{Amount, Money};
use feiqian_store::{Pending, Store};

use crate::accounts::check_fingerprint;
use crate::arbiter::Arbiter;
use crate::bank::{Attempt, known_to_bank, send};
use crate::credits::credit_account;
use crate::documents::{Decision, change, load};
use crate::events::{Errand, announce};
use crate::internal::{order_of, post_internal};
use crate::marks::{Mark, RESUME_AFTER_MS};
use crate::operations::ask_soon;
use crate::orders::load_partner_order;
use crate::{FlowError, Platform, Policy, Subject};

/// A partner's request to give money of a paid order back to its payer, or to redeem some of
/// what its payer has put into a wealth product.
#[derive(Debug, Clone)]
pub struct RefundRequest {
    /// Who asks.
    pub partner: PartnerId,
    /// The idempotency key.
    pub key: String,
    /// The order.
    pub order: OrderId,
    /// How much, above zero.
    pub amount: Amount,
    /// Why.
    pub reason: String,
}

/// A refund that was accepted, and what is left to do after the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refunded {
    /// The answer: succeeded, or processing while the payer's account has not taken it.
    pub refund: Refund,
    /// Whether an earlier request with the same key had got this far.
    pub replayed: bool,
    /// The mark to settle by [`settle_refund`] once the answer is out; none if the worker has
    /// to wait for the bank.
    pub unsettled: Option<Pending>,
}

/// Gives money of a paid order back to where it came from: first what a card has paid, to the
/// card, then what the balance has paid. What the bank declines for good goes to the balance.
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. the order is read: it is the partner's | nothing has happened |
/// | 2. the pending mark is set | the worker finds no refund and refuses it for good |
/// | 3. the order is swapped: accepted or refused, *the commit point* | the worker goes on at 4 |
/// | 4. the bank pays the card, or the payer's account takes the credit or refuses it | both answer the same again |
/// | 5. the order notes which | the account may forget it: 6 |
/// | 6. the answer | [`settle_refund`] by the worker |
/// | 6a. what a card got is noted by the payer's account, which gives the room in the limits back | it remembers that until the order notes it |
/// | 7. the merchant's shard is debited, bank clearing credited for a card; they remember the refund | posted already: 8 |
/// | 8. the order notes that it is done | the shard may forget it: 9 |
/// | 8a. the outbox has the errand of its event | it is set again |
/// | 9. the mark goes | |
///
/// The payer comes before the merchant, since the payer's account may refuse, by a cap on
/// its balance; a merchant's shard cannot, and may go below zero.
///
/// # Errors
/// [`FlowError::Refused`] moved nothing; [`FlowError::NotFound`] for an order that is not
/// the partner's. After [`FlowError::StoreUnavailable`] or [`FlowError::Contended`] the
/// refund may have happened: asking again with the same key tells.
pub async fn refund_order<P: Platform>(
    platform: &P,
    policy: &Policy,
    request: RefundRequest,
) -> Result<Refunded, FlowError> {
    pay_back(platform, policy, RefundPurpose::Refund, request, None).await
}

/// Redeems some of what the payer of an order has put into a wealth product: to the balance, by
/// the steps of [`refund_order`]. Redemptions and refunds of an order together never give back
/// more than was paid.
///
/// # Errors
/// As [`refund_order`]; [`Refusal::OrderNotRedeemable`] unless the merchant sells wealth
/// products.
pub async fn redeem_order<P: Platform>(
    platform: &P,
    policy: &Policy,
    request: RefundRequest,
) -> Result<Refunded, FlowError> {
    pay_back(platform, policy, RefundPurpose::Redemption, request, None).await
}

/// Refunds the order of a visit, by the steps of [`refund_order`], as that visit decides.
pub(crate) async fn refund_for<P: Platform>(
    platform: &P,
    policy: &Policy,
    request: RefundRequest,
    visit: &VisitId,
) -> Result<Refunded, FlowError> {
    pay_back(platform, policy, RefundPurpose::Refund, request, Some(visit)).await
}

async fn pay_back<P: Platform>(
    platform: &P,
    policy: &Policy,
    purpose: RefundPurpose,
    request: RefundRequest,
    visit: Option<&VisitId>,
) -> Result<Refunded, FlowError> {
    let RefundRequest { partner, key, order: order_id, amount, reason } = request;
    let order = load_partner_order(platform, &partner, &order_id).await?;
    if order.origin.visit() != visit {
        return Err(MedicalRefusal::RefundByVisit.into());
    }
    let now = platform.now();
    let id = RefundId::derive(order_id.region(), &[order_id.as_str(), &key]);
    let new = NewRefund { id: id.clone(), purpose, amount, reason, now };
    let fingerprint = new.fingerprint();
    let mark = Mark::Refund { order: order_id.clone(), refund: id.clone() }
        .pending(now.plus_millis(RESUME_AFTER_MS), 0);
    let is_new = order.refund(&id).is_none();
    if is_new && !mutant(Mutant::RefundUnmarked) {
        platform.store().pending_add(&mark).await?;
    }
    let started = change(platform, &Order::key(&order_id), async |order: &mut Order| {
        let started = order.start_refund(new.clone());
        let refund = order.refund(&id).cloned();
        Ok(if started == Ok(true) {
            Decision::Write((started, refund))
        } else {
            Decision::Keep((started, refund))
        })
    })
    .await?;
    let (replayed, refund) = match started {
        (Err(refusal), _) => {
            platform.store().pending_done(&mark).await?;
            return Err(refusal.into());
        }
        (Ok(news), Some(refund)) => (!news, refund),
        (Ok(_), None) => {
            return Err(FlowError::Inconsistent(format!("{order_id} took {id} and has none")));
        }
    };
    if refund.failure() != Some(&Refusal::Abandoned) {
        check_fingerprint(&refund.fingerprint, &fingerprint)?;
    }
    let attempt = if replayed { Attempt::Later } else { Attempt::First };
    let refund = pay_card(platform, &order_id, refund, attempt).await?;
    let refund = credit_payer(platform, policy, &order_id, refund, RefundPartState::Due).await?;
    if refund.status() == RefundStatus::Processing {
        ask_soon(platform, &mark).await?;
        return Ok(Refunded { refund, replayed, unsettled: None });
    }
    match refund.failure().filter(|_| refund.status() == RefundStatus::Failed) {
        Some(refusal) => {
            // By whomever: the worker may have refused it and died before it told anybody, and the
            // mark that goes here is the one that it had.
            if is_new {
                announce(platform, &Errand::Refund { order: order_id, refund: id }).await?;
                platform.store().pending_done(&mark).await?;
            }
            Err(FlowError::Refused { refusal: refusal.clone(), replayed })
        }
        None => Ok(Refunded { refund, replayed, unsettled: Some(mark) }),
    }
}

/// Step 4 of what a card had paid: the bank pays it back, by the part's own id. What it
/// declines for good, or has no card for any more, is due to the balance. Gives the refund
/// as it stands then.
async fn pay_card<P: Platform>(
    platform: &P,
    id: &OrderId,
    refund: Refund,
    attempt: Attempt,
) -> Result<Refund, FlowError> {
    let due = refund.parts().iter().find(|part| part.state == RefundPartState::DueToCard);
    let Some(part) = due else { return Ok(refund) };
    let status = match known_to_bank(platform, &part.operation, attempt).await {
        Some(status) => status,
        None => match credit_request(platform, id, part).await? {
            Some(request) => send(platform, request).await,
            None => MoneyStatus::Rejected { reason: DeclineReason::CardNotFound },
        },
    };
    let next = match status {
        MoneyStatus::Processing | MoneyStatus::NotFound => return Ok(refund),
        MoneyStatus::Settled => RefundPartState::PaidOut,
        MoneyStatus::Rejected { .. } => RefundPartState::Due,
    };
    step(platform, id, part, next).await?;
    refund_of(platform, id, &refund.id).await
}

/// The bank's credit of the card that has paid; none if the account has forgotten the card.
async fn credit_request<P: Platform>(
    platform: &P,
    id: &OrderId,
    part: &RefundPart,
) -> Result<Option<BankRequest>, FlowError> {
    let order = order_of(platform, id).await?;
    let payment = payment_of(&order)?;
    let account: Option<Account> = load(platform, &Account::key(&payment.payer)).await?;
    let account = account.ok_or(FlowError::DocumentMissing)?;
    let card = payment.card.as_ref().and_then(|paid| account.card_ever(&paid.card).ok());
    Ok(card.map(|card| BankRequest::Credit {
        request_id: part.operation.to_string(),
        agreement: card.agreement.clone(),
        amount: Money::from(part.amount),
    }))
}

/// Steps 4 and 5, or 6a: what of a refund stands in `state` goes to the payer's account. Gives
/// the refund as it stands then.
async fn credit_payer<P: Platform>(
    platform: &P,
    policy: &Policy,
    id: &OrderId,
    refund: Refund,
    state: RefundPartState,
) -> Result<Refund, FlowError> {
    if !refund.parts().iter().any(|part| part.state == state) {
        return Ok(refund);
    }
    let order = order_of(platform, id).await?;
    let payment = payment_of(&order)?;
    for part in refund.parts().iter().filter(|part| part.state == state) {
        let now = platform.now();
        let credit = credit(&order, payment, refund.purpose, part, now, policy);
        let arbiter = Arbiter::Order(id.clone());
        let outcome = credit_account(platform, policy, &payment.payer, &arbiter, &credit).await?;
        let next = match outcome {
            Some(outcome) if state == RefundPartState::PaidOut => {
                RefundPartState::Noted { entry: outcome.entry().cloned() }
            }
            Some(Outcome::Succeeded { entry }) => RefundPartState::Credited { entry },
            Some(Outcome::Refused { reason }) => RefundPartState::Failed { at: now, reason },
            // Another has noted it since.
            None => continue,
        };
        step(platform, id, part, next).await?;
    }
    refund_of(platform, id, &refund.id).await
}

fn credit(
    order: &Order,
    payment: &OrderPayment,
    purpose: RefundPurpose,
    part: &RefundPart,
    now: Timestamp,
    policy: &Policy,
) -> Credit {
    let (amount, by_card) = match part.state {
        RefundPartState::PaidOut => (Amount::ZERO, part.amount),
        _ => (part.amount, Amount::ZERO),
    };
    let gives_room = purpose == RefundPurpose::Refund || mutant(Mutant::RedemptionGivesRoom);
    let charge = payment.charge.clone().filter(|_| gives_room);
    Credit {
        operation: part.operation.clone(),
        kind: purpose.entry_kind(),
        amount,
        by_card,
        counterparty: order.payee_name.clone(),
        arbiter: Order::key(&order.id),
        movement: purpose.movement(),
        gives_back: charge.map(|charge| GivesBack {
            charge,
            from_card: part.from_card,
            agreement: payment.agreement.clone(),
        }),
        now,
        day: policy.calendar.day(now),
    }
}

fn payment_of(order: &Order) -> Result<&OrderPayment, FlowError> {
    let why = || FlowError::Inconsistent(format!("{} has a refund and no payment", order.id));
    order.payment().ok_or_else(why)
}

/// Reads a refund of an order of the partner's.
///
/// # Errors
/// [`FlowError::NotFound`] if there is none.
pub async fn load_refund<P: Platform>(
    platform: &P,
    partner: &PartnerId,
    order: &OrderId,
    id: &RefundId,
) -> Result<Refund, FlowError> {
    let order = load_partner_order(platform, partner, order).await?;
    order.refund(id).cloned().ok_or(FlowError::NotFound(Subject::Refund))
}

async fn refund_of<P: Platform>(
    platform: &P,
    order: &OrderId,
    id: &RefundId,
) -> Result<Refund, FlowError> {
    let order = order_of(platform, order).await?;
    let why = || FlowError::Inconsistent(format!("{} has lost {id}", order.id));
    order.refund(id).cloned().ok_or_else(why)
}

async fn step<P: Platform>(
    platform: &P,
    order: &OrderId,
    part: &RefundPart,
    next: RefundPartState,
) -> Result<(), FlowError> {
    change(platform, &Order::key(order), async |order: &mut Order| {
        let taken = order.advance_refund(&part.operation, next.clone());
        Ok(if taken { Decision::Write(()) } else { Decision::Keep(()) })
    })
    .await
}

/// Brings a refund to its end, from wherever it stands: steps 4 to 9 of [`refund_order`].
///
/// A mark without a refund means that the request died early: the refund is refused for
/// good, so that a request that only slept cannot start it any more.
///
/// # Errors
/// As [`refund_order`]; the mark stays and the worker tries again.
pub async fn settle_refund<P: Platform>(
    platform: &P,
    policy: &Policy,
    pending: &Pending,
) -> Result<(), FlowError> {
    let Some((Mark::Refund { order: id, refund }, _)) = Mark::parse(pending) else {
        return Err(FlowError::Inconsistent(format!("{} is no refund's mark", pending.name)));
    };
    if let Some(refund) = known_or_abandoned(platform, &id, &refund).await? {
        let refund = pay_card(platform, &id, refund, Attempt::Later).await?;
        let refund = credit_payer(platform, policy, &id, refund, RefundPartState::Due).await?;
        let refund = credit_payer(platform, policy, &id, refund, RefundPartState::PaidOut).await?;
        for part in refund.parts() {
            debit_merchant(platform, &id, refund.purpose, part).await?;
        }
        if refund.status() == RefundStatus::Processing {
            return Err(FlowError::BankUnavailable);
        }
        announce(platform, &Errand::Refund { order: id, refund: refund.id }).await?;
    }
    Ok(platform.store().pending_done(pending).await?)
}

/// The refund that a mark is about; one that nothing is known of is refused for good.
async fn known_or_abandoned<P: Platform>(
    platform: &P,
    order: &OrderId,
    id: &RefundId,
) -> Result<Option<Refund>, FlowError> {
    let now = platform.now();
    change(platform, &Order::key(order), async |order: &mut Order| {
        let abandoned = NewRefund {
            id: id.clone(),
            purpose: RefundPurpose::Refund,
            amount: Amount::ZERO,
            reason: String::new(),
            now,
        };
        let news = !mutant(Mutant::RefundNotAbandoned) && order.abandon_refund(abandoned);
        let refund = order.refund(id).cloned();
        Ok(if news { Decision::Write(refund) } else { Decision::Keep(refund) })
    })
    .await
}

/// Steps 7 and 8.
async fn debit_merchant<P: Platform>(
    platform: &P,
    id: &OrderId,
    purpose: RefundPurpose,
    part: &RefundPart,
) -> Result<(), FlowError> {
    let (entry, by_card) = match &part.state {
        RefundPartState::Credited { entry } => (Some(entry.clone()), false),
        RefundPartState::Noted { entry } => (entry.clone(), true),
        _ => return Ok(()),
    };
    if !mutant(Mutant::RefundUndebited) {
        post_debit(platform, id, purpose, part).await?;
    }
    if by_card {
        book_credit(platform, id, part).await?;
    }
    let at = platform.now();
    step(platform, id, part, RefundPartState::Done { at, entry }).await
}

async fn post_debit<P: Platform>(
    platform: &P,
    id: &OrderId,
    purpose: RefundPurpose,
    part: &RefundPart,
) -> Result<(), FlowError> {
    let order = order_of(platform, id).await?;
    let movement = Movement {
        operation: part.operation.clone(),
        kind: purpose.entry_kind(),
        amount: part.amount.checked_neg()?,
        by_card: Amount::ZERO,
        at: platform.now(),
        counterparty: id.to_string(),
    };
    let name = InternalName::Merchant(order.merchant);
    let shard = shard_of(part.operation.as_str());
    post_internal(platform, &name, shard, &movement, &Arbiter::Order(id.clone())).await?;
    Ok(())
}

/// What the bank has paid to the card.
async fn book_credit<P: Platform>(
    platform: &P,
    id: &OrderId,
    part: &RefundPart,
) -> Result<(), FlowError> {
    let order = order_of(platform, id).await?;
    let payer = &payment_of(&order)?.payer;
    let account: Option<Account> = load(platform, &Account::key(payer)).await?;
    let shard = account.ok_or(FlowError::DocumentMissing)?.clearing_shard;
    let movement = Movement {
        operation: part.operation.clone(),
        kind: EntryKind::Refund,
        amount: part.amount,
        by_card: Amount::ZERO,
        at: platform.now(),
        counterparty: payer.to_string(),
    };
    let arbiter = Arbiter::Order(id.clone());
    post_internal(platform, &InternalName::BankClearing, shard, &movement, &arbiter).await?;
    Ok(())
}
