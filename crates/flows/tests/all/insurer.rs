//! An insurer that does as it is told, with books of its own.

use crate::world::{Mood, World};
use feiqian_flows::Insurer;
use feiqian_insurer_api::{
    Claim, DeclineReason, InsurerReply, InsurerRequest, LineSplit, SettlementStatus, StatementKind,
    StatementLine, WireSplit,
};
use feiqian_ledger::medical::Split;
use feiqian_money::{Amount, Money};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub struct FakeInsurer {
    /// How it takes commits and reversals that it has not seen.
    pub mood: Cell<Mood>,
    /// Whether a commit settles one fen more in cash than its pre-settlement said.
    pub changes: Cell<bool>,
    /// What a pre-settlement has too much.
    pub excess: Cell<i64>,
    /// Whether it pays everything.
    pub pays_all: Cell<bool>,
    /// Whether it answers pre-settlements.
    pub deaf: Cell<bool>,
    /// Its region.
    pub region: Cell<Option<&'static str>>,
    books: RefCell<BTreeMap<String, (StatementKind, SettlementStatus)>>,
    given_back: RefCell<BTreeSet<(String, u16)>>,
}

fn money(minor: i64) -> Money {
    Amount::from_minor(minor).into()
}

/// The fund pays half, the own account a tenth, whoever shares one another tenth.
pub fn split_of(minor: i64, shared: bool) -> WireSplit {
    let (pooled, personal) = (minor / 2, minor / 10);
    let family = if shared { minor / 10 } else { 0 };
    WireSplit {
        hifp_pay: money(pooled),
        acct_pay: money(personal),
        acct_mulaid_pay: money(family),
        oth_pay: money(0),
        psn_cash_pay: money(minor - pooled - personal - family),
    }
}

fn settlement(status: SettlementStatus) -> InsurerReply {
    InsurerReply::Settlement { status }
}

impl FakeInsurer {
    /// What it owes institutions in all.
    pub fn owed(&self) -> i64 {
        let books = self.books.borrow();
        let sums = books.values().map(|(kind, status)| match status {
            SettlementStatus::Settled { lines, .. } => {
                let sum = Split::unchecked(&sum(lines)).insurers().unwrap().minor();
                if *kind == StatementKind::Commit { sum } else { -sum }
            }
            _ => 0,
        });
        sums.sum()
    }

    fn split(&self, claim: &Claim) -> Vec<LineSplit> {
        let shared = claim.shared_by.is_some();
        let lines = claim.lines.iter().map(|line| {
            let minor = line.amount.amount.minor();
            let split = match self.pays_all.get() {
                true => WireSplit { hifp_pay: money(minor), ..split_of(0, false) },
                false => split_of(minor, shared),
            };
            LineSplit { line: line.line, split }
        });
        lines.collect()
    }

    fn carry_out(&self, id: String, kind: StatementKind, lines: Vec<LineSplit>) -> InsurerReply {
        let mut books = self.books.borrow_mut();
        if let Some((_, status)) = books.get(&id) {
            return settlement(status.clone());
        }
        let status = match self.mood.get() {
            Mood::Loses => return InsurerReply::Unknown,
            Mood::Rejects => SettlementStatus::Rejected { reason: DeclineReason::Other },
            Mood::Settles | Mood::SettlesInSilence => {
                SettlementStatus::Settled { lines, settled_at_ms: 1_795_406_400_000 }
            }
        };
        books.insert(id, (kind, status.clone()));
        if self.mood.get() == Mood::SettlesInSilence {
            return InsurerReply::Unknown;
        }
        settlement(status)
    }

    fn reverse(&self, id: String, commit: &str, wanted: &[u16]) -> InsurerReply {
        let known = self.books.borrow().get(commit).cloned();
        let seen = self.books.borrow().contains_key(&id);
        let Some((_, SettlementStatus::Settled { lines, .. })) = known else {
            panic!("{id} gives back {commit}, which is not settled");
        };
        let lines: Vec<_> = lines.into_iter().filter(|line| wanted.contains(&line.line)).collect();
        let fits = matches!(self.mood.get(), Mood::Settles | Mood::SettlesInSilence);
        if !seen && fits {
            let mut given_back = self.given_back.borrow_mut();
            for line in wanted {
                assert!(given_back.insert((commit.to_owned(), *line)), "line {line} twice");
            }
        }
        self.carry_out(id, StatementKind::Reverse, lines)
    }
}

fn sum(lines: &[LineSplit]) -> WireSplit {
    let splits = lines.iter().map(|line| Split::unchecked(&line.split));
    splits.fold(Split::ZERO, |sum, split| sum.checked_add(&split).unwrap()).into()
}

impl Insurer for World {
    async fn request(&self, request: InsurerRequest) -> InsurerReply {
        self.store.fate.call().await;
        let insurer = &self.insurer;
        match request {
            InsurerRequest::Activate { resident_id, .. } => InsurerReply::Credential {
                token: format!("ins_{resident_id}"),
                region: insurer.region.get().unwrap_or("110100").to_owned(),
            },
            InsurerRequest::Presettle { .. } if insurer.deaf.get() => InsurerReply::Unknown,
            InsurerRequest::Presettle { claim, .. } => {
                let mut lines = insurer.split(&claim);
                let excess = insurer.excess.get();
                lines[0].split.hifp_pay = money(lines[0].split.hifp_pay.amount.minor() + excess);
                InsurerReply::Split { lines }
            }
            InsurerRequest::Commit { request_id, claim } => {
                let mut lines = insurer.split(&claim);
                if insurer.changes.get() {
                    let split = &mut lines[0].split;
                    split.hifp_pay = money(split.hifp_pay.amount.minor() - 1);
                    split.psn_cash_pay = money(split.psn_cash_pay.amount.minor() + 1);
                }
                insurer.carry_out(request_id, StatementKind::Commit, lines)
            }
            InsurerRequest::Reverse { request_id, commit, lines } => {
                insurer.reverse(request_id, &commit, &lines)
            }
            InsurerRequest::Query { request_id } => {
                let known = insurer.books.borrow().get(&request_id).map(|(_, s)| s.clone());
                settlement(known.unwrap_or(SettlementStatus::NotFound))
            }
            InsurerRequest::Statement { .. } => {
                let books = insurer.books.borrow();
                let lines = books.iter().filter_map(|(id, (kind, status))| match status {
                    SettlementStatus::Settled { lines, settled_at_ms } => Some(StatementLine {
                        request_id: id.clone(),
                        kind: *kind,
                        split: sum(lines),
                        settled_at_ms: *settled_at_ms,
                    }),
                    _ => None,
                });
                InsurerReply::Statement { lines: lines.collect() }
            }
        }
    }
}
