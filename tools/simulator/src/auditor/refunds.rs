//! What the auditor checks of refunds: the order that decides on them, the payer who is
//! given money back, the merchant who gives it.

use std::collections::BTreeMap;

use feiqian_flows::FlowError;
use feiqian_ledger::{Refund, RefundStatus, Refusal};

use super::account::AccountModel;
use super::documents::{self, Entry};
use super::{Auditor, Case, Kind, check_error};
use crate::history::Violation;

/// Where a part of a refund stands, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    DueToCard,
    Due,
    PaidOut,
    Noted,
    Credited,
    Done,
    Failed,
}

impl Part {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "due_to_card" => Self::DueToCard,
            "due" => Self::Due,
            "paid_out" => Self::PaidOut,
            "noted" => Self::Noted,
            "credited" => Self::Credited,
            "done" => Self::Done,
            "failed" => Self::Failed,
            _ => return None,
        })
    }
}

/// The refunds of an order as they were last seen: each with its amount and whether it was
/// accepted, and the operations of its parts.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct RefundsModel {
    refunds: BTreeMap<String, (i64, Vec<String>)>,
}

impl RefundsModel {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.refunds.len()
    }
}

/// What a partner asked for.
#[derive(Debug, Clone)]
pub struct AskedRefund<'a> {
    /// The refund that the key stands for.
    pub refund: &'a str,
    /// How much, fen.
    pub amount: i64,
    /// Whether the same key was used for something else as well.
    pub key_is_shared: bool,
}

/// What a partner was told of a refund: why it was refused, or that it was not.
pub type RefundAnswer = Option<Refusal>;

impl Auditor {
    /// An order's refunds go forward only, one step at a time, and never add up to more
    /// than was paid.
    pub(super) fn saw_refunds(
        &mut self,
        order: &documents::Order<'_>,
        known: &RefundsModel,
    ) -> Result<RefundsModel, Violation> {
        let id = &*order.id;
        let payer = match &order.state {
            documents::OrderState::Paid(payment) => Some(payment.payer.as_str()),
            _ => None,
        };
        let mut model = RefundsModel::default();
        let mut kept = 0;
        for refund in &order.refunds {
            let wrong = |what: &str| {
                Err(Violation::new(format!("{} of {id} {what}", refund.id), &[id, &refund.id]))
            };
            let Some(parts) = refund.parts() else { return wrong("has an unknown state") };
            let operations: Vec<String> = parts.iter().map(|part| part.operation.clone()).collect();
            self.refunds.insert(refund.id.to_string(), operations.clone());
            let now = (refund.amount, operations);
            match known.refunds.get(&*refund.id) {
                Some(before) if *before != now => return wrong("has changed"),
                Some(_) => {}
                None if !parts.is_empty() && !self.is_marked(&refund.id) => {
                    return wrong("is accepted without a pending mark");
                }
                None => {}
            }
            let sum: i64 = parts.iter().map(|part| part.amount).sum();
            let redeems = refund.purpose == "redemption";
            let redeemable =
                order.category == "wealth_product" && parts.iter().all(|part| !part.from_card);
            if redeems && !parts.is_empty() && !redeemable {
                return wrong("redeems what is no wealth product, or to a card");
            }
            if !parts.is_empty() && (payer.is_none() || sum != refund.amount) {
                return wrong("is accepted for nothing that was paid");
            }
            for part in &parts {
                self.change_case(&part.operation, |case| case.redeems = redeems);
                kept += self.saw_part(id, payer.unwrap_or_default(), &refund.id, part)?;
            }
            model.refunds.insert(refund.id.to_string(), now);
        }
        if known.refunds.keys().any(|refund| !model.refunds.contains_key(refund)) {
            return Err(Violation::new(format!("{id} has lost a refund"), &[id]));
        }
        if kept > order.amount {
            return Err(Violation::new(format!("{id} gives back more than was paid"), &[id]));
        }
        Ok(model)
    }

    /// Gives what the part gives back.
    fn saw_part(
        &mut self,
        order: &str,
        payer: &str,
        refund: &str,
        part: &documents::RefundPart,
    ) -> Result<i64, Violation> {
        let Some(next) = Part::of(&part.state.name) else {
            return Err(Violation::new(format!("{refund} has an unknown state"), &[refund]));
        };
        let is_closed = self.accounts.get(payer).is_some_and(AccountModel::is_closed);
        let what = self.change_case(&part.operation, |case| {
            if case.kind == Kind::Unknown {
                case.account = payer.to_owned();
                case.kind = Kind::Refund;
                case.amount = part.amount;
                case.order = Some(order.to_owned());
                case.from_card = part.from_card;
            }
            let before = case.part_of_refund.replace(next);
            match (before, next) {
                _ if case.amount != part.amount => Some("has changed its amount"),
                (None, Part::Due) if !part.from_card => None,
                (None, Part::DueToCard) if part.from_card => None,
                (Some(Part::DueToCard), Part::PaidOut) if case.bank == Some(true) => None,
                (Some(Part::DueToCard), Part::PaidOut) => Some("counts as paid, and is not"),
                (Some(Part::DueToCard), Part::Due) if case.bank == Some(false) => None,
                (Some(Part::DueToCard), Part::Due) => Some("goes elsewhere, and may be paid"),
                (Some(Part::PaidOut), Part::Noted) if case.noted || is_closed => None,
                (Some(Part::PaidOut), Part::Noted) => Some("counts as noted, and is not"),
                (Some(Part::Noted), Part::Done) if case.booked && case.cleared => None,
                (Some(Part::Noted), Part::Done) => Some("is done before it is booked"),
                (Some(one), other) if one == other => None,
                (Some(Part::Due), Part::Credited) if case.moved => None,
                (Some(Part::Due), Part::Credited) => Some("counts as credited, and is not"),
                (Some(Part::Due), Part::Failed) if !case.moved => None,
                (Some(Part::Due), Part::Failed) => Some("counts as failed, and is credited"),
                (Some(Part::Credited), Part::Done) if case.booked => None,
                (Some(Part::Credited), Part::Done) => Some("is done, and its merchant has it"),
                _ => Some("took a step that there is not"),
            }
        });
        match what {
            None if next == Part::Failed => Ok(0),
            None => Ok(part.amount),
            Some(what) => {
                let operation = &*part.operation;
                Err(Violation::new(format!("{operation} {what}"), &[operation, order, refund]))
            }
        }
    }

    /// Whether a refund can still move money and so needs a mark.
    pub(super) fn is_open_refund(&self, refund: &str) -> bool {
        let parts = self.refunds.get(refund).into_iter().flatten();
        let states = parts.filter_map(|part| self.cases.get(part)?.part_of_refund);
        states.into_iter().any(Part::is_open)
    }

    /// A partner hears the answer to a refund.
    ///
    /// # Errors
    /// That it is not what became of the money, or not what was answered before.
    pub fn saw_refund_answer(
        &mut self,
        asked: &AskedRefund<'_>,
        answer: Result<&Refund, &FlowError>,
    ) -> Result<(), Violation> {
        let AskedRefund { refund, amount, .. } = *asked;
        let wrong = |what: String| Err(Violation::new(format!("{refund} {what}"), &[refund]));
        let told = match answer {
            Ok(view) if view.amount.minor() != amount => {
                return wrong(format!("is answered with something else: {view:?}"));
            }
            Ok(view) if view.status() == RefundStatus::Processing => return Ok(()),
            Ok(_) => None,
            Err(FlowError::Refused { refusal, .. }) => Some(refusal.clone()),
            Err(FlowError::KeyReused) if !asked.key_is_shared => {
                return wrong("is told that its key was used for another request".to_owned());
            }
            Err(error) => return check_error(error, &[refund]),
        };
        let parts = self.refunds.get(refund).into_iter().flatten();
        let moved = parts.filter_map(|part| self.cases.get(part)).any(Case::has_refunded);
        if moved == told.is_some() && !(told.is_some() && asked.key_is_shared) {
            return wrong(format!("is answered with {told:?}, and has moved: {moved}"));
        }
        let answers = self.refund_answers.entry((refund.to_owned(), amount)).or_default();
        if answers.iter().any(|known| *known != told) && !asked.key_is_shared {
            return wrong(format!("was answered with {answers:?} and now with {told:?}"));
        }
        answers.push(told);
        Ok(())
    }

    /// The payment that a refund gives back, for the limits that it had used.
    pub(super) fn refunded_payment(&self, operation: &str) -> Option<String> {
        let order = self.cases.get(operation)?.order.as_ref()?;
        self.orders.get(order)?.paid_by().map(str::to_owned)
    }
}

/// What is wrong with a refund's entry in the payer's journal, if anything.
pub(super) fn check_credit(
    case: &mut Case,
    account: &str,
    entry: &Entry<'_>,
) -> Option<&'static str> {
    match case.part_of_refund {
        _ if case.kind != Kind::Refund => Some("is credited for nothing"),
        _ if case.redeems != (entry.kind == "wealth_redemption") => {
            Some("is credited as something else")
        }
        _ if case.moved || case.noted => Some("is credited twice"),
        _ if case.account != account => Some("is credited to another account"),
        Some(Part::PaidOut) if entry.amount != 0 || entry.by_card != case.amount => {
            Some("notes another amount")
        }
        Some(Part::PaidOut) => {
            case.noted = true;
            None
        }
        Some(Part::Due) if entry.by_card != 0 => Some("notes what no card got"),
        Some(Part::Due) if case.amount != entry.amount => Some("credits another amount"),
        Some(Part::Due) => {
            case.moved = true;
            None
        }
        _ => Some("is credited out of turn"),
    }
}

/// What is wrong with a refund's entry in its merchant's journal, if anything.
pub(super) fn check_debit(case: &Case, entry: &Entry<'_>) -> Option<&'static str> {
    match case.part_of_refund {
        Some(Part::Credited | Part::Noted) if entry.amount == -case.amount => None,
        Some(Part::Credited | Part::Noted) => Some("is debited by another amount"),
        _ => Some("is debited out of turn"),
    }
}

impl Case {
    /// Whether this part of a refund has reached the payer.
    fn has_refunded(&self) -> bool {
        self.moved || (self.from_card && self.bank == Some(true))
    }

    /// Whether the order has noted what became of this part of a refund in a journal.
    pub(super) fn is_noted_by(&self, owner: &str) -> bool {
        match self.part_of_refund {
            Some(Part::Credited | Part::Noted | Part::Failed) => owner == self.account,
            Some(Part::Done) => true,
            Some(Part::DueToCard | Part::Due | Part::PaidOut) | None => false,
        }
    }
}

impl Part {
    /// Whether it can still move money.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::DueToCard | Self::Due | Self::PaidOut | Self::Noted | Self::Credited)
    }
}
