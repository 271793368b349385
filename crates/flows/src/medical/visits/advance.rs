use feiqian_calendar::Timestamp;
use feiqian_insurer_api::{InsurerRequest, SettlementStatus, StatementKind};
use feiqian_ledger::account::PayBy;
use feiqian_ledger::medical::{Confirmed, MedicalRefusal, Visit, VisitState};
use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_ledger::{
    AccountId, CustomerId, Order, OrderId, OrderState, PartnerId, Refusal, VisitId,
};
use feiqian_store::{Pending, Store};

use super::confirm::may_pay;
use crate::accounts::load_account;
use crate::documents::{Decision, change, load};
use crate::events::{Errand, announce};
use crate::internal::order_of;
use crate::marks::{Mark, RESUME_AFTER_MS};
use crate::medical::day::log_movement;
use crate::medical::insurer::settle;
use crate::payment::{ChargedBy, ChargedPayer, close_expired, finish_payment, pay_charge};
use crate::{FlowError, Platform, Policy, Subject};

/// Steps that one call takes at most: a visit only goes forward, through five states, and each
/// may be overtaken once.
const STEPS_MAX: usize = 10;

/// How long the worker leaves a visit that waits for its cash, milliseconds.
const CASH_LOOK_MS: u64 = 60_000;

/// Reads a visit that must be there.
pub(super) async fn visit_of<P: Platform>(platform: &P, id: &VisitId) -> Result<Visit, FlowError> {
    load(platform, &Visit::key(id)).await?.ok_or(FlowError::NotFound(Subject::Visit))
}

/// Reads a visit for someone who may pay it, as it stands now that its order is looked at.
///
/// # Errors
/// [`FlowError::NotFound`] if there is none, or it is not theirs to see.
pub async fn find_visit<P: Platform>(
    platform: &P,
    policy: &Policy,
    customer: &CustomerId,
    account: &AccountId,
    id: &VisitId,
) -> Result<Visit, FlowError> {
    let account = load_account(platform, customer, account).await?;
    let visit = visit_of(platform, id).await?;
    may_pay(platform, &visit, &account.holder.person).await?;
    look(platform, policy, visit).await
}

/// Reads a visit for the partner whose it is.
///
/// # Errors
/// [`FlowError::NotFound`] if there is none, or it is another partner's.
pub async fn visit_of_partner<P: Platform>(
    platform: &P,
    policy: &Policy,
    partner: &PartnerId,
    id: &VisitId,
) -> Result<Visit, FlowError> {
    let visit = visit_of(platform, id).await?;
    if visit.partner != *partner {
        return Err(FlowError::NotFound(Subject::Visit));
    }
    look(platform, policy, visit).await
}

/// Goes on with a visit whose cash may have been paid meanwhile.
async fn look<P: Platform>(
    platform: &P,
    policy: &Policy,
    visit: Visit,
) -> Result<Visit, FlowError> {
    match &visit.state {
        VisitState::AwaitingCash(_) => advance(platform, policy, visit, true).await,
        _ => Ok(visit),
    }
}

/// Takes a visit as far as it goes now: the steps 6 to 11 of
/// [`confirm_visit`](super::confirm_visit), from wherever it stands.
pub(super) async fn advance<P: Platform>(
    platform: &P,
    policy: &Policy,
    visit: Visit,
    asked_before: bool,
) -> Result<Visit, FlowError> {
    let (mut visit, mut asked_before) = (visit, asked_before);
    for _ in 0..STEPS_MAX {
        let before = visit.state.clone();
        visit = match &before {
            VisitState::Committing(_) => commit(platform, policy, visit, asked_before).await?,
            VisitState::AwaitingCash(by) => look_at_cash(platform, policy, &visit, by).await?,
            VisitState::Reversing { .. } => reverse(platform, policy, visit, asked_before).await?,
            VisitState::Presettled | VisitState::Settled { .. } | VisitState::Closed { .. } => {
                return Ok(visit);
            }
        };
        if visit.state == before {
            return Ok(visit);
        }
        // A reversal that was just decided was not asked for by this call.
        asked_before = asked_before && !matches!(visit.state, VisitState::Reversing { .. });
    }
    Ok(visit)
}

/// Swaps a visit by a step that says whether it was news; gives it as it stands then.
async fn step<P: Platform>(
    platform: &P,
    id: &VisitId,
    take: impl Fn(&mut Visit) -> bool,
) -> Result<Visit, FlowError> {
    change(platform, &Visit::key(id), async |visit: &mut Visit| {
        let news = take(visit);
        let visit = visit.clone();
        Ok(if news { Decision::Write(visit) } else { Decision::Keep(visit) })
    })
    .await
}

/// Steps 6 and 7.
async fn commit<P: Platform>(
    platform: &P,
    policy: &Policy,
    visit: Visit,
    asked_before: bool,
) -> Result<Visit, FlowError> {
    let id = &visit.id;
    let Some(claim) = visit.claim()? else {
        return step(platform, id, Visit::uninsured).await;
    };
    let request = InsurerRequest::Commit { request_id: id.to_string(), claim };
    let now = platform.now();
    match settle(platform, request, asked_before).await {
        SettlementStatus::Settled { lines, settled_at_ms } => {
            let at = Timestamp::from_millis(settled_at_ms);
            let kind = StatementKind::Commit;
            log_movement(platform, policy, id, id.as_str(), kind, &lines, at).await?;
            step(platform, id, |visit| visit.insured(&lines, now)).await
        }
        SettlementStatus::Rejected { reason } => {
            let refusal = Refusal::from(MedicalRefusal::InsurerDeclined { reason });
            step(platform, id, |visit| visit.not_insured(refusal.clone(), now)).await
        }
        SettlementStatus::Processing | SettlementStatus::NotFound => Ok(visit),
    }
}

/// Steps 8 to 10. The order only ends once, so that reading it before the visit is swapped is
/// enough.
async fn look_at_cash<P: Platform>(
    platform: &P,
    policy: &Policy,
    visit: &Visit,
    by: &Confirmed,
) -> Result<Visit, FlowError> {
    let id = by.order.as_ref();
    let lost = || FlowError::Inconsistent(format!("{} awaits cash and has no order", visit.id));
    let id = id.ok_or_else(lost)?;
    let order = set_payer(platform, id, &by.payer).await?;
    let now = platform.now();
    let order = match &order.state {
        OrderState::Open if now >= order.expires_at => {
            if mutant(Mutant::ReversedWhileOpen) {
                return step(platform, &visit.id, |visit| visit.cash_decided(false, now)).await;
            }
            close_expired(platform, id, now).await?
        }
        OrderState::Open if by.allowance.is_some() => {
            pay_by_allowance(platform, policy, order, by).await?
        }
        _ => order,
    };
    match order.state {
        OrderState::Open | OrderState::Claimed(_) => Ok(visit.clone()),
        OrderState::Paid(_) => {
            step(platform, &visit.id, |visit| visit.cash_decided(true, now)).await
        }
        OrderState::Closed { .. } => {
            step(platform, &visit.id, |visit| visit.cash_decided(false, now)).await
        }
    }
}

async fn set_payer<P: Platform>(
    platform: &P,
    id: &OrderId,
    payer: &AccountId,
) -> Result<Order, FlowError> {
    change(platform, &Order::key(id), async |order: &mut Order| {
        let news = order.set_payer(payer);
        let order = order.clone();
        Ok(if news { Decision::Write(order) } else { Decision::Keep(order) })
    })
    .await
}

/// Pays the cash from the binder's account. What the account refuses closes the order.
async fn pay_by_allowance<P: Platform>(
    platform: &P,
    policy: &Policy,
    order: Order,
    by: &Confirmed,
) -> Result<Order, FlowError> {
    let Some(allowance) = by.allowance.clone() else { return Ok(order) };
    let payer = ChargedPayer {
        account: by.payer.clone(),
        by: ChargedBy::Allowance(allowance),
        from: PayBy::Balance,
    };
    match pay_charge(platform, policy, &order, payer).await {
        Ok(paid) => {
            if let Some(unsettled) = paid.unsettled {
                finish_payment(platform, unsettled).await?;
            }
        }
        Err(FlowError::Refused { .. }) => close(platform, &order.id).await?,
        Err(error) => return Err(error),
    }
    order_of(platform, &order.id).await
}

/// Closes an order that has not been paid; one that has stays so.
async fn close<P: Platform>(platform: &P, id: &OrderId) -> Result<(), FlowError> {
    let now = platform.now();
    change(platform, &Order::key(id), async |order: &mut Order| {
        Ok(if order.close(now) == Ok(true) { Decision::Write(()) } else { Decision::Keep(()) })
    })
    .await
}

/// Step 11.
async fn reverse<P: Platform>(
    platform: &P,
    policy: &Policy,
    visit: Visit,
    asked_before: bool,
) -> Result<Visit, FlowError> {
    let id = &visit.id;
    let request_id = visit.reversal_id().to_string();
    let lines = visit.lines.iter().zip(1_u16..).map(|(_, line)| line).collect();
    let (commit, asked) = (id.to_string(), request_id.clone());
    let request = InsurerRequest::Reverse { request_id, commit, lines };
    match settle(platform, request, asked_before).await {
        SettlementStatus::Settled { lines, settled_at_ms } => {
            let at = Timestamp::from_millis(settled_at_ms);
            let kind = StatementKind::Reverse;
            log_movement(platform, policy, id, &asked, kind, &lines, at).await?;
            let now = platform.now();
            step(platform, id, |visit| visit.reversed(now)).await
        }
        // It must take back what it has settled: somebody has to look.
        SettlementStatus::Rejected { reason } => {
            Err(FlowError::Inconsistent(format!("{id} is not given back: {reason:?}")))
        }
        SettlementStatus::Processing | SettlementStatus::NotFound => Ok(visit),
    }
}

/// Cancels a visit for its partner: one that nobody has confirmed, or whose cash has not been
/// paid. The order's swap decides between that and a payment.
///
/// # Errors
/// [`Refusal::OrderInProcess`] while the insurer or the bank is asked,
/// [`Refusal::OrderAlreadyPaid`], [`FlowError::NotFound`].
pub async fn cancel_visit<P: Platform>(
    platform: &P,
    policy: &Policy,
    partner: &PartnerId,
    id: &VisitId,
) -> Result<Visit, FlowError> {
    let visit = visit_of_partner(platform, policy, partner, id).await?;
    cancel(platform, policy, visit).await
}

/// Cancels a visit for someone who may pay it, as [`cancel_visit`] does.
///
/// # Errors
/// As [`cancel_visit`].
pub async fn cancel_visit_by_payer<P: Platform>(
    platform: &P,
    policy: &Policy,
    customer: &CustomerId,
    account: &AccountId,
    id: &VisitId,
) -> Result<Visit, FlowError> {
    let visit = find_visit(platform, policy, customer, account, id).await?;
    cancel(platform, policy, visit).await
}

async fn cancel<P: Platform>(
    platform: &P,
    policy: &Policy,
    visit: Visit,
) -> Result<Visit, FlowError> {
    let now = platform.now();
    match &visit.state {
        VisitState::Presettled => {
            change(platform, &Visit::key(&visit.id), async |visit: &mut Visit| {
                let news = visit.cancel(now)?;
                if news {
                    // Before the swap: whoever dies after it is told of all the same.
                    announce(platform, &Errand::Visit(visit.id.clone())).await?;
                }
                let visit = visit.clone();
                Ok(if news { Decision::Write(visit) } else { Decision::Keep(visit) })
            })
            .await
        }
        VisitState::Committing(_) => Err(Refusal::OrderInProcess.into()),
        VisitState::AwaitingCash(by) => {
            if let Some(order) = &by.order {
                change(platform, &Order::key(order), async |order: &mut Order| {
                    let news = order.close(now)?;
                    Ok(if news { Decision::Write(()) } else { Decision::Keep(()) })
                })
                .await?;
            }
            advance(platform, policy, visit, true).await
        }
        VisitState::Settled { .. } => Err(Refusal::OrderAlreadyPaid.into()),
        VisitState::Reversing { .. } | VisitState::Closed { .. } => Ok(visit),
    }
}

/// Brings a visit to its end, from wherever it stands. One that waits for a person is looked
/// at again: nothing has to be done meanwhile, and its mark is set anew before the old one
/// goes.
///
/// # Errors
/// [`FlowError::InsurerUnavailable`] while the insurer or the bank has not answered clearly; the
/// mark stays and the worker tries again.
pub async fn settle_visit<P: Platform>(
    platform: &P,
    policy: &Policy,
    pending: &Pending,
) -> Result<(), FlowError> {
    let Some((Mark::Visit(id), _)) = Mark::parse(pending) else {
        return Err(FlowError::Inconsistent(format!("{} is no visit's mark", pending.name)));
    };
    let now = platform.now();
    let closed = step(platform, &id, |visit| visit.close_if_expired(now)).await;
    let visit = match closed {
        Ok(visit) => advance(platform, policy, visit, true).await?,
        Err(FlowError::DocumentMissing) => {
            return Ok(platform.store().pending_done(pending).await?);
        }
        Err(error) => return Err(error),
    };
    let next = match &visit.state {
        VisitState::Presettled => visit.expires_at().max(now.plus_millis(RESUME_AFTER_MS)),
        VisitState::AwaitingCash(_) => now.plus_millis(CASH_LOOK_MS),
        VisitState::Settled { .. } | VisitState::Closed { .. } => {
            announce(platform, &Errand::Visit(id)).await?;
            return Ok(platform.store().pending_done(pending).await?);
        }
        VisitState::Committing(_) | VisitState::Reversing { .. } => {
            return Err(FlowError::InsurerUnavailable);
        }
    };
    let mark = Mark::Visit(id).pending(next, 0);
    if mark != *pending {
        platform.store().pending_add(&mark).await?;
        platform.store().pending_done(pending).await?;
    }
    Ok(())
}
