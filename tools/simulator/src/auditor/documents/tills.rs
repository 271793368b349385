//! What stands in or beside an account: cards, agreements, devices, codes, tokens, bills, cases.

use serde::Deserialize;
use serde_json::Value;

use super::Variant;

/// An agreement with a wallet.
#[derive(Debug, Deserialize)]
pub struct Wallet {
    pub id: String,
    pub partner: String,
    pub terms: WalletTerms,
    #[serde(default)]
    pub unlinked_at: Option<u64>,
    #[serde(default)]
    pub charged: Option<WalletCharged>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
pub struct WalletTerms {
    pub per_payment: i64,
    pub per_day: i64,
}

#[derive(Debug, Deserialize)]
pub struct WalletCharged {
    pub day: String,
    pub amount: i64,
}

/// A bill.
#[derive(Debug, Deserialize)]
pub struct Bill {
    pub id: String,
    pub merchant: String,
    pub number: String,
    pub terms: Value,
    pub attempt: u32,
}

/// A list of a subscriber's bills.
#[derive(Debug, Deserialize)]
pub struct Subscriber {
    pub bills: Vec<String>,
}

/// The newest part of a security log.
#[derive(Debug, Default, Deserialize)]
pub struct SecurityLog {
    pub events: Vec<SecurityEvent>,
}

#[derive(Debug, Deserialize)]
pub struct SecurityEvent {
    pub at: u64,
}

/// A device that signs for a holder.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Device {
    pub id: String,
    pub public_key: String,
    pub added_at: u64,
    #[serde(default)]
    pub revoked_at: Option<u64>,
}

/// A payer code.
#[derive(Debug, Deserialize)]
pub struct IssuedCode {
    pub account: String,
    /// From where it pays; none for the balance.
    #[serde(default)]
    pub from: Option<Variant>,
    pub issued_at: u64,
    #[serde(default)]
    pub spent: Option<Spent>,
}

#[derive(Debug, Deserialize)]
pub struct Spent {
    pub by: String,
    pub in_time: bool,
}

/// A token in a device.
#[derive(Debug, Deserialize)]
pub struct NfcToken {
    pub account: String,
    /// From where it pays; none for the balance.
    #[serde(default)]
    pub from: Option<Variant>,
    pub device: String,
    #[serde(default)]
    pub last: Option<Tap>,
}

#[derive(Debug, Deserialize)]
pub struct Tap {
    pub counter: u32,
    pub by: String,
}

/// A bound card, or one that was.
#[derive(Debug, Deserialize)]
pub struct Card {
    pub id: String,
    pub agreement: String,
    #[serde(default)]
    pub blocked: Option<Value>,
}

/// A face-to-face verification.
#[derive(Debug, Deserialize)]
pub struct Face {
    pub id: String,
    pub requested_at: u64,
}

/// A page of what a partner is told.
#[derive(Debug, Deserialize)]
pub struct CaseLog {
    pub lines: Vec<Value>,
}
