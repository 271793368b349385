//! What the auditor checks of the entries of customers' journals, and of how operations end.

use serde_json::Value;

use super::account::AccountModel;
use super::adjustments::check_adjusted;
use super::documents::{Entry, Outcome};
use super::limits::Refunded;
use super::refunds::check_credit;
use super::transfers::{check_transfer, check_transfer_back};
use super::{Auditor, Case, Kind, State};
use crate::history::Violation;

impl Auditor {
    /// A new entry of the customer's journal: allowed by its arbiter, and only once.
    pub(super) fn check_entry(
        &mut self,
        id: &str,
        model: &mut AccountModel,
        entry: &Entry<'_>,
    ) -> Result<(), Violation> {
        let operation = &*entry.operation;
        let order = self.cases.get(operation).and_then(|case| case.order.clone());
        let order = order.and_then(|order| self.orders.get(&order));
        let decided_for_other = order.is_some_and(|order| order.is_lost_for(operation));
        let claimed = order.is_some_and(|order| order.is_claimed_by(operation));
        let order_amount = order.map(|order| order.amount);
        let from_others = model.may_take_from_others();
        let what = self.change_case(operation, |case| match &*entry.kind {
            "top_up" | "withdrawal" | "withdrawal_reversal" | "transfer" | "transfer_reversal"
                if entry.by_card != 0 =>
            {
                Some("says that a card pays a part")
            }
            "payment" | "payment_reversal" if entry.by_card != case.card_part => {
                Some("says that a card pays another part")
            }
            "transfer" => check_transfer(case, id, entry, from_others),
            "transfer_reversal" => check_transfer_back(case, entry),
            "payment" if case.moved => Some("is paid twice"),
            "payment" if !case.in_flight => Some("is paid and not in flight"),
            "payment" if order_amount != Some(case.card_part - entry.amount) => {
                Some("pays another amount")
            }
            "payment" => note(&mut case.moved),
            "payment_reversal" if !case.moved || case.reversed => Some("is reversed for nothing"),
            "payment_reversal" if !(decided_for_other || claimed && case.bank == Some(false)) => {
                Some("is reversed, and may yet be due")
            }
            "payment_reversal" if entry.amount != case.amount - case.card_part => {
                Some("reverses another amount")
            }
            "payment_reversal" => note(&mut case.reversed),
            "top_up" if case.moved => Some("is credited twice"),
            "top_up" if case.state != Some(State::Debited) => Some("is credited before the debit"),
            "top_up" if case.bank != Some(true) => Some("is credited for nothing"),
            "top_up" if entry.amount != case.amount => Some("credits another amount"),
            "top_up" => note(&mut case.moved),
            "withdrawal" if case.moved => Some("is withdrawn twice"),
            "withdrawal" if !case.in_flight => Some("is withdrawn and not in flight"),
            "withdrawal" if entry.amount != -case.amount => Some("withdraws another amount"),
            "withdrawal" => note(&mut case.moved),
            "withdrawal_reversal" if !case.moved || case.reversed => Some("comes back for nothing"),
            "withdrawal_reversal" if case.state != Some(State::Failed) => {
                Some("comes back, and may yet be due")
            }
            "withdrawal_reversal" if entry.amount != case.amount => Some("brings another amount"),
            "withdrawal_reversal" => note(&mut case.reversed),
            "refund" | "wealth_redemption" => check_credit(case, id, entry),
            "adjustment" => check_adjusted(case, id, entry),
            _ => Some("has an unknown kind"),
        });
        let wrong =
            |what: &str| Err(Violation::new(format!("{operation} {what}"), &[operation, id]));
        if let Some(what) = what {
            return wrong(what);
        }
        let refused = |case: &Case| {
            case.was_refused() && matches!(&*entry.kind, "top_up" | "withdrawal" | "transfer")
        };
        if self.cases.get(operation).is_some_and(refused) {
            return wrong("moves money after it was refused");
        }
        if model.status == "closed" {
            return wrong("moves money of an account that was closed");
        }
        model.funded |= entry.kind == "top_up";
        if entry.balance < 0 {
            return wrong("leaves a balance below zero");
        }
        if let Some(agreement) = self.cases.get(operation).and_then(|case| case.agreement.as_ref())
            && entry.kind == "payment_reversal"
        {
            model.wallets.reverse(agreement, entry.amount);
        }
        let refunded = self.refunded_payment(operation);
        let paid = refunded.as_ref().and_then(|payment| self.cases.get(payment));
        if let Some(agreement) = paid.and_then(|paid| paid.agreement.as_ref())
            && entry.kind == "refund"
        {
            model.wallets.reverse(agreement, entry.amount + entry.by_card);
        }
        let case = self.cases.get(operation);
        let from_card = case.is_some_and(|case| case.from_card);
        let refunded = refunded.as_deref().map(|payment| Refunded { payment, from_card });
        let meters = case.map_or(&[][..], |case| &case.meters);
        model
            .limits
            .count(entry, meters, refunded)
            .or_else(|what| wrong(&format!("leads to {what}")))
    }

    /// Each outcome fits what the journals say.
    pub(super) fn check_outcomes_moved(
        &mut self,
        id: &str,
        outcomes: &[Outcome<'_>],
    ) -> Result<(), Violation> {
        for outcome in outcomes {
            let operation = &*outcome.operation;
            let succeeded = outcome.outcome.name == "succeeded";
            let what = self.change_case(operation, |case| {
                case.account = id.to_owned();
                case.kind = Kind::of(&outcome.kind.name);
                let reason = || outcome.reason().cloned().unwrap_or(Value::Null);
                case.outcome = Some(if succeeded { Ok(()) } else { Err(reason()) });
                match case.kind {
                    _ if succeeded && (!case.moved || case.reversed) => {
                        Some("succeeded without its entry")
                    }
                    Kind::Payment if succeeded && !case.booked => {
                        Some("succeeded before its merchant was credited")
                    }
                    Kind::Withdrawal | Kind::Transfer
                        if succeeded && case.state != Some(State::Succeeded) =>
                    {
                        Some("succeeded before its operation has")
                    }
                    _ if !succeeded && case.moved && !case.reversed => {
                        Some("was refused and keeps its entry")
                    }
                    _ => None,
                }
            });
            if let Some(what) = what {
                return Err(Violation::new(format!("{operation} {what}"), &[operation, id]));
            }
        }
        Ok(())
    }
}

/// Notes a fact; there is nothing wrong with it.
fn note(fact: &mut bool) -> Option<&'static str> {
    *fact = true;
    None
}
