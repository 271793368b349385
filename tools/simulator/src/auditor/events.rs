//! What the auditor checks of events: each thing that a partner has to hear of has one, which says
//! what the deciding document says, never changes, and stands in the partner's log.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Auditor;
use super::documents::OrderState;
use crate::history::Violation;

/// What is known of events.
#[derive(Debug, Default)]
pub struct Events {
    /// Each event as it was first written.
    written: BTreeMap<String, Vec<u8>>,
    /// The types of each object's events by their sequence, with the event's id.
    of_object: BTreeMap<(String, u64), (String, String)>,
    /// Those that stand in a log.
    listed: BTreeSet<String>,
    pages: BTreeMap<String, Vec<u8>>,
    /// Orders that their partner was told are closed.
    closed: BTreeSet<String>,
}

fn text<'a>(document: &'a Value, field: &str) -> &'a str {
    document[field].as_str().unwrap_or_default()
}

impl Auditor {
    /// An event is written: the same as before, if it was before, and as the books are.
    pub(super) fn saw_event(&mut self, key: &str, value: &[u8]) -> Result<(), Violation> {
        let event: Value = super::documents::read(key, value)?;
        let (id, object) = (text(&event, "id").to_owned(), text(&event, "object").to_owned());
        let wrong = |what: &str| Err(Violation::new(format!("{id} {what}"), &[&id, &object]));
        let known = self.events.written.entry(id.clone()).or_insert_with(|| value.to_vec());
        if *known != value {
            return wrong("has changed");
        }
        let sequence = event["sequence"].as_u64().unwrap_or_default();
        let kind = text(&event, "kind").to_owned();
        if sequence == 0 {
            return wrong("has no place among the events of its object");
        }
        let state = self.orders.get(&object).map(|order| &order.state);
        let holds = match kind.as_str() {
            "order.paid" => matches!(state, Some(OrderState::Paid(_))),
            "order.closed" => matches!(state, Some(OrderState::Closed { .. })),
            _ => true,
        };
        if !holds {
            return wrong(&format!("says {kind}, and it is not so"));
        }
        let place = (object.clone(), sequence);
        let said = (kind, id.clone());
        if *self.events.of_object.entry(place).or_insert_with(|| said.clone()) != said {
            return wrong("is a second event in one place of its object's");
        }
        Ok(())
    }

    /// A log, or a full page of one, which never changes.
    pub(super) fn saw_event_log(&mut self, key: &str, value: &[u8]) -> Result<(), Violation> {
        let log: Value = super::documents::read(key, value)?;
        let wrong = |what: &str| Err(Violation::new(format!("{key} {what}"), &[key]));
        if key.starts_with("event_page/") {
            let known = self.events.pages.entry(key.to_owned()).or_insert_with(|| value.to_vec());
            if *known != value {
                return wrong("has changed");
            }
        }
        for line in log["lines"].as_array().into_iter().flatten() {
            let event = text(line, "event");
            if !self.events.written.contains_key(event) {
                return wrong("lists an event that is not written");
            }
            self.events.listed.insert(event.to_owned());
        }
        Ok(())
    }

    /// An event is on its way to an endpoint.
    ///
    /// # Errors
    /// That it is not written.
    pub fn saw_delivery(&mut self, event: &str) -> Result<(), Violation> {
        if self.events.written.contains_key(event) {
            return Ok(());
        }
        Err(Violation::new(format!("{event} is delivered and not written"), &[event]))
    }

    /// A partner was told that its order is closed.
    pub fn saw_order_closed(&mut self, order: &str) {
        self.events.closed.insert(order.to_owned());
    }

    /// Once nothing is on its way, everything that a partner has to hear of has its event.
    ///
    /// # Errors
    /// What has none.
    pub fn check_told(&self) -> Result<(), Violation> {
        for (id, order) in &self.orders {
            if order.paid_by().is_some() {
                self.check_event(id, 1, &["order.paid"])?;
            }
            if self.events.closed.contains(id) && order.is_closed_by_its_maker() {
                self.check_event(id, 1, &["order.closed"])?;
            }
            let refunds = u64::try_from(order.refunds()).unwrap_or(u64::MAX);
            for sequence in 2..2 + refunds {
                self.check_event(id, sequence, &["refund.succeeded", "refund.refused"])?;
            }
        }
        for (id, has_ended, refunds) in self.visits.known() {
            if has_ended {
                self.check_event(id, 1, &["visit.settled", "visit.closed"])?;
            }
            for sequence in 2..2 + refunds {
                let kinds = ["visit_refund.succeeded", "visit_refund.refused"];
                self.check_event(id, sequence, &kinds)?;
            }
        }
        for (payout, end) in self.settlements.ended() {
            self.check_event(payout, 1, &[&format!("settlement.{end}")])?;
        }
        for (id, is_over) in self.reports.known() {
            self.check_event(id, 1, &["case.opened"])?;
            if is_over {
                self.check_event(id, 2, &["case.closed"])?;
            }
        }
        Ok(())
    }

    fn check_event(&self, object: &str, sequence: u64, kinds: &[&str]) -> Result<(), Violation> {
        let wrong = |what: &str| Err(Violation::new(format!("{object} {what}"), &[object]));
        match self.events.of_object.get(&(object.to_owned(), sequence)) {
            None => wrong(&format!("has no event {sequence} although it is {kinds:?}")),
            Some((kind, _)) if !kinds.contains(&kind.as_str()) => {
                wrong(&format!("has {kind} for its event {sequence}, and it is {kinds:?}"))
            }
            Some((_, id)) if !self.events.listed.contains(id) => {
                wrong(&format!("has event {sequence}, which its partner cannot find"))
            }
            Some(_) => Ok(()),
        }
    }
}
