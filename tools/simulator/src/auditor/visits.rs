//! What the auditor checks of visits: the split that a payer saw, the insurer's part and the
//! cash, which are both paid or neither, and what goes back.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Auditor;
use super::documents::{Order, OrderState, Variant};
use super::refunds::Part;
use crate::history::Violation;
use crate::insurer::Settlement;

/// A visit as it lies in the store.
#[derive(Debug, Clone, Deserialize)]
pub struct Visit {
    id: String,
    #[serde(default)]
    cover: Option<serde_json::Value>,
    lines: Vec<Line>,
    state: Variant,
    #[serde(default)]
    refunds: Vec<VisitRefund>,
}

#[derive(Debug, Clone, Deserialize)]
struct Line {
    split: Split,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
struct Split {
    pooled: i64,
    personal: i64,
    family: i64,
    other: i64,
    cash: i64,
}

#[derive(Debug, Clone, Deserialize)]
struct VisitRefund {
    id: String,
    lines: Vec<u16>,
    state: Variant,
}

/// What the insurer has decided, by request id: the lines that it settled or gave back, or
/// none if it refused.
type Decided = BTreeMap<String, Settlement>;

/// What is known of all visits.
#[derive(Debug, Default)]
pub struct Visits {
    known: BTreeMap<String, Visit>,
    decided: Decided,
}

impl Visits {
    /// Each visit, whether it has ended after its payer confirmed it, and how many refunds it has.
    pub(super) fn known(&self) -> impl Iterator<Item = (&str, bool, u64)> {
        self.known.iter().map(|(id, visit)| {
            let ended = visit.confirmed().is_some() && !visit.is_open();
            (id.as_str(), ended, visit.refunds.len() as u64)
        })
    }
}

impl Split {
    const fn parts(&self) -> [i64; 5] {
        [self.pooled, self.personal, self.family, self.other, self.cash]
    }
}

impl Visit {
    fn confirmed(&self) -> Option<&serde_json::Value> {
        let body = &self.state.body;
        match self.state.name.as_str() {
            "committing" | "awaiting_cash" => Some(body),
            "settled" | "reversing" | "closed" => body.get("by").filter(|by| !by.is_null()),
            _ => None,
        }
    }

    fn order(&self) -> Option<&str> {
        self.confirmed()?.get("order")?.as_str()
    }

    fn cash(&self) -> i64 {
        self.lines.iter().map(|line| line.split.cash).sum()
    }

    fn shown(&self) -> BTreeMap<u16, [i64; 5]> {
        (1..).zip(self.lines.iter().map(|line| line.split.parts())).collect()
    }

    fn is_open(&self) -> bool {
        matches!(self.state.name.as_str(), "committing" | "awaiting_cash" | "reversing")
    }

    fn cash_of(&self, refund: &VisitRefund) -> i64 {
        let shown = self.shown();
        refund.lines.iter().filter_map(|line| shown.get(line)).map(|parts| parts[4]).sum()
    }
}

impl VisitRefund {
    fn is_open(&self) -> bool {
        matches!(self.state.name.as_str(), "requested" | "insurer_done")
    }

    fn holds_lines(&self) -> bool {
        !matches!(self.state.name.as_str(), "refused" | "replaced")
    }
}

impl Auditor {
    /// A visit goes forward only, and as insurer and order say.
    pub(super) fn saw_visit(&mut self, next: Visit) -> Result<(), Violation> {
        let id = next.id.clone();
        let wrong = |what: &str| Err(Violation::new(format!("{id} {what}"), &[&id]));
        let Some(before) = self.visits.known.get(&id).cloned() else {
            let parts = next.lines.iter().flat_map(|line| line.split.parts());
            if next.state.name != "presettled" || parts.into_iter().any(|part| part < 0) {
                return wrong("was not made with a split of its lines");
            }
            self.visits.known.insert(id, next);
            return Ok(());
        };
        if before.shown() != next.shown() {
            return wrong("has changed its lines");
        }
        if before.state.name != next.state.name {
            if let Some(what) = self.check_visit_step(&before, &next) {
                return wrong(what);
            }
        } else if before.confirmed() != next.confirmed() {
            return wrong("has changed who confirmed it");
        }
        self.check_visit_refunds(&before, &next)?;
        self.visits.known.insert(id, next);
        Ok(())
    }

    fn check_visit_step(&self, before: &Visit, next: &Visit) -> Option<&'static str> {
        let commit = self.visits.decided.get(&next.id);
        let settled = commit.and_then(|commit| commit.lines.clone());
        let as_shown = settled.as_ref() == Some(&next.shown());
        let insured = next.cover.is_none() || as_shown;
        let order = next.order().and_then(|order| self.orders.get(order));
        let paid = order.is_some_and(|order| order.paid_by().is_some());
        match (before.state.name.as_str(), next.state.name.as_str()) {
            ("presettled", "committing") if !self.is_marked(&next.id) => {
                Some("is confirmed without a pending mark")
            }
            ("presettled", "committing") if (next.cash() > 0) != order.is_some() => {
                Some("is confirmed without an order for its cash")
            }
            ("presettled", "committing" | "closed") => None,
            ("committing", "awaiting_cash") if !insured => Some("goes on uninsured"),
            ("committing", "awaiting_cash") => None,
            ("committing", "settled") if insured && next.cash() == 0 => None,
            ("committing", "settled") => Some("is settled without its cash"),
            ("committing", "reversing") if settled.is_some() && !as_shown => None,
            ("committing", "reversing") => Some("is given back for nothing"),
            ("committing", "closed") if commit.is_some() && settled.is_none() => None,
            ("committing", "closed") => Some("is closed, and the insurer may settle"),
            ("awaiting_cash", "settled") if paid => None,
            ("awaiting_cash", "settled") => Some("is settled, and its order is not paid"),
            ("awaiting_cash", "reversing" | "closed") if !self.is_closed(next.order()) => {
                Some("is given up, and its order can be paid")
            }
            ("awaiting_cash", "reversing") => None,
            ("awaiting_cash", "closed") if next.cover.is_none() => None,
            ("awaiting_cash", "closed") => Some("is closed, and the insurer has settled"),
            ("reversing", "closed") if self.is_given_back(next) => None,
            ("reversing", "closed") => Some("is closed, and not given back"),
            _ => Some("took a step that there is not"),
        }
    }

    fn is_closed(&self, order: Option<&str>) -> bool {
        let order = order.and_then(|order| self.orders.get(order));
        order.is_some_and(|order| matches!(order.state, OrderState::Closed { .. }))
    }

    fn is_given_back(&self, visit: &Visit) -> bool {
        self.insurer_owes(&visit.id) == 0
    }

    /// What the insurer owes for a visit.
    fn insurer_owes(&self, visit: &str) -> i64 {
        let of_it = self.visits.decided.values().filter(|known| known.commit == visit);
        of_it
            .map(|known| {
                let lines = known.lines.iter().flat_map(BTreeMap::values);
                let sum: i64 = lines.map(|parts| parts[..4].iter().sum::<i64>()).sum();
                if known.reverses { -sum } else { sum }
            })
            .sum()
    }

    /// The cash that refunds of a visit's order have given back or are sure to.
    fn cash_given_back(&self, order: &str) -> i64 {
        let cases = self.cases.values().filter(|case| case.order.as_deref() == Some(order));
        let given = cases.filter(|case| {
            matches!(
                case.part_of_refund,
                Some(Part::Credited | Part::PaidOut | Part::Noted | Part::Done)
            )
        });
        given.map(|case| case.amount).sum()
    }

    fn check_visit_refunds(&self, before: &Visit, next: &Visit) -> Result<(), Violation> {
        let id = &next.id;
        let mut held: BTreeMap<u16, &str> = BTreeMap::new();
        for refund in &next.refunds {
            let wrong = |what: &str| {
                Err(Violation::new(format!("{} of {id} {what}", refund.id), &[id, &refund.id]))
            };
            let known = before.refunds.iter().find(|known| known.id == refund.id);
            if refund.is_open() && next.state.name != "settled" {
                return wrong("is accepted for a visit that is not settled");
            }
            if refund.holds_lines() {
                for line in &refund.lines {
                    if held.insert(*line, &refund.id).is_some() || !next.shown().contains_key(line)
                    {
                        return wrong("gives a line back once more");
                    }
                }
            }
            if let Some(what) = self.check_refund_step(next, known, refund) {
                return wrong(what);
            }
        }
        let lost = before
            .refunds
            .iter()
            .find(|known| !next.refunds.iter().any(|refund| refund.id == known.id));
        match lost {
            Some(refund) => Err(Violation::new(format!("{id} has lost {}", refund.id), &[id])),
            None => Ok(()),
        }
    }

    fn check_refund_step(
        &self,
        visit: &Visit,
        known: Option<&VisitRefund>,
        refund: &VisitRefund,
    ) -> Option<&'static str> {
        let decided = self.visits.decided.get(&refund.id);
        let given_back = decided.is_some_and(|known| known.lines.is_some());
        let insurer_done = visit.cover.is_none() || given_back;
        let next = refund.state.name.as_str();
        match (known.map(|known| known.state.name.as_str()), next) {
            (None, "requested" | "insurer_done") if !self.is_marked(&refund.id) => {
                Some("is accepted without a pending mark")
            }
            (None, "requested" | "insurer_done" | "refused") => None,
            (Some(one), other) if one == other => None,
            (Some("requested"), "insurer_done") if insurer_done => None,
            (Some("requested"), "insurer_done") => Some("goes on, and the insurer has not"),
            (Some("requested"), "refused") if decided.is_some() && !given_back => None,
            (Some("requested"), "refused") => Some("is refused, and the insurer may give back"),
            (Some("insurer_done"), "done") => {
                let done = visit.refunds.iter().filter(|known| known.state.name == "done");
                let due: i64 = done.map(|known| visit.cash_of(known)).sum();
                let given = visit.order().map_or(0, |order| self.cash_given_back(order));
                (given < due).then_some("is done, and the cash is not given back")
            }
            (Some("insurer_done"), "cash_refused") | (Some("cash_refused"), "replaced") => None,
            _ => Some("took a step that there is not"),
        }
    }

    /// An order for a visit's cash gets its payer once the visit waits for it.
    pub(super) fn check_visit_payer(
        &self,
        order: &str,
        before: &serde_json::Value,
        now: &serde_json::Value,
    ) -> Result<(), &'static str> {
        let visit = now.get("visit").and_then(|visit| self.visits.known.get(visit.as_str()?));
        let confirmed = visit.and_then(Visit::confirmed);
        let payer = confirmed.and_then(|by| by.get("payer"));
        let committing = visit.is_none_or(|visit| visit.state.name == "committing");
        if before.get("payer").is_some() || before.get("visit") != now.get("visit") {
            Err("has changed whose visit it is for")
        } else if committing || visit.and_then(Visit::order) != Some(order) {
            Err("has a payer before its visit waits for the cash")
        } else if payer != now.get("payer") {
            Err("has another payer than its visit")
        } else {
            Ok(())
        }
    }

    /// An order for a visit's cash is paid only while the visit waits for it, by who confirmed.
    pub(super) fn check_order_of_visit(&self, order: &Order<'_>) -> Result<(), Violation> {
        let (OrderState::Claimed(payment) | OrderState::Paid(payment)) = &order.state else {
            return Ok(());
        };
        let Some(id) = order.visit() else { return Ok(()) };
        if self.orders.get(&*order.id).is_some_and(|known| known.state == order.state) {
            return Ok(());
        }
        let wrong =
            |what: &str| Err(Violation::new(format!("{} {what}", order.id), &[&order.id, id]));
        let Some(visit) = self.visits.known.get(id) else { return wrong("is of no visit") };
        if visit.order() != Some(&*order.id) || visit.cash() != order.amount {
            return wrong("is not the one of its visit");
        }
        let payer = visit.confirmed().and_then(|by| by.get("payer")?.as_str());
        if payer != Some(payment.payer.as_str()) {
            return wrong("is paid by another than its visit's payer");
        }
        let noted = matches!(&order.state, OrderState::Paid(payment) if payment.credited);
        if visit.state.name != "awaiting_cash" && !noted {
            return wrong("is paid while its visit does not wait for it");
        }
        Ok(())
    }

    /// The insurer is asked to settle a visit, or to give some of it back: only what was
    /// written down first.
    ///
    /// # Errors
    /// That it was not.
    pub fn saw_insurer_asked(
        &self,
        request: &str,
        commit: &str,
        reverses: bool,
    ) -> Result<(), Violation> {
        let wrong = |what: &str| {
            Err(Violation::new(format!("the insurer is asked for {request}, {what}"), &[commit]))
        };
        let Some(visit) = self.visits.known.get(commit) else { return wrong("an unknown visit") };
        if visit.confirmed().is_none() {
            return wrong("which nobody has confirmed");
        }
        let refund = visit.refunds.iter().any(|refund| refund.id == request);
        let whole = matches!(visit.state.name.as_str(), "reversing" | "closed");
        if reverses && !refund && !whole {
            return wrong("which is not to be given back");
        }
        Ok(())
    }

    /// The insurer has settled or given back, or never will.
    ///
    /// # Errors
    /// That it settled what is closed.
    pub fn saw_insurer_decide(&mut self, id: &str, known: &Settlement) -> Result<(), Violation> {
        self.visits.decided.insert(id.to_owned(), known.clone());
        let visit = self.visits.known.get(&known.commit);
        let closed = visit.is_some_and(|visit| visit.state.name == "closed");
        if closed && !known.reverses && known.lines.is_some() {
            let what = format!("the insurer has settled {id}, which is closed");
            return Err(Violation::new(what, &[id]));
        }
        Ok(())
    }

    /// Whether a visit or a refund of one is under way and so needs a mark.
    pub(super) fn is_open_visit(&self, subject: &str) -> bool {
        match self.visits.known.get(subject) {
            Some(visit) => visit.is_open(),
            None => {
                let visits = self.visits.known.values();
                visits.flat_map(|visit| &visit.refunds).any(|r| r.id == subject && r.is_open())
            }
        }
    }

    /// Looks at the visits after everything has come to its end: the insurer's books and ours
    /// agree in each, and so does the cash.
    ///
    /// # Errors
    /// What is still open, or differs.
    pub fn check_visits_settled(&self) -> Result<(), Violation> {
        for (id, visit) in &self.visits.known {
            let wrong = |what: String| Err(Violation::new(format!("{id} {what}"), &[id]));
            if visit.is_open() || visit.refunds.iter().any(VisitRefund::is_open) {
                return wrong(format!("is {} for ever", visit.state.name));
            }
            let left: Vec<[i64; 5]> = if visit.state.name == "settled" && visit.cover.is_some() {
                let gone = |line: &u16| {
                    visit.refunds.iter().any(|r| r.holds_lines() && r.lines.contains(line))
                };
                visit.shown().into_iter().filter(|(line, _)| !gone(line)).map(|(_, p)| p).collect()
            } else {
                Vec::new()
            };
            let owed: i64 = left.iter().map(|parts| parts[..4].iter().sum::<i64>()).sum();
            let owes = self.insurer_owes(id);
            if owed != owes {
                return wrong(format!("is owed {owed} by the insurer, whose books say {owes}"));
            }
            let done = visit.refunds.iter().filter(|refund| refund.state.name == "done");
            let due: i64 = done.map(|refund| visit.cash_of(refund)).sum();
            let given = visit.order().map_or(0, |order| self.cash_given_back(order));
            if due != given {
                return wrong(format!("gives {given} of cash back, and {due} are due"));
            }
        }
        Ok(())
    }
}
