//! Visits: institutions make them of what patients show, payers confirm them and pay the cash,
//! institutions cancel them and refund lines.

use feiqian_flows::{
    ChangeCredentialRequest, ConfirmVisitRequest, CreateVisitRequest, FamilyRequest, FlowError,
    GiveMedicalCodeRequest, RefundVisitRequest, Whose, cancel_visit, change_credential,
    confirm_visit, create_visit, give_medical_code, refund_visit, set_institution,
    visit_of_partner,
};
use feiqian_ledger::medical::{CredentialState, Institution, ProofKind, Visit};
use feiqian_ledger::{AccountId, VisitId};
use feiqian_money::Amount;

use super::requests::partner;
use super::{KnownAccount, KnownOrder, Request, Workload};
use crate::insurer::REGION;
use crate::platform::Machine;

/// Visits that clients remember.
const VISITS_MAX: usize = 16;

/// A visit as its payer knows it.
#[derive(Debug, Clone)]
pub(super) struct KnownVisit {
    visit: Visit,
    account: AccountId,
}

/// What making a visit takes.
#[derive(Debug, Clone)]
pub struct MakeVisit {
    /// Who shows the code.
    code: GiveMedicalCodeRequest,
    /// The credential, activated before.
    credential: ChangeCredentialRequest,
    /// What is made.
    visit: CreateVisitRequest,
}

/// What somebody asks about visits.
#[derive(Debug, Clone)]
pub enum VisitRequest {
    /// Show a code, and have a visit made of it.
    Make(Box<MakeVisit>),
    /// Confirm one.
    Confirm(ConfirmVisitRequest),
    /// Look at one, for its institution.
    Look(VisitId),
    /// Cancel one.
    Cancel(VisitId),
    /// Refund lines of one.
    Refund(RefundVisitRequest),
}

impl Workload {
    /// A visit of an account's holder, of one line or two.
    pub(super) fn new_visit(&self) -> Option<Request> {
        let account = self.some_account()?;
        let by = self.family(&account)?;
        let mut state = self.state.borrow_mut();
        let merchant = state.merchants.get(self.world.dice.skewed(state.merchants.len()))?.clone();
        let key = state.next_key();
        let lines = (0..=self.world.dice.below(2)).map(|_| {
            let fen = self.world.dice.between(100, 20_000).cast_signed();
            ("挂号".to_owned(), Amount::from_minor(fen))
        });
        Some(Request::Visit(VisitRequest::Make(Box::new(MakeVisit {
            code: GiveMedicalCodeRequest {
                customer: by.customer.clone(),
                account: by.account.clone(),
                relative: None,
                shared_account: false,
                digits: key.clone(),
            },
            credential: ChangeCredentialRequest {
                customer: by.customer,
                account: by.account,
                whose: Whose::Own,
                state: CredentialState::Active,
                pin: by.pin,
            },
            visit: CreateVisitRequest {
                partner: partner()?,
                code: key.clone(),
                reference: key.clone(),
                key,
                merchant,
                proof: ProofKind::Credential,
                lines: lines.collect(),
                insured: !self.world.dice.chance(1_500),
            },
        }))))
    }

    fn family(&self, account: &KnownAccount) -> Option<FamilyRequest> {
        Some(FamilyRequest {
            customer: account.customer.clone(),
            account: account.id.clone(),
            pin: self.some_pin(account)?,
        })
    }

    fn some_visit(&self) -> Option<KnownVisit> {
        let state = self.state.borrow();
        let back = self.world.dice.skewed(state.visits.len().min(4));
        state.visits.get(state.visits.len().checked_sub(back + 1)?).cloned()
    }

    /// A confirmation, by the account that showed the code or now and then by another one.
    pub(super) fn new_visit_confirmation(&self) -> Option<Request> {
        let known = self.some_visit()?;
        let other = self.world.dice.chance(1_500);
        let accounts = self.state.borrow().accounts.clone();
        let own = accounts.iter().find(|account| account.id == known.account).cloned();
        let account = if other { self.some_account()? } else { own? };
        Some(Request::Visit(VisitRequest::Confirm(ConfirmVisitRequest {
            by: self.family(&account)?,
            key: self.state.borrow_mut().next_key(),
            visit: known.visit.id.clone(),
            shown: known.visit.split().ok()?,
            allowance: None,
        })))
    }

    /// A refund of one line, or of all.
    pub(super) fn new_visit_refund(&self) -> Option<Request> {
        let known = self.some_visit()?;
        let count = u64::try_from(known.visit.lines.len()).ok()?;
        let line = u16::try_from(self.world.dice.between(1, count)).ok()?;
        let lines = if self.world.dice.chance(5_000) { Some(vec![line]) } else { None };
        Some(Request::Visit(VisitRequest::Refund(RefundVisitRequest {
            partner: partner()?,
            key: self.state.borrow_mut().next_key(),
            visit: known.visit.id,
            lines,
            reason: "未取药".to_owned(),
        })))
    }

    /// A look at a visit, or its cancellation.
    pub(super) fn new_visit_look(&self) -> Option<Request> {
        let id = self.some_visit()?.visit.id;
        let cancel = self.world.dice.chance(1_500);
        Some(Request::Visit(if cancel { VisitRequest::Cancel(id) } else { VisitRequest::Look(id) }))
    }

    pub(super) async fn visit(
        &self,
        machine: &Machine,
        request: VisitRequest,
    ) -> Result<(), FlowError> {
        let (policy, vault, pepper) =
            (&self.region.policy, &self.region.vault, &self.region.pepper);
        match request {
            VisitRequest::Make(asked) => {
                let MakeVisit { code, credential, visit } = *asked;
                let account = code.account.clone();
                set_institution(machine, &visit.merchant, institution()).await?;
                change_credential(machine, vault, pepper, credential).await?;
                give_medical_code(machine, code).await?;
                let visit = create_visit(machine, visit).await?.document;
                let mut state = self.state.borrow_mut();
                if !state.visits.iter().any(|known| known.visit.id == visit.id) {
                    if state.visits.len() >= VISITS_MAX {
                        state.visits.remove(0);
                    }
                    state.visits.push(KnownVisit { visit, account });
                }
            }
            VisitRequest::Confirm(asked) => {
                let confirmed = confirm_visit(machine, policy, pepper, asked).await?;
                self.learn_order(&confirmed.visit);
            }
            VisitRequest::Look(id) => {
                let Some(partner) = partner() else { return Ok(()) };
                let visit = visit_of_partner(machine, policy, &partner, &id).await?;
                self.learn_order(&visit);
            }
            VisitRequest::Cancel(id) => {
                let Some(partner) = partner() else { return Ok(()) };
                cancel_visit(machine, policy, &partner, &id).await?;
            }
            VisitRequest::Refund(asked) => {
                let refunded = refund_visit(machine, policy, asked).await?;
                self.world.note(|| format!("refunded {:?}", refunded.refund.state));
            }
        }
        Ok(())
    }

    /// Lets payers try the order for a visit's cash, whether it can be paid or not.
    fn learn_order(&self, visit: &Visit) {
        let Some(by) = visit.confirmed() else { return };
        if let (Some(id), Ok(split)) = (by.order.clone(), visit.split()) {
            let mut state = self.state.borrow_mut();
            if !state.orders.iter().any(|known| known.id == id) {
                state.orders.push(KnownOrder {
                    id,
                    merchant: visit.merchant.clone(),
                    amount: split.cash,
                    payer: Some(by.payer.clone()),
                });
            }
        }
    }
}

fn institution() -> Institution {
    Institution {
        number: "H1".to_owned(),
        region: REGION.to_owned(),
        designated: true,
        insurance_payment: true,
        accepts: vec![ProofKind::Credential],
    }
}
