use feiqian_calendar::{Calendar, Day, Timestamp};
use feiqian_limits::RuleSet;
use feiqian_money::Amount;

use super::{Account, Destination, Device};
use crate::{Entry, EntryKind};

/// How often the largest known payment an amount must be to be unusual.
const USUAL_TIMES: u64 = 3;

/// Payments that must be known before an amount can be unusual.
const KNOWN_MIN: usize = 3;

/// Hours of the region's day, counted from midnight, in which few people pay.
const NIGHT_HOURS: std::ops::Range<u64> = 0..5;

const HOUR_MS: u64 = 60 * 60 * 1000;

/// What a payer should look at twice before paying. It stops nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RiskHint {
    /// No known payment went to this payee.
    FirstPayee,
    /// More than three times the largest of the known payments.
    UnusualAmount,
    /// At night, when no known payment was.
    UnusualHour,
    /// The device that signs was added a moment ago.
    NewDevice,
    /// More money goes out in the day than goes without an alert (RULES section 1).
    LargeSum,
}

impl RiskHint {
    /// The hint's name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FirstPayee => "first_payee",
            Self::UnusualAmount => "unusual_amount",
            Self::UnusualHour => "unusual_hour",
            Self::NewDevice => "new_device",
            Self::LargeSum => "large_sum",
        }
    }
}

impl Account {
    /// What is unusual about a payment, held against the payments whose entries are in this
    /// document: the newest, without those that came back.
    #[must_use]
    pub fn risk_hints(
        &self,
        payee: &str,
        amount: Amount,
        device: Option<&Device>,
        now: Timestamp,
        calendar: Calendar,
    ) -> Vec<RiskHint> {
        let known: Vec<&Entry> = self.known_payments().collect();
        let largest = known.iter().map(|entry| entry.size()).max().unwrap_or(0);
        let is_night = |at: Timestamp| {
            NIGHT_HOURS.contains(&(at.millis_since(calendar.start_of(calendar.day(at))) / HOUR_MS))
        };
        let mut hints = Vec::new();
        if !known.iter().any(|entry| entry.counterparty == payee) {
            hints.push(RiskHint::FirstPayee);
        }
        if known.len() >= KNOWN_MIN
            && amount.minor().unsigned_abs() > largest.saturating_mul(USUAL_TIMES)
        {
            hints.push(RiskHint::UnusualAmount);
        }
        if is_night(now) && !known.iter().any(|entry| is_night(entry.at)) {
            hints.push(RiskHint::UnusualHour);
        }
        if device.is_some_and(|device| !device.is_trusted(now)) {
            hints.push(RiskHint::NewDevice);
        }
        hints
    }

    /// The same of money that is sent to a card or to another account.
    #[must_use]
    pub fn sending_hints(
        &self,
        to: &Destination,
        amount: Amount,
        device: Option<&Device>,
        now: Timestamp,
        day: Day,
        rules: &RuleSet,
    ) -> Vec<RiskHint> {
        let mut hints = Vec::new();
        if let Destination::Account(transfer) = to
            && !self.has_sent_to(&transfer.payee_name)
        {
            hints.push(RiskHint::FirstPayee);
        }
        if device.is_some_and(|device| !device.is_trusted(now)) {
            hints.push(RiskHint::NewDevice);
        }
        if self.alerts(to, amount, day, rules) {
            hints.push(RiskHint::LargeSum);
        }
        hints
    }

    fn has_sent_to(&self, payee: &str) -> bool {
        self.journal.entries().iter().any(|entry| {
            entry.kind == EntryKind::Transfer
                && entry.amount.is_negative()
                && entry.counterparty == payee
        })
    }

    fn known_payments(&self) -> impl Iterator<Item = &Entry> {
        let entries = self.journal.entries();
        let came_back = |entry: &Entry| {
            entries.iter().any(|other| {
                other.kind == EntryKind::PaymentReversal && other.operation == entry.operation
            })
        };
        entries.iter().filter(move |entry| entry.kind == EntryKind::Payment && !came_back(entry))
    }
}
