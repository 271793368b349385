//! What the auditor checks of bills: each is at one order at a time, leaves it only when that
//! is closed, and is paid once.

use std::collections::{BTreeMap, BTreeSet};

use feiqian_ledger::{BILLS_MAX, OrderId, Region};
use serde_json::Value;

use super::Auditor;
use super::documents::{Bill, OrderState};
use crate::history::Violation;

/// A biller's subscriber.
type List = (String, String);

/// What is known of bills.
#[derive(Debug, Default)]
pub struct Bills {
    bills: BTreeMap<String, BillModel>,
    /// The bill of each order that one has been at, and what it was then.
    orders: BTreeMap<String, (String, i64)>,
    /// The order by which each was paid.
    paid: BTreeMap<String, String>,
    /// What each document of a list has.
    lists: BTreeMap<String, Vec<String>>,
    /// What billers were told is published.
    published: BTreeMap<List, BTreeSet<String>>,
}

/// A bill as it was last seen.
#[derive(Debug, PartialEq, Eq)]
struct BillModel {
    merchant: String,
    number: String,
    terms: Value,
    attempt: u32,
}

/// The order of a bill's attempt.
fn order_of(bill: &str, attempt: u32) -> String {
    OrderId::derive(Region::EXAMPLE, &[bill, &attempt.to_string()]).to_string()
}

impl Auditor {
    pub(super) fn saw_bill(&mut self, bill: Bill) -> Result<(), Violation> {
        let Bill { id, merchant, number, terms, attempt } = bill;
        let wrong = |what: &str| Err(Violation::new(format!("bill {id} {what}"), &[&id]));
        let next = BillModel { merchant, number, terms, attempt };
        let verdict = match self.bills.bills.get(&id) {
            None if attempt == 0 => Ok(()),
            None => wrong("does not begin with its first order"),
            Some(known) if *known == next => Ok(()),
            Some(known) if known.merchant != next.merchant || known.number != next.number => {
                wrong("has changed what it is")
            }
            Some(known) if known.attempt + 1 == attempt => {
                let left = self.orders.get(&order_of(&id, known.attempt));
                let closed = |state: &OrderState| matches!(state, OrderState::Closed { .. });
                if left.is_some_and(|order| closed(&order.state)) {
                    Ok(())
                } else {
                    wrong("leaves an order that may yet be paid")
                }
            }
            Some(_) => wrong("changed its terms or its order out of turn"),
        };
        let amount = next.terms.get("amount").and_then(Value::as_i64).unwrap_or_default();
        self.bills.orders.insert(order_of(&id, attempt), (id.clone(), amount));
        self.bills.bills.insert(id, next);
        verdict
    }

    /// An order that is a bill's is made: for what the bill says at that order.
    pub(super) fn check_bill_order(&self, order: &str, amount: i64) -> Result<(), &'static str> {
        match self.bills.orders.get(order) {
            Some((_, owed)) if *owed == amount => Ok(()),
            Some(_) => Err("is not for what its bill says"),
            None => Err("is of no bill"),
        }
    }

    /// An order is paid: no other order of the same bill may be.
    pub(super) fn check_bill_paid(&mut self, order: &str) -> Result<(), &'static str> {
        let Some((bill, _)) = self.bills.orders.get(order) else { return Ok(()) };
        let by = self.bills.paid.entry(bill.clone()).or_insert_with(|| order.to_owned());
        if by == order { Ok(()) } else { Err("pays a bill that another order has paid") }
    }

    /// A list of bills changes: paid ones go, others come, and never too many.
    pub(super) fn saw_bill_list(&mut self, key: &str, bills: Vec<String>) -> Result<(), Violation> {
        let wrong = |what: String| Err(Violation::new(format!("{key} {what}"), &[key]));
        if bills.len() > BILLS_MAX {
            return wrong("holds too many bills".to_owned());
        }
        let before = self.bills.lists.insert(key.to_owned(), bills).unwrap_or_default();
        let now = &self.bills.lists[key];
        let lost = |bill: &&String| !now.contains(bill) && !self.bills.paid.contains_key(*bill);
        match before.iter().find(lost) {
            Some(bill) => wrong(format!("has lost {bill}, which is not paid")),
            None => Ok(()),
        }
    }

    /// A biller hears that a bill is published.
    ///
    /// # Errors
    /// That there is no such bill, or that it never was as it was to be.
    pub fn saw_published(
        &mut self,
        (merchant, subscriber): (&str, &str),
        bill: &str,
        amount: i64,
    ) -> Result<(), Violation> {
        let list = (merchant.to_owned(), subscriber.to_owned());
        self.bills.published.entry(list).or_default().insert(bill.to_owned());
        let mut orders = self.bills.orders.values();
        if orders.any(|(of, owed)| of == bill && *owed == amount) {
            return Ok(());
        }
        let what = format!("bill {bill} counts as published with {amount} and never was so");
        Err(Violation::new(what, &[bill]))
    }

    /// A payer sees the bills of a subscriber, when all is at rest.
    ///
    /// # Errors
    /// That one is missing which is to be paid.
    pub fn saw_bills(
        &self,
        (merchant, subscriber): (&str, &str),
        shown: &[&str],
    ) -> Result<(), Violation> {
        let list = (merchant.to_owned(), subscriber.to_owned());
        let due = self.bills.published.get(&list).into_iter().flatten();
        let mut missing =
            due.filter(|bill| !self.bills.paid.contains_key(*bill) && !shown.contains(&&***bill));
        match missing.next() {
            Some(bill) => {
                let what = format!("bill {bill} was published and is not found");
                Err(Violation::new(what, &[bill]))
            }
            None => Ok(()),
        }
    }
}
