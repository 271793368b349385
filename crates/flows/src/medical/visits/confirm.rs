use feiqian_ledger::account::allowance_id;
use feiqian_ledger::medical::{BindingState, Confirmed, MedicalRefusal, Split, Visit, VisitState};
use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_ledger::{
    Account, AccountId, AgreementId, NewOrder, OperationId, Order, OrderId, Origin, PersonId,
    Refusal, RelativeId, VISIT_CASH_LIFETIME_S, VisitId, VisitOrigin,
};
use feiqian_money::Amount;
use feiqian_signing::PinPepper;
use feiqian_store::Store;

use super::advance::{advance, visit_of};
use crate::documents::{Decision, change, create};
use crate::marks::{Mark, RESUME_AFTER_MS};
use crate::medical::FamilyRequest;
use crate::medical::credential::{authorised, find_insured};
use crate::operations::ask_soon;
use crate::{FlowError, Platform, Policy, Subject};

/// A payer's confirmation of a visit.
#[derive(Debug, Clone)]
pub struct ConfirmVisitRequest {
    /// Who confirms: the patient, or a binder who pays for them.
    pub by: FamilyRequest,
    /// The idempotency key.
    pub key: String,
    /// The visit.
    pub visit: VisitId,
    /// What the payer saw.
    pub shown: Split,
    /// The binding whose allowance pays the cash, from the binder's account.
    pub allowance: Option<RelativeId>,
}

/// A visit that was confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfirmedVisit {
    /// It: committing while the insurer has not answered.
    pub visit: Visit,
    /// Whether an earlier request with the same key had confirmed it.
    pub replayed: bool,
}

/// Confirms a visit: the insurer settles its part, and the cash becomes payable.
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. the account is swapped: the PIN is counted | nothing has happened |
/// | 2. the visit is read: the payer may pay it, and saw its split | nothing has happened |
/// | 3. the pending mark is set | the worker finds the visit unconfirmed, and comes again when its time is over |
/// | 4. the order for the cash is made, which nobody can pay | it expires |
/// | 5. the visit is swapped: presettled → committing | the worker goes on at 6 |
/// | 6. the insurer is asked to settle, by the visit's id | the worker queries it, and asks again what it has not seen |
/// | 7. the visit is swapped: awaiting cash; or settled, without cash; or closed, if the insurer refuses; or reversing, if it settled another split | the worker goes on at 8, or asks the insurer for a reversal |
/// | 8. the order is swapped: this account may pay it | `pay_order` pays it, or it expires |
/// | 9. the order is paid or closed | the worker goes on at 10 |
/// | 10. the visit is swapped: settled; or reversing, if the order is closed | the worker asks the insurer for a reversal |
/// | 11. the insurer has given everything back; the visit is closed | |
///
/// # Errors
/// [`FlowError::NotFound`] for a visit that is not the payer's to see,
/// [`MedicalRefusal::SplitDiffers`], the refusals of [`Visit::check_confirmable`] and of the
/// account. After others the visit may be confirmed: asking again with the same key tells.
pub async fn confirm_visit<P: Platform>(
    platform: &P,
    policy: &Policy,
    pepper: &PinPepper,
    request: ConfirmVisitRequest,
) -> Result<ConfirmedVisit, FlowError> {
    let ConfirmVisitRequest { by, key, visit: id, shown, allowance } = request;
    let account = authorised(platform, pepper, &by.customer, &by.account, &by.pin).await?;
    let visit = visit_of(platform, &id).await?;
    may_pay(platform, &visit, &account.holder.person).await?;
    let split = visit.split()?;
    if split != shown {
        return Err(MedicalRefusal::SplitDiffers.into());
    }
    let now = platform.now();
    let request =
        OperationId::derive(by.account.region(), &[by.account.as_str(), id.as_str(), &key]);
    visit.check_confirmable(&request, now).or_else(|refusal| match refusal {
        // The swap below makes it final.
        Refusal::Medical(MedicalRefusal::VisitExpired) => Ok(()),
        refusal => Err(refusal),
    })?;
    let (payer, allowance) = payer(platform, &account, allowance.as_ref()).await?;
    let mark = Mark::Visit(id.clone()).pending(now.plus_millis(RESUME_AFTER_MS), 0);
    if !mutant(Mutant::VisitUnmarked) {
        platform.store().pending_add(&mark).await?;
    }
    let order = make_order(platform, &visit, &request, split.cash).await?;
    let confirmed = Confirmed { request, payer, allowance, order, at: now };
    let (verdict, visit) = change(platform, &Visit::key(&id), async |visit: &mut Visit| {
        let before = visit.state.clone();
        let verdict = visit.confirm(confirmed.clone());
        let answer = (verdict, visit.clone());
        Ok(if visit.state == before { Decision::Keep(answer) } else { Decision::Write(answer) })
    })
    .await?;
    let news = verdict?;
    let same = |known: &Confirmed| known.allowance == confirmed.allowance;
    if !visit.confirmed().is_some_and(same) {
        return Err(FlowError::KeyReused);
    }
    let visit = advance(platform, policy, visit, !news).await?;
    if matches!(visit.state, VisitState::Committing(_) | VisitState::Reversing { .. }) {
        ask_soon(platform, &mark).await?;
    }
    match visit.failure() {
        Some(refusal) => Err(FlowError::Refused { refusal: refusal.clone(), replayed: !news }),
        None => Ok(ConfirmedVisit { visit, replayed: !news }),
    }
}

/// Whether a person may pay a visit: the patient, or a binder of theirs.
pub(super) async fn may_pay<P: Platform>(
    platform: &P,
    visit: &Visit,
    person: &PersonId,
) -> Result<(), FlowError> {
    if visit.patient == *person {
        return Ok(());
    }
    let patient = find_insured(platform, &visit.patient).await?;
    let bound = patient.is_some_and(|patient| patient.bound_to(person).is_ok());
    if bound { Ok(()) } else { Err(FlowError::NotFound(Subject::Visit)) }
}

/// Whose account pays the cash, and under which allowance.
async fn payer<P: Platform>(
    platform: &P,
    account: &Account,
    allowance: Option<&RelativeId>,
) -> Result<(AccountId, Option<AgreementId>), FlowError> {
    let Some(id) = allowance else { return Ok((account.id.clone(), None)) };
    let member = find_insured(platform, &account.holder.person).await?;
    let binders = member.as_ref().map(|member| member.binders()).unwrap_or_default();
    let binder = binders.iter().find(|binder| binder.id == *id);
    let binder = binder.filter(|binder| binder.state != BindingState::Asked);
    let binder = binder.ok_or(MedicalRefusal::NotBound)?;
    Ok((binder.account.clone(), Some(allowance_id(id))))
}

/// Makes the order for the cash, which nobody can pay yet; none if there is no cash.
async fn make_order<P: Platform>(
    platform: &P,
    visit: &Visit,
    request: &OperationId,
    cash: Amount,
) -> Result<Option<OrderId>, FlowError> {
    if !cash.is_positive() {
        return Ok(None);
    }
    let order = Order::new(NewOrder {
        id: OrderId::derive(visit.id.region(), &[visit.id.as_str(), request.as_str()]),
        partner: visit.partner.clone(),
        merchant: visit.merchant.clone(),
        payee_name: visit.payee_name.clone(),
        category: visit.category.clone(),
        amount: cash,
        description: visit.reference.clone(),
        reference: visit.id.to_string(),
        origin: Origin::Visit(VisitOrigin { visit: visit.id.clone(), payer: None }),
        lifetime_s: VISIT_CASH_LIFETIME_S,
        now: platform.now(),
    });
    create(platform, &Order::key(&order.id), &order).await?;
    Ok(Some(order.id))
}
