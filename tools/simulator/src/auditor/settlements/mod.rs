//! What the auditor checks of merchants' days: which entries belong to each, what they add up
//! to, that the bank is asked once and what it says is booked once.

mod documents;

use std::collections::BTreeMap;

use feiqian_ledger::{MerchantId, SHARDS, fees_of, payout_of};
use feiqian_store::Pending;

use documents::{Closing, Merchant, Settlement, Settling, Tally, add};

use super::documents::Entry;
use super::limits::day_text;
use super::{Auditor, Case, Kind, State};
use crate::history::Violation;

/// What is known of merchants' days.
#[derive(Debug, Default)]
pub struct Settlements {
    merchants: BTreeMap<String, Settling>,
    written: BTreeMap<String, Vec<u8>>,
    /// The payout of each day that is written, and how the day was settled.
    ended: BTreeMap<String, String>,
}

impl Settlements {
    /// The payout of each day that is over, and how the day was settled.
    pub(super) fn ended(&self) -> impl Iterator<Item = (&str, &str)> {
        self.ended.iter().map(|(payout, end)| (payout.as_str(), end.as_str()))
    }
}

impl Auditor {
    pub(super) fn saw_merchant(&mut self, merchant: Merchant<'_>) -> Result<(), Violation> {
        let id = merchant.id.into_owned();
        let known = self.settlements.merchants.get(&id).cloned();
        let Some(next) = merchant.settling else {
            return match known {
                None => Ok(()),
                Some(_) => Err(Violation::new(format!("{id} is not settled any more"), &[&id])),
            };
        };
        let what = match &known {
            None => begins(&next),
            Some(known) => self.check_step(&id, known, &next),
        };
        if let Err(what) = what {
            let what = format!("a day of {id} {what}: {known:?} to {next:?}");
            return Err(Violation::new(what, &[&id]));
        }
        if next.current.is_some() && !self.is_marked(&id) {
            return Err(Violation::new(format!("{id} is settled without a mark"), &[&id]));
        }
        self.settlements.merchants.insert(id, next);
        Ok(())
    }

    fn check_step(
        &mut self,
        id: &str,
        known: &Settling,
        next: &Settling,
    ) -> Result<(), &'static str> {
        let stays = known.positions == next.positions
            && known.carried == next.carried
            && known.settled_through == next.settled_through;
        match (&known.current, &next.current) {
            (None, None) if stays => Ok(()),
            (None, Some(closing)) if stays => self.check_closing(id, known, closing),
            (Some(before), Some(after)) if stays && before.day == after.day => {
                self.check_closing_goes_on(id, known, before, after)
            }
            (Some(closing), None) => self.check_finished(id, known, closing, next),
            _ => Err("took a step that there is not"),
        }
    }

    /// The entries that a day begins with are all those behind the days before it that are dated
    /// no later than that day, which is over.
    fn check_closing(
        &self,
        id: &str,
        known: &Settling,
        closing: &Closing,
    ) -> Result<(), &'static str> {
        let day = &closing.day;
        let rates = known.rates.iter().rev();
        let rate = rates.clone().find(|rate| rate.from <= *day).or(known.rates.first());
        if known.settled_through.as_ref().is_some_and(|through| through >= day) {
            return Err("comes after a later one");
        }
        if day_text(closing.closed_at) <= *day {
            return Err("is not over");
        }
        if rate.is_none_or(|rate| rate.rate != closing.rate) {
            return Err("has another fee rate");
        }
        if closing.counted != known.positions
            || closing.tally != Tally::default()
            || closing.stage.name != "counting"
        {
            return Err("begins in the middle");
        }
        for (shard, (from, until)) in known.positions.iter().zip(&closing.until).enumerate() {
            let entries = self.entries_between(id, shard, *from, *until);
            if entries.len() as u64 + from != *until {
                return Err("has entries that there are not");
            }
            if entries.iter().any(|entry| day_text(entry.at) > *day) {
                return Err("has entries of a later day");
            }
        }
        Ok(())
    }

    fn entries_between(&self, id: &str, shard: usize, from: u64, until: u64) -> &[Entry<'static>] {
        let Some(journal) = self.internals.get(&format!("{id}.{shard}")) else { return &[] };
        let all = journal.entries();
        let place = |number: u64| usize::try_from(number).unwrap_or(usize::MAX).min(all.len());
        all.get(place(from)..place(until)).unwrap_or_default()
    }

    fn check_closing_goes_on(
        &mut self,
        id: &str,
        known: &Settling,
        before: &Closing,
        after: &Closing,
    ) -> Result<(), &'static str> {
        if before.until != after.until
            || before.rate != after.rate
            || before.closed_at != after.closed_at
            || before.counted.iter().zip(&after.counted).any(|(one, other)| one > other)
        {
            return Err("has changed its entries");
        }
        let due = known.carried + after.tally.net();
        match (before.stage.name.as_str(), after.stage.name.as_str()) {
            ("counting", "counting") => Ok(()),
            (one, other) if one == other && before == after => Ok(()),
            ("counting", "requested" | "kept") => {
                if after.tally != self.tally_of(id, known, after) {
                    return Err("is added up wrongly");
                }
                if (due > 0) != (after.stage.name == "requested") {
                    return Err("is paid out below zero, or not paid out above it");
                }
                self.know_payout(id, after, due)
            }
            ("requested", "requested") => Ok(()),
            ("requested", "paid_out" | "refused") => {
                let (payout, _) = operations(id, &after.day)?;
                let paid = after.is_paid();
                self.change_case(&payout, |case| {
                    case.state = Some(if paid { State::PaidOut } else { State::Failed });
                    match case.bank {
                        Some(moved) if moved == paid => Ok(()),
                        Some(_) => Err("is decided otherwise than by the bank"),
                        None => Err("is decided, and the bank has not decided"),
                    }
                })
            }
            _ => Err("took a step that there is not"),
        }
    }

    fn tally_of(&self, id: &str, known: &Settling, closing: &Closing) -> Tally {
        let mut tally = Tally::default();
        for (shard, (from, until)) in known.positions.iter().zip(&closing.until).enumerate() {
            for entry in self.entries_between(id, shard, *from, *until) {
                add(&mut tally, entry, &closing.rate);
            }
        }
        tally
    }

    /// From now on the payout may be asked for, and the fees are due.
    fn know_payout(&mut self, id: &str, closing: &Closing, due: i64) -> Result<(), &'static str> {
        let (payout, fees) = operations(id, &closing.day)?;
        let account = closing.stage.body.pointer("/account/bank_code");
        let bank_code = account.and_then(serde_json::Value::as_str).map(str::to_owned);
        let mut know = |operation: &str, kind, amount, state| {
            self.change_case(operation, |case| {
                let is_news = case.kind == Kind::Unknown;
                case.account = id.to_owned();
                case.kind = kind;
                case.amount = amount;
                case.state = Some(state);
                case.payee.clone_from(&bank_code);
                is_news
            })
        };
        let news = [
            due <= 0 || know(&payout, Kind::Payout, due, State::Requested),
            closing.tally.fees == 0
                || know(&fees, Kind::Fees, closing.tally.fees, State::Requested),
        ];
        if news.contains(&false) { Err("is paid out a second time") } else { Ok(()) }
    }

    fn check_finished(
        &mut self,
        id: &str,
        known: &Settling,
        closing: &Closing,
        next: &Settling,
    ) -> Result<(), &'static str> {
        let due = known.carried + closing.tally.net();
        let left = if closing.is_paid() { 0 } else { due };
        if !closing.is_decided() {
            return Err("ends before it is decided");
        }
        if next.positions != closing.until
            || next.carried != left
            || next.settled_through.as_ref() != Some(&closing.day)
        {
            return Err("leaves something else behind");
        }
        if !self.settlements.written.contains_key(&format!("settlement/{id}/{}", closing.day)) {
            return Err("ends before it is written out");
        }
        let (payout, fees) = operations(id, &closing.day)?;
        let mut ends = |operation: &str| {
            self.change_case(operation, |case| {
                case.state = Some(State::Succeeded);
                case.moved && case.booked
            })
        };
        if closing.tally.fees > 0 && !ends(&fees) {
            return Err("ends before its fees are booked");
        }
        if closing.is_paid() && !ends(&payout) {
            return Err("ends before its payout is booked");
        }
        Ok(())
    }

    /// A day is written out once, as its merchant's document has it.
    pub(super) fn saw_settlement(&mut self, key: &str, value: &[u8]) -> Result<(), Violation> {
        let wrong = |what: &str| Err(Violation::new(format!("{key} {what}"), &[key]));
        if let Some(known) = self.settlements.written.get(key) {
            return if known == value { Ok(()) } else { wrong("has changed") };
        }
        let written: Settlement = super::documents::read(key, value)?;
        let id = key.split('/').nth(1).unwrap_or_default();
        let Some(settling) = self.settlements.merchants.get(id) else {
            return wrong("is of no merchant");
        };
        let current = settling.current.as_ref();
        let Some(closing) = current.filter(|c| c.is_decided() && key.ends_with(&c.day)) else {
            return wrong("is of a day that is not decided");
        };
        let due = settling.carried + closing.tally.net();
        let end = match closing.stage.name.as_str() {
            "kept" => "carried_over",
            other => other,
        };
        let same = written.from == settling.positions
            && written.until == closing.until
            && written.rate == closing.rate
            && written.tally == closing.tally
            && written.carried == settling.carried
            && written.due == due
            && written.carried_over == if closing.is_paid() { 0 } else { due }
            && written.end.name == end;
        if !same {
            return wrong("is not what its merchant says");
        }
        self.settlements.ended.insert(written.operation, end.to_owned());
        self.settlements.written.insert(key.to_owned(), value.to_vec());
        Ok(())
    }

    /// The bank is asked for a payout, once its day says so.
    ///
    /// # Errors
    /// That it is not, or asks for something else.
    pub fn saw_payout_asked(
        &mut self,
        operation: &str,
        bank_code: &str,
        amount: i64,
    ) -> Result<(), Violation> {
        let wrong = |what: &str| {
            Err(Violation::new(format!("the bank is asked for {operation}, {what}"), &[operation]))
        };
        match self.cases.get(operation) {
            Some(case) if case.kind != Kind::Payout => wrong("which is no payout"),
            Some(case) if case.at_the_bank() != amount => wrong("for another amount"),
            Some(case) if case.payee.as_deref() != Some(bank_code) => wrong("to another bank"),
            Some(_) => Ok(()),
            None => wrong("which has not been requested"),
        }
    }

    /// Whether a day of a merchant is being settled.
    pub(super) fn is_being_settled(&self, merchant: &str) -> bool {
        let known = self.settlements.merchants.get(merchant);
        known.is_some_and(|settling| settling.current.is_some())
    }

    /// Whether a mark may be there at rest: that of a merchant's next day, or of an adjustment that
    /// nobody has decided about.
    pub fn may_stand(&self, mark: &Pending) -> bool {
        let subject = super::subject_of(mark);
        (mark.name.contains(".settlement.") && !self.is_being_settled(&subject))
            || self.is_undecided(&subject)
    }

    /// The last day of a merchant that is settled.
    pub fn settled_through(&self, merchant: &str) -> Option<&str> {
        self.settlements.merchants.get(merchant)?.settled_through.as_deref()
    }

    /// What lies behind the days that are settled is all that a merchant has, at rest.
    pub fn check_merchants_settled(&self) -> Result<(), Violation> {
        for (id, settling) in &self.settlements.merchants {
            let mut expected = i128::from(settling.carried);
            for (shard, from) in settling.positions.iter().enumerate() {
                let entries = self.entries_between(id, shard, *from, u64::MAX);
                let owed = entries.iter().filter(|entry| !entry.kind.starts_with("settlement"));
                expected += owed.map(|entry| i128::from(entry.amount)).sum::<i128>();
            }
            if expected != self.internal_balance(id) {
                let what = format!("{id} has been paid out something else than it was owed");
                return Err(Violation::new(what, &[id]));
            }
        }
        Ok(())
    }
}

/// A merchant that nothing has been settled of.
fn begins(settling: &Settling) -> Result<(), &'static str> {
    let empty = settling.positions == vec![0; usize::from(SHARDS)]
        && settling.carried == 0
        && settling.settled_through.is_none()
        && settling.current.is_none();
    if empty { Ok(()) } else { Err("begins in the middle") }
}

/// The operations of a day: its payout and its fees.
fn operations(id: &str, day: &str) -> Result<(String, String), &'static str> {
    let merchant = MerchantId::parse(id).map_err(|_| "is of no merchant")?;
    let day = feiqian_calendar::Day::parse(day).map_err(|_| "is no day")?;
    Ok((payout_of(&merchant, day).to_string(), fees_of(&merchant, day).to_string()))
}

impl Case {
    /// Books a side of a payout or of fees: the merchant's first, then that of the shard they go
    /// to; says what is wrong with that.
    pub(super) fn book_settlement(
        &mut self,
        name: &str,
        entry: &Entry<'_>,
    ) -> Option<&'static str> {
        let (kind, to) = match &*entry.kind {
            "settlement" => (Kind::Payout, "bank_clearing"),
            _ => (Kind::Fees, "fees"),
        };
        let due = match self.kind {
            Kind::Payout => self.state == Some(State::PaidOut),
            _ => self.state == Some(State::Requested),
        };
        match () {
            () if self.kind != kind => Some("is booked for nothing"),
            () if !due => Some("is booked out of turn"),
            () if name == self.account && self.moved => Some("is taken twice"),
            () if name == self.account && entry.amount != -self.amount => {
                Some("is taken by another amount")
            }
            () if name == self.account => {
                self.moved = true;
                None
            }
            () if name != to => Some("is booked somewhere else"),
            () if self.booked => Some("is booked twice"),
            () if !self.moved => Some("is booked before it is taken"),
            () if entry.amount != self.amount => Some("is booked by another amount"),
            () => {
                self.booked = true;
                None
            }
        }
    }
}
