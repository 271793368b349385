//! What the auditor checks of the documents that decide: orders and operations.

use serde_json::Value;

use super::adjustments;
use super::answers::Answer;
use super::charges::charge_of;
use super::documents::{Operation, Order, OrderState, Payment, Variant};
use super::refunds::RefundsModel;
use super::transfers::check_step;
use super::{Auditor, Case, Kind, State};
use crate::history::Violation;

/// An order as it was last seen.
#[derive(Debug)]
pub struct OrderModel {
    pub(super) merchant: String,
    pub(super) amount: i64,
    /// What its merchant sells.
    pub(super) category: String,
    expires_at: u64,
    pub(super) state: OrderState,
    /// How payers came to it, the newest way last.
    pub(super) origins: Vec<Variant>,
    refunds: RefundsModel,
}

impl OrderModel {
    /// Whether it is decided for good, and not for this operation.
    pub fn is_lost_for(&self, operation: &str) -> bool {
        match &self.state {
            // A claim may be given up.
            OrderState::Open | OrderState::Claimed(_) => false,
            OrderState::Paid(payment) => payment.operation != operation,
            OrderState::Closed { .. } => true,
        }
    }

    /// The operation that paid it.
    pub fn paid_by(&self) -> Option<&str> {
        match &self.state {
            OrderState::Paid(payment) => Some(&payment.operation),
            OrderState::Open | OrderState::Claimed(_) | OrderState::Closed { .. } => None,
        }
    }

    /// Whether it is paid by this operation.
    pub fn is_paid_by(&self, operation: &str) -> bool {
        matches!(&self.state, OrderState::Paid(payment) if payment.operation == operation)
    }

    /// Whether its maker closed it, and not its time.
    pub fn is_closed_by_its_maker(&self) -> bool {
        let made = self.origins.last().is_none_or(|origin| origin.name == "online");
        made && matches!(&self.state, OrderState::Closed { at } if *at < self.expires_at)
    }

    /// How many refunds it has, refused ones included.
    pub fn refunds(&self) -> usize {
        self.refunds.count()
    }

    /// Whether it is a charge.
    pub fn is_charge(&self) -> bool {
        self.origins.last().is_some_and(|origin| charge_of(origin).is_some())
    }

    /// Whether it is claimed by this operation.
    pub fn is_claimed_by(&self, operation: &str) -> bool {
        matches!(&self.state, OrderState::Claimed(payment) if payment.operation == operation)
    }

    /// Whether an operation has claimed it.
    pub fn is_claimed(&self) -> bool {
        matches!(&self.state, OrderState::Claimed(_))
    }

    /// Whether it has noted that its merchant was credited for this operation.
    pub fn has_noted(&self, operation: &str) -> bool {
        matches!(&self.state, OrderState::Paid(payment)
            if payment.operation == operation && payment.credited)
    }
}

impl Auditor {
    /// Invariant 3: an order is paid at most once, by one payer.
    pub(super) fn saw_order(&mut self, order: Order<'_>) -> Result<(), Violation> {
        let id = order.id.clone().into_owned();
        let wrong = |what: &str| Err(Violation::new(format!("order {id} {what}"), &[&id]));
        self.check_order_of_visit(&order)?;
        let known = self.orders.get(&id).map(|order| order.refunds.clone()).unwrap_or_default();
        let refunds = self.saw_refunds(&order, &known)?;
        let mut origins =
            self.orders.get(&id).map(|order| order.origins.clone()).unwrap_or_default();
        if let Err(what) = self.check_origin(&id, origins.last(), &order.origin, &order.state) {
            return wrong(what);
        }
        if origins.last() != Some(&order.origin) {
            origins.push(order.origin);
        }
        let next = OrderModel {
            origins,
            refunds,
            merchant: order.merchant.into_owned(),
            amount: order.amount,
            category: order.category.into_owned(),
            expires_at: order.expires_at,
            state: order.state,
        };
        let Some(known) = self.orders.get(&id) else {
            let of_bill = next.origins.iter().any(|origin| origin.name == "bill");
            if let Err(what) =
                if of_bill { self.check_bill_order(&id, next.amount) } else { Ok(()) }
            {
                return wrong(what);
            }
            // A bill that changes leaves an order that nobody asked for yet.
            let open = next.state == OrderState::Open
                || (of_bill && matches!(next.state, OrderState::Closed { .. }));
            let open = open && next.amount > 0;
            self.orders.insert(id.clone(), next);
            return if open { Ok(()) } else { wrong("was not made open") };
        };
        let (before, after) = (&known.state, &next.state);
        if known.merchant != next.merchant
            || known.amount != next.amount
            || known.expires_at != next.expires_at
            || known.category != next.category
        {
            return wrong("has changed what it asks for");
        }
        match (before, after) {
            (one, other) if one == other => {}
            (OrderState::Open, OrderState::Paid(payment)) if !payment.credited => {
                if payment.card.is_some() {
                    return wrong("is paid by a card that the bank was not asked for");
                }
                self.check_paid(&id, payment, next.amount)?;
            }
            (OrderState::Open, OrderState::Claimed(payment)) if !payment.credited => {
                if payment.card.as_ref().is_none_or(|part| part.amount <= 0) {
                    return wrong("is claimed for no card");
                }
                self.check_paid(&id, payment, next.amount)?;
                self.change_case(&payment.operation, |case| case.claimed = true);
            }
            (OrderState::Claimed(claim), OrderState::Paid(payment)) if claim == payment => {
                self.check_paid(&id, payment, next.amount)?;
                if self.cases.get(&payment.operation).is_none_or(|case| case.bank != Some(true)) {
                    return wrong("is paid, and the bank does not say so");
                }
            }
            (OrderState::Claimed(claim), OrderState::Open) => {
                let case = self.cases.get(&claim.operation);
                if !case.is_some_and(|case| case.bank == Some(false) && !case.in_flight) {
                    return wrong("is given back, and may yet be paid");
                }
            }
            (OrderState::Open, OrderState::Closed { .. }) => {}
            (OrderState::Paid(one), OrderState::Paid(other))
                if !one.credited && *other == (Payment { credited: true, ..one.clone() }) =>
            {
                let booked = |case: &Case| case.booked && (case.card_part == 0 || case.cleared);
                if !self.cases.get(&one.operation).is_some_and(booked) {
                    return wrong("notes a credit that was not given");
                }
            }
            _ => return wrong(&format!("went from {before:?} to {after:?}")),
        }
        if next.paid_by().is_some()
            && let Err(what) = self.check_bill_paid(&id)
        {
            return wrong(what);
        }
        self.orders.insert(id, next);
        Ok(())
    }

    fn check_paid(&self, id: &str, payment: &Payment, amount: i64) -> Result<(), Violation> {
        let Payment { operation, payer, entry, .. } = payment;
        let wrong =
            |what: &str| Err(Violation::new(format!("order {id} {what}"), &[id, operation, payer]));
        let asked = format!("{id} {amount}");
        let Some(case) = self.cases.get(operation) else {
            return wrong("is paid by an unknown operation");
        };
        if case.account != *payer || case.order.as_deref() != Some(id) {
            return wrong("is paid by an operation for another order");
        }
        if !case.in_flight || !case.moved || case.reversed {
            return wrong("is paid by an operation that is not in flight");
        }
        let journal = self.accounts.get(payer).map(|account| &account.journal);
        if !journal.is_some_and(|journal| journal.holds(entry.sequence, &entry.hash)) {
            return wrong("is paid by an entry that is not there");
        }
        let told =
            |(of, answer): &(String, Answer)| *of == asked && matches!(answer, Answer::Refused(_));
        if case.answers.iter().any(told) {
            return wrong("is paid by an operation that was refused");
        }
        Ok(())
    }

    pub(super) fn saw_operation(&mut self, operation: Operation<'_>) -> Result<(), Violation> {
        let id = operation.id.clone().into_owned();
        let Some(next) = State::of(&operation.state.name) else {
            return Err(Violation::new(format!("{id} has an unknown state"), &[&id]));
        };
        let kind = Kind::of(&operation.kind.name);
        let account = operation.account.clone().into_owned();
        if kind == Kind::Adjustment
            && let Err(what) = self.saw_adjustment(&operation)
        {
            return Err(Violation::new(format!("{id} {what}"), &[&id, &account]));
        }
        let approved = self.decision_of(&id);
        let what = self.change_case(&id, |case| {
            case.account.clone_from(&account);
            case.kind = kind;
            let payee = operation.kind.body.get("payee").and_then(Value::as_str);
            case.payee = payee.map(str::to_owned);
            let direction = operation.kind.body.get("direction").and_then(Value::as_str);
            case.takes = direction == Some("debit");
            match kind {
                kind if kind.has_document() => step(case, next, &operation, approved),
                _ => archive(case, next, operation.reason()),
            }
        });
        match what {
            None => Ok(()),
            Some(what) => Err(Violation::new(format!("{id} {what}"), &[&id, &account])),
        }
    }

    /// The outcome of a credited top up is written before its account forgets it, and so is that
    /// of what was given up, perhaps before it had a document.
    pub(super) fn saw_outcome(&mut self, outcome: Operation<'_>) -> Result<(), Violation> {
        let id = &*outcome.id;
        let case = self.cases.get(id);
        let credited = case.is_some_and(|case| {
            case.kind == Kind::TopUp && case.moved && case.amount == outcome.amount
        });
        let given_up = case.is_some_and(|case| {
            let known = case.outcome.as_ref().and_then(|outcome| outcome.as_ref().err());
            !case.moved && known.is_some() && known == outcome.reason()
        });
        match State::of(&outcome.state.name) {
            Some(State::Succeeded) if credited => return Ok(()),
            Some(State::Failed) if given_up => return Ok(()),
            _ => {}
        }
        Err(Violation::new(format!("{id} is archived with another outcome"), &[id]))
    }

    /// The bank is asked for money, or below zero to pay some out: only what was written
    /// down first.
    ///
    /// # Errors
    /// That it was not, or asks for something else.
    pub fn saw_money_asked(
        &mut self,
        operation: &str,
        agreement: &str,
        amount: i64,
    ) -> Result<(), Violation> {
        let wrong = |what: &str| {
            Err(Violation::new(format!("the bank is asked for {operation}, {what}"), &[operation]))
        };
        let Some(case) = self.cases.get(operation) else { return wrong("which nobody knows") };
        let written = case.claimed || case.part_of_refund.is_some();
        if !written && matches!(case.state, None | Some(State::Created)) {
            return wrong("which has not been requested");
        }
        if case.state == Some(State::Failed) && case.bank.is_none() {
            return wrong("which has failed");
        }
        if case.at_the_bank() != amount {
            return wrong("for another amount");
        }
        let account = self.accounts.get(&case.account);
        if !account.is_some_and(|account| account.has_agreement(agreement)) {
            return wrong("with a card that is not bound");
        }
        Ok(())
    }

    /// The bank has moved money for an operation, or never will.
    ///
    /// # Errors
    /// That money moved for an operation that has failed or was refused.
    pub fn saw_bank_decide(
        &mut self,
        operation: &str,
        amount: i64,
        moved: bool,
    ) -> Result<(), Violation> {
        let (failed, refused, same) = self.change_case(operation, |case| {
            case.bank = Some(moved);
            // A key may have been used for another order, which was refused.
            let refused = case.kind.has_document() && case.was_refused();
            (case.state == Some(State::Failed), refused, case.at_the_bank() == amount)
        });
        if moved && (failed || refused || !same) {
            let what = format!("the bank moved {amount} fen for {operation}, which moves nothing");
            return Err(Violation::new(what, &[operation]));
        }
        Ok(())
    }
}

/// A step of an operation's document.
fn step(
    case: &mut Case,
    next: State,
    operation: &Operation<'_>,
    approved: Option<bool>,
) -> Option<&'static str> {
    let before = case.state.replace(next);
    if before.is_none() {
        case.amount = operation.amount;
    }
    let own = adjustments::check_step(case, before, next, approved);
    if let Some(verdict) = own.or_else(|| check_step(case, before, next)) {
        return verdict.err();
    }
    let wrong = match (before, next) {
        (None, State::Created) => return None,
        (Some(one), other) if one == other => return None,
        (Some(State::Created), State::Requested) if case.in_flight => return None,
        (Some(State::Created), State::Requested) => "is requested without being authorised",
        (Some(State::Created), State::Failed) if !case.in_flight => return None,
        (Some(State::Created), State::Failed) => "fails while it is in flight",
        (Some(State::Requested), State::Debited) if case.bank == Some(true) => return None,
        (Some(State::Requested), State::Debited) => "counts as debited, and the bank says no",
        (Some(State::Requested), State::Failed) if case.bank == Some(false) => return None,
        (Some(State::Requested), State::Failed) => "failed although the bank has not said so",
        (Some(State::Requested), State::PaidOut) if case.bank == Some(true) => return None,
        (Some(State::Requested), State::PaidOut) => "counts as paid out, and the bank says no",
        (Some(State::Debited | State::PaidOut), State::Succeeded) if case.moved && case.booked => {
            return None;
        }
        (Some(State::Debited | State::PaidOut), State::Succeeded) => {
            "succeeded before both journals have it"
        }
        _ => "took a step that there is not",
    };
    Some(wrong)
}

/// The outcome of a payment, as it is archived.
fn archive(case: &mut Case, next: State, reason: Option<&Value>) -> Option<&'static str> {
    case.state = Some(next);
    match (&case.outcome, next) {
        (Some(Ok(())), State::Succeeded) => None,
        (Some(Err(known)), State::Failed) if Some(known) == reason => None,
        _ => Some("is archived with another outcome"),
    }
}
