//! What the auditor checks of how payers come to orders, and of charges: each is its payer's
//! alone, who showed what it names.

use feiqian_flows::FlowError;
use feiqian_ledger::{Order, OrderState, Refusal};
use serde_json::Value;

use super::arbiters::OrderModel;
use super::documents::{self, Variant};
use super::{Auditor, check_error};
use crate::clock::MINUTE_MS;
use crate::history::Violation;

/// How long a code that was drawn for an order counts as dynamic (RULES section 2), milliseconds.
const DYNAMIC_MS: u64 = 5 * MINUTE_MS;

/// What a merchant's partner asked for.
#[derive(Debug, Clone)]
pub struct AskedCharge<'a> {
    /// The order that the key stands for.
    pub order: &'a str,
    /// How much, fen.
    pub amount: i64,
    /// Whether the same key was used for something else as well.
    pub key_is_shared: bool,
}

/// What a partner was told of a charge, for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChargeAnswer {
    /// It is paid by this operation.
    Paid(String),
    /// It is not and will not be.
    Refused(Refusal),
}

/// How a payer may come to an order, as the limits see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    Online,
    DynamicCode,
    StaticCode,
    Bill,
    PayerCode,
    Tap,
    Wallet,
}

/// The body of an origin that is a charge.
pub(super) fn charge_of(origin: &Variant) -> Option<&Value> {
    (origin.name == "charge").then_some(&origin.body)
}

fn instrument_of(charge: &Value) -> Option<Variant> {
    Variant::of(charge.get("instrument")?)
}

fn channel_of(origin: &Variant, at_ms: u64) -> Option<Channel> {
    Some(match origin.name.as_str() {
        "online" | "visit" => Channel::Online,
        "static_code" => Channel::StaticCode,
        "bill" => Channel::Bill,
        "dynamic_code" => {
            let drawn_at = origin.body.get("drawn_at")?.as_u64()?;
            let fresh = at_ms.saturating_sub(drawn_at) < DYNAMIC_MS;
            if fresh { Channel::DynamicCode } else { Channel::StaticCode }
        }
        "charge" => match instrument_of(&origin.body)?.name.as_str() {
            "payer_code" => Channel::PayerCode,
            "nfc" => Channel::Tap,
            "wallet" => Channel::Wallet,
            _ => return None,
        },
        _ => return None,
    })
}

impl OrderModel {
    /// The channels that a payment may have found at an instant: a code may have been drawn
    /// after it had read the order.
    pub(super) fn channels(&self, at_ms: u64) -> impl Iterator<Item = Channel> {
        self.origins.iter().filter_map(move |origin| channel_of(origin, at_ms))
    }

    /// Whose charge it is, if it is one and its instrument was found good.
    pub(super) fn payer_of_charge(&self) -> Option<&str> {
        charge_of(self.origins.last()?)?.get("payer")?.as_str()
    }

    /// What was shown for it, if it is a charge.
    pub(super) fn instrument(&self) -> Option<Variant> {
        instrument_of(charge_of(self.origins.last()?)?)
    }
}

impl Auditor {
    /// How payers come to an order changes in two ways: a code is drawn for it, or a charge
    /// learns its payer and why it is refused.
    pub(super) fn check_origin(
        &self,
        order: &str,
        before: Option<&Variant>,
        now: &Variant,
        state: &documents::OrderState,
    ) -> Result<(), &'static str> {
        let closed = matches!(state, documents::OrderState::Closed { .. });
        let payer = charge_of(now).and_then(|charge| charge.get("payer")?.as_str());
        let refused = charge_of(now).is_some_and(|charge| charge.get("refusal").is_some());
        if refused && !closed {
            return Err("is a charge that was refused, and is not closed");
        }
        let Some(before) = before else {
            return match now.name.as_str() {
                "charge" if payer.is_some() => Err("has a payer before anything was shown"),
                "dynamic_code" => Err("has a code before it was made"),
                _ => Ok(()),
            };
        };
        if before == now {
            return Ok(());
        }
        match (charge_of(before), charge_of(now)) {
            (None, None) => match (before.name.as_str(), now.name.as_str()) {
                ("online" | "dynamic_code", "dynamic_code") => Ok(()),
                ("visit", "visit") => self.check_visit_payer(order, &before.body, &now.body),
                _ => Err("has changed how payers come to it"),
            },
            (Some(known), Some(charge)) => {
                if known.get("instrument") != charge.get("instrument") {
                    return Err("has changed what was shown");
                }
                let known_payer = known.get("payer").and_then(Value::as_str);
                match (known_payer, payer) {
                    (one, other) if one == other => Ok(()),
                    (None, Some(payer)) => self.check_shown(order, charge, payer),
                    _ => Err("has changed whose charge it is"),
                }
            }
            _ => Err("has changed how payers come to it"),
        }
    }

    /// A charge's payer is the one whose instrument was good for it.
    fn check_shown(&self, order: &str, charge: &Value, payer: &str) -> Result<(), &'static str> {
        let instrument = instrument_of(charge).ok_or("is charged by nothing")?;
        let body = &instrument.body;
        let text = |field: &str| body.get(field).and_then(Value::as_str).unwrap_or_default();
        let owner = match instrument.name.as_str() {
            "payer_code" => self.payer_by_code(body.as_str().unwrap_or_default(), order),
            "nfc" => {
                let counter = body.get("counter").and_then(Value::as_u64);
                let counter = counter.and_then(|counter| u32::try_from(counter).ok());
                self.payer_by_tap(text("token"), counter.unwrap_or_default(), order)
            }
            "wallet" => Some(text("account")),
            _ => None,
        };
        if owner == Some(payer) { Ok(()) } else { Err("is charged to who did not show that") }
    }

    /// A merchant's partner hears the answer to a charge.
    ///
    /// # Errors
    /// That it is not what became of the order, or not what was answered before.
    pub fn saw_charge_answer(
        &mut self,
        asked: &AskedCharge<'_>,
        answer: Result<&Order, &FlowError>,
    ) -> Result<(), Violation> {
        let AskedCharge { order: id, amount, .. } = *asked;
        let wrong = |what: String| Err(Violation::new(format!("{id} {what}"), &[id]));
        let told = match answer {
            Ok(order) if order.amount.minor() != amount || order.id.as_str() != id => {
                return wrong(format!("is answered with something else: {order:?}"));
            }
            Ok(order) => match &order.state {
                OrderState::Paid(payment) => {
                    Some(ChargeAnswer::Paid(payment.operation.as_str().to_owned()))
                }
                OrderState::Closed { .. } => return wrong("is closed and not refused".to_owned()),
                OrderState::Open | OrderState::Claimed(_) => None,
            },
            Err(FlowError::Refused { refusal, .. }) => Some(ChargeAnswer::Refused(refusal.clone())),
            Err(FlowError::KeyReused) if !asked.key_is_shared => {
                return wrong("is told that its key was used for another request".to_owned());
            }
            Err(error) => return check_error(error, &[id]),
        };
        // One that waits may be heard of after another copy's answer.
        let Some(told) = told else { return Ok(()) };
        if let Some(known) = self.charge_answers.get(id)
            && told != *known
        {
            return wrong(format!("was answered with {known:?} and now with {told:?}"));
        }
        let model = self.orders.get(id);
        let holds = match &told {
            ChargeAnswer::Paid(operation) => model.is_some_and(|order| order.is_paid_by(operation)),
            ChargeAnswer::Refused(_) => model
                .is_some_and(|order| matches!(order.state, documents::OrderState::Closed { .. })),
        };
        if !holds {
            return wrong(format!("is told {told:?}, and its order does not say so"));
        }
        self.charge_answers.insert(id.to_owned(), told);
        Ok(())
    }
}
