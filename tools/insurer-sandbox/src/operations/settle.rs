use feiqian_calendar::Timestamp;
use feiqian_insurer_api::{
    Claim, DeclineReason, InsurerReply, InsurerRequest, LineSplit, SettlementStatus,
};
use feiqian_money::Amount;
use feiqian_sandbox::{BooksError, Delivery, count_query, find_request, update_reply};
use rusqlite::Transaction;
use std::collections::BTreeSet;

use super::{Handled, split::split};
use crate::books::{self, Filter, Settlement};
use crate::people;

/// The query that finds a processing commit settled.
const QUERIES_UNTIL_SETTLED: u64 = 3;

/// Settlements that belong to one commit, at most: itself and a reversal of each line.
const OF_ONE_COMMIT_MAX: usize = 1_000;

/// What a person's commit has more in cash than its pre-settlement said: one fen.
const CHANGE: Amount = Amount::from_minor(1);

const fn status(status: SettlementStatus) -> InsurerReply {
    InsurerReply::Settlement { status }
}

const fn rejected(reason: DeclineReason) -> InsurerReply {
    status(SettlementStatus::Rejected { reason })
}

/// How a person's commits and reversals are answered; none if the attempt is lost.
fn delivery(name: &str, sent_before: bool) -> Delivery {
    match name {
        people::TIMES_OUT_THEN_DONE => Delivery::Late,
        people::TIMES_OUT_NOT_DONE if !sent_before => Delivery::Lost,
        _ => Delivery::AtOnce,
    }
}

/// Settles a claim. `sent_before` says that an attempt of it was lost.
pub(super) fn commit(
    tx: &Transaction<'_>,
    request_id: &str,
    claim: &Claim,
    sent_before: bool,
    now: Timestamp,
) -> Result<Handled, BooksError> {
    let name = books::insured(tx, &claim.token)?.map(|person| person.name).unwrap_or_default();
    let delivery = delivery(&name, sent_before);
    let reply = match name.as_str() {
        _ if delivery == Delivery::Lost => status(SettlementStatus::NotFound),
        people::REJECTED => rejected(DeclineReason::Other),
        people::PROCESSING => status(SettlementStatus::Processing),
        _ => settle(tx, request_id, claim, &name, now)?,
    };
    Ok(Handled { reply, delivery })
}

fn settle(
    tx: &Transaction<'_>,
    request_id: &str,
    claim: &Claim,
    name: &str,
    now: Timestamp,
) -> Result<InsurerReply, BooksError> {
    let mut lines = match split(tx, claim)? {
        Ok(lines) => lines,
        Err(reason) => return Ok(rejected(reason)),
    };
    if name == people::SPLIT_CHANGES {
        change(&mut lines);
    }
    let settlement = Settlement {
        request_id: request_id.to_owned(),
        kind: "commit".to_owned(),
        commit_id: request_id.to_owned(),
        token: claim.token.clone(),
        shared_by: claim.shared_by.clone(),
        institution: claim.institution.clone(),
        lines,
        settled_at_ms: now.as_millis(),
    };
    book(tx, settlement)
}

/// Moves one fen of the first line from the pooled fund to cash.
fn change(lines: &mut [LineSplit]) {
    if let Some(LineSplit { split, .. }) = lines.first_mut()
        && let Ok(pooled) = split.hifp_pay.amount.checked_sub(CHANGE)
        && let Ok(cash) = split.psn_cash_pay.amount.checked_add(CHANGE)
        && !pooled.is_negative()
    {
        split.hifp_pay = pooled.into();
        split.psn_cash_pay = cash.into();
    }
}

/// Writes a settlement down, with what it does to personal accounts.
fn book(tx: &Transaction<'_>, settlement: Settlement) -> Result<InsurerReply, BooksError> {
    let back = settlement.kind == "reverse";
    let signed = |amount: Amount| {
        let minor = amount.minor();
        Amount::from_minor(if back { minor } else { minor.saturating_neg() })
    };
    for LineSplit { split, .. } in &settlement.lines {
        books::add_personal(tx, &settlement.token, signed(split.acct_pay.amount))?;
        if let Some(sharer) = &settlement.shared_by {
            books::add_personal(tx, sharer, signed(split.acct_mulaid_pay.amount))?;
        }
    }
    books::insert(tx, &settlement)?;
    let Settlement { lines, settled_at_ms, .. } = settlement;
    Ok(status(SettlementStatus::Settled { lines, settled_at_ms }))
}

/// Gives lines of a commit back, each at most once.
pub(super) fn reverse(
    tx: &Transaction<'_>,
    request_id: &str,
    commit: &str,
    wanted: &[u16],
    sent_before: bool,
    now: Timestamp,
) -> Result<Handled, BooksError> {
    let filter = Filter { commit_id: Some(commit.to_owned()), ..Filter::default() };
    let known = books::settlements(tx, &filter, OF_ONE_COMMIT_MAX)?;
    let Some(settled) = known.iter().find(|known| known.request_id == commit) else {
        return Ok(Handled::at_once(rejected(DeclineReason::NotSettled)));
    };
    let name = books::insured(tx, &settled.token)?.map(|person| person.name).unwrap_or_default();
    let delivery = delivery(&name, sent_before);
    if delivery == Delivery::Lost {
        return Ok(Handled { reply: status(SettlementStatus::NotFound), delivery });
    }
    let given_back: BTreeSet<u16> = known
        .iter()
        .filter(|known| known.kind == "reverse")
        .flat_map(|known| known.lines.iter().map(|line| line.line))
        .collect();
    let lines: Vec<LineSplit> = wanted
        .iter()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .filter(|line| !given_back.contains(line))
        .filter_map(|line| settled.lines.iter().find(|known| known.line == *line).copied())
        .collect();
    if lines.is_empty() || lines.len() != wanted.len() {
        return Ok(Handled::at_once(rejected(DeclineReason::NotSettled)));
    }
    let settlement = Settlement {
        request_id: request_id.to_owned(),
        kind: "reverse".to_owned(),
        lines,
        settled_at_ms: now.as_millis(),
        ..settled.clone()
    };
    Ok(Handled { reply: book(tx, settlement)?, delivery })
}

/// What became of a commit or a reversal.
pub(super) fn query(
    tx: &Transaction<'_>,
    request_id: &str,
    now: Timestamp,
) -> Result<Handled, BooksError> {
    let not_found = status(SettlementStatus::NotFound);
    let Some(recorded) = find_request::<InsurerReply>(tx, request_id)? else {
        return Ok(Handled::at_once(not_found));
    };
    let request: InsurerRequest = serde_json::from_str(&recorded.request)?;
    let InsurerRequest::Commit { claim, .. } = request else {
        let reversed = recorded.operation == "reverse";
        return Ok(Handled::at_once(if reversed { recorded.reply } else { not_found }));
    };
    let queries = count_query(tx, request_id)?;
    let processing = recorded.reply == status(SettlementStatus::Processing);
    if !processing || queries < QUERIES_UNTIL_SETTLED {
        return Ok(Handled::at_once(recorded.reply));
    }
    let reply = settle(tx, request_id, &claim, people::PROCESSING, now)?;
    update_reply(tx, request_id, &reply)?;
    Ok(Handled::at_once(reply))
}
