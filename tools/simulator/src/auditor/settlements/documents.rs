//! Merchants' documents as the auditor reads them, and what a day adds up to.

use std::borrow::Cow;

use serde::Deserialize;

use crate::auditor::documents::{Entry, Variant};

/// A merchant's document, as far as it is settled.
#[derive(Debug, Deserialize)]
pub struct Merchant<'a> {
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    #[serde(default)]
    pub settling: Option<Settling>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Settling {
    pub(super) rates: Vec<Rate>,
    #[serde(default)]
    pub(super) settled_through: Option<String>,
    pub(super) positions: Vec<u64>,
    pub(super) carried: i64,
    #[serde(default)]
    pub(super) current: Option<Closing>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Rate {
    pub(super) from: String,
    pub(super) rate: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Closing {
    pub(super) day: String,
    pub(super) rate: String,
    pub(super) closed_at: u64,
    pub(super) until: Vec<u64>,
    pub(super) counted: Vec<u64>,
    pub(super) tally: Tally,
    pub(super) stage: Variant,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Tally {
    pub(super) payments: u64,
    pub(super) paid_in: i64,
    pub(super) refunds: u64,
    pub(super) given_back: i64,
    pub(super) fees: i64,
}

/// A day that is over, as it is written out.
#[derive(Debug, Deserialize)]
pub(super) struct Settlement {
    pub(super) from: Vec<u64>,
    pub(super) until: Vec<u64>,
    pub(super) rate: String,
    pub(super) tally: Tally,
    pub(super) carried: i64,
    pub(super) due: i64,
    pub(super) carried_over: i64,
    pub(super) operation: String,
    pub(super) end: Variant,
}

impl Tally {
    pub(super) const fn net(self) -> i64 {
        self.paid_in - self.given_back - self.fees
    }
}

impl Closing {
    pub(super) fn is_decided(&self) -> bool {
        matches!(self.stage.name.as_str(), "paid_out" | "refused" | "kept")
    }

    pub(super) fn is_paid(&self) -> bool {
        self.stage.name == "paid_out"
    }
}

/// The fee of a payment, to the nearest fen, half a fen up: a rate such as `0.0060` by its
/// millionths.
fn fee_of(amount: i64, rate: &str) -> i64 {
    let (whole, places) = rate.split_once('.').unwrap_or((rate, ""));
    let millionths: i128 = format!("{whole}{places:0<6}").parse().unwrap_or_default();
    let twice = i128::from(amount) * millionths * 2 + 1_000_000;
    i64::try_from(twice / 2_000_000).unwrap_or(i64::MAX)
}

/// Adds an entry of a merchant's journal.
pub(super) fn add(tally: &mut Tally, entry: &Entry<'_>, rate: &str) {
    match &*entry.kind {
        "payment" => {
            tally.payments += 1;
            tally.paid_in += entry.amount;
            tally.fees += fee_of(entry.amount, rate);
        }
        "refund" | "wealth_redemption" => {
            tally.refunds += 1;
            tally.given_back -= entry.amount;
        }
        _ => {}
    }
}
