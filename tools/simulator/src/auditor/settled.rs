//! Invariant 7 and the end of a run: nothing is in flight, and the bank's books and ours
//! agree.

use std::collections::BTreeMap;

use super::refunds::Part;
use super::{Answer, Auditor, Kind, OrderModel};
use crate::history::Violation;

impl Auditor {
    /// Looks at the books after everything has come to its end.
    ///
    /// # Errors
    /// What is still open, or where the bank's books differ from ours.
    pub fn check_settled<'a>(
        &self,
        bank: impl Iterator<Item = (&'a str, i64)>,
    ) -> Result<(), Violation> {
        for (id, account) in &self.accounts {
            if let Some(operation) = account.in_flight().next() {
                let what = format!("{operation} is in flight for ever");
                return Err(Violation::new(what, &[operation, id]));
            }
        }
        for (id, case) in &self.cases {
            let wrong =
                |what: &str| Err(Violation::new(format!("{id} {what}"), &[id, &case.account]));
            if case.kind.has_document() && case.is_open() {
                return wrong("never came to an end");
            }
            if case.part_of_refund.is_some_and(Part::is_open) {
                return wrong("is a refund that never came to an end");
            }
            let moved = (case.moved && !case.reversed) || (case.from_card && case.cleared);
            if moved != case.booked {
                return wrong("stands in one journal only");
            }
            if case.card_part > 0 && case.cleared != case.booked {
                return wrong("is not cleared as it is booked");
            }
            let paid = case.order.as_ref().and_then(|order| self.orders.get(order));
            let paid = paid.is_some_and(|order| order.is_paid_by(id));
            if case.kind == Kind::Payment && paid != case.booked {
                return wrong("is paid and not booked, or booked and not paid");
            }
            if paid && !case.order.as_ref().is_some_and(|order| self.noted(order, id)) {
                return wrong("was never noted as credited");
            }
        }
        if let Some(case) = self.untold() {
            return Err(Violation::new(format!("{case} is never told of"), &[case]));
        }
        if let Some((id, _)) = self.orders.iter().find(|(_, order)| order.is_claimed()) {
            return Err(Violation::new(format!("{id} is claimed for ever"), &[id]));
        }
        if self.in_flight != 0 || self.balances != 0 {
            let what = format!("{} fen are in flight for ever", self.in_flight);
            return Err(Violation::new(what, &[]));
        }
        self.compare_with_bank(bank.collect())
    }

    fn noted(&self, order: &str, operation: &str) -> bool {
        self.orders.get(order).is_some_and(|order: &OrderModel| order.has_noted(operation))
    }

    fn compare_with_bank(&self, bank: BTreeMap<&str, i64>) -> Result<(), Violation> {
        let ours: BTreeMap<&str, i64> = self
            .cases
            .iter()
            .filter(|(_, case)| case.cleared || (case.kind.is_at_the_bank() && case.booked))
            .map(|(id, case)| (id.as_str(), case.at_the_bank()))
            .collect();
        let differs = |(id, amount): &(&&str, &i64), other: &BTreeMap<&str, i64>| {
            other.get(**id) != Some(*amount)
        };
        let here = ours.iter().find(|line| differs(line, &bank));
        let there = bank.iter().find(|line| differs(line, &ours));
        match here.or(there) {
            None => Ok(()),
            Some((id, amount)) => {
                let what = format!("the bank's books and ours differ in {id}, {amount} fen");
                Err(Violation::new(what, &[id]))
            }
        }
    }

    /// Whether a client was told of an operation what is kept for good: a success, or a
    /// refusal by the account.
    pub fn was_told(&self, operation: &str) -> bool {
        self.cases.get(operation).is_some_and(|case| {
            let kept = case.outcome.is_some() || case.kind.has_document();
            case.answers
                .iter()
                .any(|(_, answer)| kept || matches!(answer, Answer::Succeeded { .. }))
        })
    }

    /// The balance of a journal's owner over all its shards, fen.
    pub fn internal_balance(&self, name: &str) -> i128 {
        let of_name = |owner: &&String| owner.rsplit_once('.').is_some_and(|(n, _)| n == name);
        self.internals
            .iter()
            .filter(|(owner, _)| of_name(owner))
            .map(|(_, journal)| journal.balance())
            .sum()
    }
}
