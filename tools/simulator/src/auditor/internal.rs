//! What the auditor checks of internal accounts: merchants and bank clearing.

use std::collections::BTreeSet;

use super::adjustments::check_other_side;
use super::documents::{Entry, Internal};
use super::refunds::{Part, check_debit};
use super::{Auditor, Case, Kind, State};
use crate::history::Violation;

impl Auditor {
    pub(super) fn saw_internal(
        &mut self,
        owner: &str,
        internal: Internal<'_>,
    ) -> Result<(), Violation> {
        let model = self.internals.entry(owner.to_owned()).or_default();
        let before = model.balance();
        let fresh = model.take(owner, internal.journal)?;
        self.balances += model.balance() - before;
        for entry in &fresh {
            self.check_booking(owner, entry)?;
        }
        let remembered: BTreeSet<String> =
            internal.applied.iter().map(|applied| applied.operation.to_string()).collect();
        self.check_remembered(owner, remembered)
    }

    /// A new entry of an internal journal: due by its arbiter, and only once.
    fn check_booking(&mut self, owner: &str, entry: &Entry<'_>) -> Result<(), Violation> {
        let operation = &*entry.operation;
        let order = self.cases.get(operation).and_then(|case| case.order.clone());
        let order = order.and_then(|order| self.orders.get(&order));
        let name = owner.rsplit_once('.').map_or(owner, |(name, _)| name);
        let owns = order.is_some_and(|order| order.merchant == name);
        let due = owns
            && order
                .is_some_and(|order| order.is_paid_by(operation) && order.amount == entry.amount);
        if name == "bank_clearing" && matches!(&*entry.kind, "payment" | "refund") {
            let paid = order.is_some_and(|order| order.is_paid_by(operation));
            let what = self.change_case(operation, |case| case.clear(entry, paid));
            return match what {
                None => Ok(()),
                Some(what) => Err(Violation::new(
                    format!("{operation} {what} in {owner}"),
                    &[operation, owner],
                )),
            };
        }
        if matches!(&*entry.kind, "settlement" | "settlement_fee") {
            let what = self.change_case(operation, |case| case.book_settlement(name, entry));
            return what.map_or(Ok(()), |what| {
                let what = format!("{operation} {what} in {owner}");
                Err(Violation::new(what, &[operation, owner]))
            });
        }
        let what = self.change_case(operation, |case| {
            let what = match &*entry.kind {
                _ if case.booked => Some("is booked twice"),
                "payment" if !due => Some("is credited to a merchant who is not owed it"),
                "payment" => None,
                "top_up" if case.kind != Kind::TopUp => Some("is booked as a top up"),
                "top_up" if case.state != Some(State::Debited) => Some("is booked out of turn"),
                "top_up" if !case.moved => Some("is booked before it is credited"),
                "top_up" if entry.amount != -case.amount => Some("is booked by another amount"),
                "top_up" => None,
                "withdrawal" if case.kind != Kind::Withdrawal => Some("is booked as a withdrawal"),
                "withdrawal" if case.state != Some(State::PaidOut) => Some("is booked out of turn"),
                "withdrawal" if !case.moved || case.reversed => Some("is booked for nothing"),
                "withdrawal" if entry.amount != case.amount => Some("is booked by another amount"),
                "withdrawal" => None,
                "refund" | "wealth_redemption" if !owns => {
                    Some("is debited to a merchant who did not sell it")
                }
                "refund" | "wealth_redemption" => check_debit(case, entry),
                "adjustment" => check_other_side(case, name, entry),
                _ => Some("is booked as something unknown"),
            };
            case.booked = true;
            what
        });
        match what {
            None => Ok(()),
            Some(what) => {
                Err(Violation::new(format!("{operation} {what} in {owner}"), &[operation, owner]))
            }
        }
    }

    /// What an account forgets to have posted, its arbiter has noted.
    pub(super) fn check_remembered(
        &mut self,
        owner: &str,
        remembered: BTreeSet<String>,
    ) -> Result<(), Violation> {
        let before = self.remembered.insert(owner.to_owned(), remembered).unwrap_or_default();
        let now = &self.remembered[owner];
        for operation in before.difference(now) {
            let noted = self.cases.get(operation).is_some_and(|case| match &case.order {
                None if case.kind == Kind::Transfer => case.is_over(),
                // The owner of a shard has a point in its name, a holder's account has none.
                None if case.kind == Kind::Adjustment && !owner.contains('.') => {
                    case.is_noted_by_holder()
                }
                Some(_) if case.kind == Kind::Refund => case.is_noted_by(owner),
                Some(order) => {
                    self.orders.get(order).is_some_and(|order| order.has_noted(operation))
                }
                None => case.state == Some(State::Succeeded),
            });
            if !noted {
                let what = format!("{owner} forgot {operation} before it was noted");
                return Err(Violation::new(what, &[operation, owner]));
            }
        }
        Ok(())
    }
}

impl Case {
    /// Books a card's part in bank clearing; says what is wrong with that.
    fn clear(&mut self, entry: &Entry<'_>, paid: bool) -> Option<&'static str> {
        let expected = if self.kind == Kind::Refund { self.amount } else { -self.card_part };
        let due = match self.kind {
            Kind::Payment => paid && self.card_part > 0,
            _ => self.part_of_refund == Some(Part::Noted),
        };
        let what = match () {
            () if self.cleared => Some("is cleared twice"),
            () if !due || self.bank != Some(true) => Some("is cleared for nothing"),
            () if entry.amount != expected => Some("is cleared by another amount"),
            () => None,
        };
        self.cleared = true;
        what
    }
}
