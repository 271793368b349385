//! The stored documents as the auditor reads them: the JSON alone, by types of its own.

mod tills;

pub use tills::*;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::history::Violation;

/// A journal entry.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Entry<'a> {
    pub sequence: u64,
    #[serde(borrow)]
    pub operation: Cow<'a, str>,
    #[serde(borrow)]
    pub kind: Cow<'a, str>,
    pub amount: i64,
    #[serde(default)]
    pub by_card: i64,
    pub balance: i64,
    pub at: u64,
    #[serde(borrow)]
    pub counterparty: Cow<'a, str>,
    #[serde(borrow)]
    pub hash: Cow<'a, str>,
}

impl Entry<'_> {
    pub fn into_owned(self) -> Entry<'static> {
        Entry {
            sequence: self.sequence,
            operation: Cow::Owned(self.operation.into_owned()),
            kind: Cow::Owned(self.kind.into_owned()),
            amount: self.amount,
            by_card: self.by_card,
            balance: self.balance,
            at: self.at,
            counterparty: Cow::Owned(self.counterparty.into_owned()),
            hash: Cow::Owned(self.hash.into_owned()),
        }
    }
}

#[derive(Debug, Deserialize)]
pub struct Journal<'a> {
    pub pages: u64,
    #[serde(borrow, default)]
    pub pages_hash: Option<Cow<'a, str>>,
    pub pages_balance: i64,
    #[serde(borrow)]
    pub entries: Vec<Entry<'a>>,
}

#[derive(Debug, Deserialize)]
pub struct Page<'a> {
    pub number: u64,
    #[serde(borrow, default)]
    pub previous: Option<Cow<'a, str>>,
    pub opening_balance: i64,
    #[serde(borrow)]
    pub entries: Vec<Entry<'a>>,
}

#[derive(Debug, Deserialize)]
pub struct Account<'a> {
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    #[serde(borrow)]
    pub customer: Cow<'a, str>,
    #[serde(borrow)]
    pub class: Cow<'a, str>,
    #[serde(borrow)]
    pub status: Cow<'a, str>,
    pub holder: Holder<'a>,
    pub created_at: u64,
    pub pin: Pin,
    pub cards: Vec<Card>,
    #[serde(default)]
    pub former_cards: Vec<Card>,
    pub usage: Usage<'a>,
    #[serde(default)]
    pub holder_limits: HolderLimits,
    pub journal: Journal<'a>,
    #[serde(borrow)]
    pub in_flight: Vec<Flight<'a>>,
    #[serde(default)]
    pub freezes: Vec<Value>,
    #[serde(borrow)]
    pub outcomes: Vec<Outcome<'a>>,
    #[serde(borrow, default)]
    pub received: Vec<Received<'a>>,
    #[serde(default)]
    pub accepts_transfers: bool,
    #[serde(default)]
    pub verified_face_to_face_at: Option<u64>,
    #[serde(default)]
    pub devices: Vec<Device>,
    #[serde(default)]
    pub security: SecurityLog,
    #[serde(default)]
    pub wallets: Vec<Wallet>,
    #[serde(default)]
    pub cases: Vec<Value>,
    #[serde(default)]
    pub face: Option<Face>,
    #[serde(borrow, default)]
    pub last_upgrade: Option<Cow<'a, str>>,
}

/// A credit that an account has taken or refused.
#[derive(Debug, Deserialize)]
pub struct Received<'a> {
    #[serde(borrow)]
    pub operation: Cow<'a, str>,
    pub outcome: Variant,
}

#[derive(Debug, Deserialize)]
pub struct Holder<'a> {
    #[serde(borrow)]
    pub person: Cow<'a, str>,
}

#[derive(Debug, Deserialize)]
pub struct Pin {
    pub failures: u8,
    #[serde(default)]
    pub locked_until: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub struct Usage<'a> {
    #[serde(borrow)]
    pub day: Cow<'a, str>,
    pub in_day: Totals,
    #[serde(default)]
    pub in_month: Totals,
    pub in_year: Totals,
    pub in_all: Totals,
}

/// Sums by meter.
pub type Totals = BTreeMap<String, i64>;

/// What the holder has set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub struct HolderLimits {
    #[serde(default)]
    pub own: OwnLimits,
    #[serde(default)]
    pub small_payments: bool,
    pub revision: u32,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub struct OwnLimits {
    #[serde(default)]
    pub payment: Option<i64>,
    #[serde(default)]
    pub day: Option<i64>,
    #[serde(default)]
    pub month: Option<i64>,
}

/// An enum as the ledger writes it: `"open"`, or `{"paid": {…}}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    pub name: String,
    pub body: Value,
}

impl<'de> Deserialize<'de> for Variant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::of(&Value::deserialize(deserializer)?).ok_or_else(|| D::Error::custom("no variant"))
    }
}

impl Variant {
    /// The variant that a value stands for.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::String(name) => Some(Self { name: name.clone(), body: Value::Null }),
            Value::Object(fields) => {
                let (name, body) = fields.iter().next().filter(|_| fields.len() == 1)?;
                Some(Self { name: name.clone(), body: body.clone() })
            }
            _ => None,
        }
    }
}

#[derive(Debug, Deserialize)]
pub struct Flight<'a> {
    #[serde(borrow)]
    pub operation: Cow<'a, str>,
    pub amount: i64,
    pub at: u64,
    #[serde(borrow)]
    pub day: Cow<'a, str>,
    #[serde(borrow)]
    pub meters: Vec<Cow<'a, str>>,
    pub flight: Variant,
}

impl Flight<'_> {
    /// What it is; money that goes out is named after where it goes.
    pub fn kind(&self) -> &str {
        match self.flight.body.get("to").and_then(Value::as_object) {
            Some(to) if to.contains_key("card") || to.contains_key("last_card") => "withdrawal",
            Some(to) if to.contains_key("account") => "transfer",
            _ => &self.flight.name,
        }
    }

    /// The account that a transfer goes to.
    pub fn payee(&self) -> Option<&str> {
        self.flight.body.pointer("/to/account/payee").and_then(Value::as_str)
    }

    pub fn order(&self) -> Option<&str> {
        self.flight.body.get("order").and_then(Value::as_str)
    }

    /// The agreement under which a wallet charges it.
    pub fn agreement(&self) -> Option<&str> {
        self.flight.body.get("agreement").and_then(Value::as_str)
    }

    /// The card that pays some of a payment.
    pub fn card(&self) -> Option<&str> {
        self.flight.body.pointer("/card/card").and_then(Value::as_str)
    }

    /// What a card pays of a payment.
    pub fn card_part(&self) -> i64 {
        let part = self.flight.body.get("card").and_then(|card| card.get("amount"));
        part.and_then(Value::as_i64).unwrap_or(0)
    }
}

#[derive(Debug, Deserialize)]
pub struct Outcome<'a> {
    #[serde(borrow)]
    pub operation: Cow<'a, str>,
    pub kind: Variant,
    pub outcome: Variant,
}

impl Outcome<'_> {
    pub fn reason(&self) -> Option<&Value> {
        self.outcome.body.get("reason")
    }
}

#[derive(Debug, Deserialize)]
pub struct Operation<'a> {
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    #[serde(borrow)]
    pub account: Cow<'a, str>,
    pub kind: Variant,
    pub amount: i64,
    pub state: Variant,
}

impl Operation<'_> {
    pub fn reason(&self) -> Option<&Value> {
        self.state.body.get("reason")
    }
}

/// How payers come to an order that does not say it.
fn online() -> Variant {
    Variant { name: "online".to_owned(), body: Value::Null }
}

#[derive(Debug, Deserialize)]
pub struct Order<'a> {
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    #[serde(borrow)]
    pub merchant: Cow<'a, str>,
    pub amount: i64,
    #[serde(borrow, default)]
    pub category: Cow<'a, str>,
    #[serde(default = "online")]
    pub origin: Variant,
    pub expires_at: u64,
    pub state: OrderState,
    #[serde(borrow, default)]
    pub refunds: Vec<Refund<'a>>,
}

impl Order<'_> {
    /// The visit whose cash it is for, if it is one's.
    pub fn visit(&self) -> Option<&str> {
        (self.origin.name == "visit").then(|| self.origin.body.get("visit")?.as_str())?
    }
}

#[derive(Debug, Deserialize)]
pub struct Refund<'a> {
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    pub amount: i64,
    #[serde(borrow, default)]
    pub purpose: Cow<'a, str>,
    state: Variant,
}

impl Refund<'_> {
    /// Its movements; none if it was refused.
    pub fn parts(&self) -> Option<Vec<RefundPart>> {
        match self.state.name.as_str() {
            "accepted" => serde_json::from_value(self.state.body.get("parts")?.clone()).ok(),
            "refused" => Some(Vec::new()),
            _ => None,
        }
    }
}

#[derive(Debug, Deserialize)]
pub struct RefundPart {
    pub operation: String,
    pub amount: i64,
    #[serde(default)]
    pub from_card: bool,
    pub state: Variant,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    Open,
    Claimed(Payment),
    Paid(Payment),
    Closed { at: u64 },
}

/// A payment of an order, or a claim to pay it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Payment {
    pub operation: String,
    pub payer: String,
    pub entry: EntryRef,
    #[serde(default)]
    pub card: Option<CardPart>,
    pub credited: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CardPart {
    pub amount: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct EntryRef {
    pub sequence: u64,
    pub hash: String,
}

#[derive(Debug, Deserialize)]
pub struct Internal<'a> {
    pub journal: Journal<'a>,
    #[serde(borrow)]
    pub applied: Vec<Applied<'a>>,
}

#[derive(Debug, Deserialize)]
pub struct Applied<'a> {
    #[serde(borrow)]
    pub operation: Cow<'a, str>,
}

/// Reads a document.
pub fn read<'a, T: Deserialize<'a>>(key: &str, value: &'a [u8]) -> Result<T, Violation> {
    serde_json::from_slice(value)
        .map_err(|error| Violation::new(format!("{key} cannot be read: {error}"), &[key]))
}
