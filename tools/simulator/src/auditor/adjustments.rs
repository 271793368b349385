//! What the auditor checks of adjustments: two operators, and one movement on both sides.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::documents::{Entry, Operation};
use super::{Auditor, Case, Kind, State};
use crate::history::Violation;

/// What is known of adjustments.
#[derive(Debug, Default)]
pub struct Adjustments {
    /// What stands of each, and who decided what about it.
    known: BTreeMap<String, (Value, Option<Value>)>,
    /// Who proposed each, as the operators did.
    proposed: BTreeMap<String, String>,
    /// Who went to decide what about each: approved or not.
    asked: BTreeMap<String, BTreeSet<(String, bool)>>,
}

impl Auditor {
    /// An operator proposes an adjustment.
    pub fn heard_proposal(&mut self, operation: &str, maker: &str) {
        self.adjustments.proposed.insert(operation.to_owned(), maker.to_owned());
    }

    /// An operator goes to decide about an adjustment.
    pub fn heard_decision(&mut self, operation: &str, checker: &str, approved: bool) {
        let asked = self.adjustments.asked.entry(operation.to_owned()).or_default();
        asked.insert((checker.to_owned(), approved));
    }

    /// An operator is told that an adjustment has moved its money.
    ///
    /// # Errors
    /// That it has not.
    pub fn check_adjusted(&self, operation: &str) -> Result<(), Violation> {
        let done = |case: &Case| case.moved && case.booked && case.state == Some(State::Succeeded);
        if self.cases.get(operation).is_some_and(done) {
            return Ok(());
        }
        Err(Violation::new(format!("{operation} is said to be adjusted"), &[operation]))
    }

    /// Whether an adjustment waits for its decision: its mark may stand.
    pub(super) fn is_undecided(&self, operation: &str) -> bool {
        let waits =
            |case: &Case| case.kind == Kind::Adjustment && case.state == Some(State::Created);
        self.cases.get(operation).is_some_and(waits)
    }

    /// The decision of an adjustment stands once, by another than its maker, as both asked for it.
    pub(super) fn saw_adjustment(&mut self, operation: &Operation<'_>) -> Result<(), &'static str> {
        let mut terms = operation.kind.body.clone();
        let decision = terms.as_object_mut().and_then(|terms| terms.remove("decision"));
        let text = |field: &str| terms.get(field).and_then(Value::as_str).map(str::to_owned);
        let id = operation.id.as_ref();
        let maker = self.adjustments.proposed.get(id);
        if maker.is_none() || maker.cloned() != text("maker") {
            return Err("is another operator's proposal");
        }
        let next = (terms.clone(), decision.clone());
        let known = self.adjustments.known.insert(id.to_owned(), next);
        let (before, decided) = known.unwrap_or((terms.clone(), None));
        if before != terms {
            return Err("has changed what was proposed");
        }
        if decided == decision {
            return Ok(());
        }
        let Some(decision) = decision.filter(|_| decided.is_none()) else {
            return Err("is decided a second time");
        };
        let checker = decision.get("checker").and_then(Value::as_str).unwrap_or_default();
        let approved = decision.get("approved").and_then(Value::as_bool).unwrap_or_default();
        if text("maker").as_deref() == Some(checker) {
            return Err("is decided by its maker");
        }
        let asked = self.adjustments.asked.get(id);
        if !asked.is_some_and(|asked| asked.contains(&(checker.to_owned(), approved))) {
            return Err("is decided by nobody who asked for that");
        }
        let number = |value: &Value, field: &str| value.get(field).and_then(Value::as_u64);
        if number(&decision, "at") >= number(&terms, "expires_at") {
            return Err("is decided after its time");
        }
        if approved && !self.is_marked(id) {
            return Err("is approved without a mark");
        }
        Ok(())
    }

    /// Whether an adjustment is approved: the document says so, and that was looked at.
    pub(super) fn decision_of(&self, operation: &str) -> Option<bool> {
        let (_, decision) = self.adjustments.known.get(operation)?;
        decision.as_ref()?.get("approved")?.as_bool()
    }
}

impl Case {
    const fn adjusts_by(&self) -> i64 {
        if self.takes { -self.amount } else { self.amount }
    }

    /// What of an adjustment stands in one journal only.
    pub(super) fn adjustment_in_flight(&self) -> i128 {
        let open = matches!(self.state, Some(State::Requested | State::PaidOut));
        if open && self.moved && !self.booked { -i128::from(self.adjusts_by()) } else { 0 }
    }

    /// Whether its account may forget it.
    pub(super) const fn is_noted_by_holder(&self) -> bool {
        matches!(self.state, Some(State::PaidOut | State::Succeeded | State::Failed))
    }
}

/// An entry of an adjustment in its account's journal.
pub(super) fn check_adjusted(
    case: &mut Case,
    account: &str,
    entry: &Entry<'_>,
) -> Option<&'static str> {
    let wrong = match () {
        () if case.kind != Kind::Adjustment => Some("adjusts by no adjustment"),
        () if case.moved => Some("adjusts twice"),
        () if case.account != account => Some("adjusts another account"),
        () if case.state != Some(State::Requested) => Some("adjusts out of turn"),
        () if entry.by_card != 0 => Some("says that a card pays a part"),
        () if entry.amount != case.adjusts_by() => Some("adjusts by another amount"),
        () => None,
    };
    case.moved = true;
    wrong
}

/// The other side of an adjustment.
pub(super) fn check_other_side(
    case: &Case,
    owner: &str,
    entry: &Entry<'_>,
) -> Option<&'static str> {
    match () {
        () if case.kind != Kind::Adjustment => Some("is booked as an adjustment"),
        () if owner != "adjustments" => Some("is booked elsewhere"),
        () if case.state != Some(State::PaidOut) => Some("is booked out of turn"),
        () if !case.moved => Some("is booked and its account has not taken it"),
        () if entry.amount != -case.adjusts_by() => Some("is booked by another amount"),
        () => None,
    }
}

/// A step of an adjustment's document; none if it is not one of an adjustment's own.
pub(super) fn check_step(
    case: &Case,
    before: Option<State>,
    next: State,
    approved: Option<bool>,
) -> Option<Result<(), &'static str>> {
    if case.kind != Kind::Adjustment {
        return None;
    }
    let verdict = match (before, next) {
        (None, State::Created) if approved.is_none() => Ok(()),
        (Some(State::Created), State::Requested) if approved == Some(true) => Ok(()),
        (Some(State::Created), State::Requested) => Err("moves money and nobody has approved it"),
        (Some(State::Created), State::Failed) if approved != Some(true) => Ok(()),
        (Some(State::Requested), State::PaidOut) if case.moved => Ok(()),
        (Some(State::Requested), State::PaidOut) => Err("counts as taken, and is not"),
        (Some(State::Requested), State::Failed) if !case.moved && case.taken == Some(false) => {
            Ok(())
        }
        (Some(State::Requested), State::Failed) => Err("failed, and its account did not refuse it"),
        (Some(State::PaidOut), State::Succeeded) if case.moved && case.booked => Ok(()),
        (Some(State::PaidOut), State::Succeeded) => Err("succeeded before both journals have it"),
        (Some(one), other) if one == other => Ok(()),
        _ => Err("took a step that there is not"),
    };
    Some(verdict)
}
