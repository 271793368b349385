use feiqian_calendar::Timestamp;
use feiqian_insurer_api::{InsurerRequest, SettlementStatus, StatementKind};
use feiqian_ledger::medical::{
    MedicalRefusal, NewVisitRefund, Visit, VisitRefund, VisitRefundState,
};
use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_ledger::{OrderId, PartnerId, REFUNDS_MAX, RefundId, RefundStatus, Refusal, VisitId};
use feiqian_money::Amount;
use feiqian_store::{Pending, Store};

use super::advance::{visit_of, visit_of_partner};
use crate::accounts::check_fingerprint;
use crate::documents::{Decision, change};
use crate::events::{Errand, announce};
use crate::marks::{Mark, RESUME_AFTER_MS};
use crate::medical::day::log_movement;
use crate::medical::insurer::settle;
use crate::operations::ask_soon;
use crate::refund::{RefundRequest, Refunded, refund_for, settle_refund};
use crate::{FlowError, Platform, Policy};

/// An institution's request to give lines of a visit back.
#[derive(Debug, Clone)]
pub struct RefundVisitRequest {
    /// Who asks.
    pub partner: PartnerId,
    /// The idempotency key.
    pub key: String,
    /// The visit.
    pub visit: VisitId,
    /// The lines' numbers; none for all that are left.
    pub lines: Option<Vec<u16>>,
    /// Why.
    pub reason: String,
}

/// A refund that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundedVisit {
    /// The visit, with the refund in it.
    pub visit: Visit,
    /// The refund.
    pub refund: VisitRefund,
    /// Whether an earlier request with the same key had got this far.
    pub replayed: bool,
}

/// Gives lines of a settled visit back: the insurer's part to the insurer, the cash to where it
/// came from.
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. the visit is read: it is the partner's | nothing has happened |
/// | 2. the pending mark is set | the worker finds no refund and refuses it for good |
/// | 3. the visit is swapped: accepted or refused, *the commit point* | the worker goes on at 4 |
/// | 4. the insurer is asked to give its part back, by the refund's id | the worker queries it, and asks again what it has not seen |
/// | 5. the visit notes it; or that the insurer refuses: nothing has moved, and the lines are free again | the worker goes on at 6 |
/// | 6. the cash is given back by a refund of the order, as [`refund_order`](crate::refund_order) does | the worker asks again with the same key |
/// | 7. the visit notes that it is done, or that the payer's account refuses the cash | 8 |
/// | 8. the mark goes | |
///
/// The insurer comes first, since what it has not agreed to is not to be paid out in cash. Cash that
/// the payer's account refuses, by a cap on its balance, stays with the institution, and
/// the partner may ask for the same lines once more.
///
/// # Errors
/// [`FlowError::Refused`] moved nothing, but for [`VisitRefundState::CashRefused`];
/// [`FlowError::NotFound`] for a visit that is not the partner's.
pub async fn refund_visit<P: Platform>(
    platform: &P,
    policy: &Policy,
    request: RefundVisitRequest,
) -> Result<RefundedVisit, FlowError> {
    let RefundVisitRequest { partner, key, visit: id, lines, reason } = request;
    let visit = visit_of_partner(platform, policy, &partner, &id).await?;
    let now = platform.now();
    let refund_id = RefundId::derive(id.region(), &[id.as_str(), &key]);
    let new = NewVisitRefund { id: refund_id.clone(), lines, reason, now };
    let fingerprint = new.fingerprint();
    let mark = Mark::VisitRefund { visit: id.clone(), refund: refund_id.clone() }
        .pending(now.plus_millis(RESUME_AFTER_MS), 0);
    let is_new = visit.refund(&refund_id).is_none();
    if is_new {
        platform.store().pending_add(&mark).await?;
    }
    let started = change(platform, &Visit::key(&id), async |visit: &mut Visit| {
        let started = visit.start_refund(new.clone());
        let refund = visit.refund(&refund_id).cloned();
        let answer = started.clone().map(|news| (news, refund));
        Ok(if started == Ok(true) { Decision::Write(answer) } else { Decision::Keep(answer) })
    })
    .await?;
    let (news, refund) = match started {
        Ok((news, refund)) => (news, refund.ok_or_else(|| lost(&id, &refund_id))?),
        Err(refusal) => {
            platform.store().pending_done(&mark).await?;
            return Err(refusal.into());
        }
    };
    if refund.failure() != Some(&Refusal::Abandoned) {
        check_fingerprint(&refund.fingerprint, &fingerprint)?;
    }
    let refund = advance_refund(platform, policy, &id, refund, !news).await?;
    if refund.is_under_way() {
        ask_soon(platform, &mark).await?;
    } else if is_new {
        // By whomever it came to its end: the worker may have done it and died before it told
        // anybody, and the mark that goes here is the one that it had.
        let errand = Errand::VisitRefund { visit: id.clone(), refund: refund.id.clone() };
        announce(platform, &errand).await?;
        platform.store().pending_done(&mark).await?;
    }
    match refund.failure() {
        Some(refusal) => Err(FlowError::Refused { refusal: refusal.clone(), replayed: !news }),
        None => {
            let visit = visit_of(platform, &id).await?;
            Ok(RefundedVisit { visit, refund, replayed: !news })
        }
    }
}

fn lost(visit: &VisitId, refund: &RefundId) -> FlowError {
    FlowError::Inconsistent(format!("{visit} has lost {refund}"))
}

/// Steps 4 to 7, from wherever the refund stands.
async fn advance_refund<P: Platform>(
    platform: &P,
    policy: &Policy,
    id: &VisitId,
    refund: VisitRefund,
    asked_before: bool,
) -> Result<VisitRefund, FlowError> {
    let visit = visit_of(platform, id).await?;
    let refund = match refund.state {
        VisitRefundState::Requested => {
            ask_insurer(platform, policy, &visit, refund, asked_before).await?
        }
        _ => refund,
    };
    match refund.state {
        VisitRefundState::InsurerDone => give_cash_back(platform, policy, &visit, refund).await,
        _ => Ok(refund),
    }
}

/// Steps 4 and 5.
async fn ask_insurer<P: Platform>(
    platform: &P,
    policy: &Policy,
    visit: &Visit,
    refund: VisitRefund,
    asked_before: bool,
) -> Result<VisitRefund, FlowError> {
    let (id, refund_id) = (&visit.id, refund.id.clone());
    if visit.cover.is_none() {
        return step(platform, id, &refund_id, VisitRefundState::InsurerDone).await;
    }
    let request = InsurerRequest::Reverse {
        request_id: refund_id.to_string(),
        commit: id.to_string(),
        lines: refund.lines.clone(),
    };
    match settle(platform, request, asked_before).await {
        SettlementStatus::Settled { lines, settled_at_ms } => {
            let at = Timestamp::from_millis(settled_at_ms);
            let kind = StatementKind::Reverse;
            log_movement(platform, policy, id, refund_id.as_str(), kind, &lines, at).await?;
            step(platform, id, &refund_id, VisitRefundState::InsurerDone).await
        }
        SettlementStatus::Rejected { reason } => {
            let reason = MedicalRefusal::InsurerDeclined { reason }.into();
            step(platform, id, &refund_id, VisitRefundState::Refused { reason }).await
        }
        SettlementStatus::Processing | SettlementStatus::NotFound => Ok(refund),
    }
}

/// Steps 6 and 7.
async fn give_cash_back<P: Platform>(
    platform: &P,
    policy: &Policy,
    visit: &Visit,
    refund: VisitRefund,
) -> Result<VisitRefund, FlowError> {
    let amount = visit.split_of(&refund.lines)?.cash;
    let order = visit.confirmed().and_then(|by| by.order.clone());
    let next = match order.filter(|_| amount.is_positive() && !mutant(Mutant::CashNotGivenBack)) {
        None => VisitRefundState::Done { at: platform.now() },
        Some(order) => match refund_cash(platform, policy, visit, &refund, &order, amount).await {
            Ok(refunded) if refunded.refund.status() == RefundStatus::Processing => {
                return Ok(refund);
            }
            Ok(refunded) => {
                if let Some(mark) = refunded.unsettled {
                    settle_refund(platform, policy, &mark).await?;
                }
                VisitRefundState::Done { at: platform.now() }
            }
            Err(FlowError::Refused { refusal: reason, .. }) => {
                VisitRefundState::CashRefused { at: platform.now(), reason }
            }
            Err(error) => return Err(error),
        },
    };
    step(platform, &visit.id, &refund.id, next).await
}

/// Refunds the order. One that the worker gave up, since its request died early, moved nothing and
/// never will: the next has a key of its own.
async fn refund_cash<P: Platform>(
    platform: &P,
    policy: &Policy,
    visit: &Visit,
    refund: &VisitRefund,
    order: &OrderId,
    amount: Amount,
) -> Result<Refunded, FlowError> {
    for attempt in 0..REFUNDS_MAX {
        let request = RefundRequest {
            partner: visit.partner.clone(),
            key: format!("{} {attempt}", refund.id),
            order: order.clone(),
            amount,
            reason: refund.reason.clone(),
        };
        match refund_for(platform, policy, request, &visit.id).await {
            Err(FlowError::Refused { refusal: Refusal::Abandoned, .. }) => {}
            answer => return answer,
        }
    }
    Err(Refusal::RefundsFull.into())
}

async fn step<P: Platform>(
    platform: &P,
    id: &VisitId,
    refund: &RefundId,
    next: VisitRefundState,
) -> Result<VisitRefund, FlowError> {
    let key = Visit::key(id);
    let found = change(platform, &key, async |visit: &mut Visit| {
        let news = visit.advance_refund(refund, next.clone());
        let found = visit.refund(refund).cloned();
        Ok(if news { Decision::Write(found) } else { Decision::Keep(found) })
    });
    found.await?.ok_or_else(|| lost(id, refund))
}

/// Brings a refund of a visit to its end, from wherever it stands. A mark without a refund
/// means that the request died early: the refund is refused for good.
///
/// # Errors
/// [`FlowError::InsurerUnavailable`] while the insurer or the bank has not answered clearly; the
/// mark stays and the worker tries again.
pub async fn settle_visit_refund<P: Platform>(
    platform: &P,
    policy: &Policy,
    pending: &Pending,
) -> Result<(), FlowError> {
    let Some((Mark::VisitRefund { visit: id, refund: refund_id }, _)) = Mark::parse(pending) else {
        return Err(FlowError::Inconsistent(format!("{} is no refund's mark", pending.name)));
    };
    let now = platform.now();
    let known = change(platform, &Visit::key(&id), async |visit: &mut Visit| {
        let news = visit.abandon_refund(&refund_id, now);
        let found = visit.refund(&refund_id).cloned();
        Ok(if news { Decision::Write(found) } else { Decision::Keep(found) })
    })
    .await?;
    if let Some(refund) = known {
        let refund = advance_refund(platform, policy, &id, refund, true).await?;
        if refund.is_under_way() {
            return Err(FlowError::InsurerUnavailable);
        }
        announce(platform, &Errand::VisitRefund { visit: id, refund: refund_id }).await?;
    }
    Ok(platform.store().pending_done(pending).await?)
}
