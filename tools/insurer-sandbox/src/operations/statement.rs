use feiqian_calendar::Day;
use feiqian_insurer_api::{InsurerReply, LineSplit, StatementKind, StatementLine, WireSplit};
use feiqian_money::{Amount, Money};
use feiqian_sandbox::{BooksError, Refusal};
use rusqlite::Transaction;

use super::Handled;
use crate::books::{self, Filter, Settlement};
use crate::people;

/// Most lines of one statement: at about 400 bytes each, 4 MB, which the connector still
/// reads.
const STATEMENT_LINES_MAX: usize = 10_000;

/// Everything that was settled or given back on a day in the insurer's time, UTC+08:00.
pub(super) fn statement(tx: &Transaction<'_>, day: &str) -> Result<Handled, Refusal> {
    let day = Day::parse(day).map_err(|_| Refusal::Day)?;
    let filter = Filter { day: Some(day.to_string()), ..Filter::default() };
    let settlements = books::settlements(tx, &filter, STATEMENT_LINES_MAX.saturating_add(1))?;
    if settlements.len() > STATEMENT_LINES_MAX {
        return Err(Refusal::StatementTooLong);
    }
    let mut lines = Vec::with_capacity(settlements.len());
    for settlement in settlements {
        lines.extend(line(tx, settlement)?);
    }
    Ok(Handled::at_once(InsurerReply::Statement { lines }))
}

/// A settlement as the statement shows it, which for two people is not as it was.
fn line(tx: &Transaction<'_>, settlement: Settlement) -> Result<Option<StatementLine>, BooksError> {
    let name = books::insured(tx, &settlement.token)?.map(|person| person.name);
    if name.as_deref() == Some(people::MISSING) {
        return Ok(None);
    }
    let wrong = i64::from(name.as_deref() == Some(people::WRONG_AMOUNT));
    let sum = |part: fn(&WireSplit) -> Money, more: i64| -> Money {
        let parts = settlement.lines.iter().map(|LineSplit { split, .. }| part(split).amount);
        let minor = parts.fold(more, |sum, amount| sum.saturating_add(amount.minor()));
        Amount::from_minor(minor).into()
    };
    let split = WireSplit {
        hifp_pay: sum(|split| split.hifp_pay, wrong),
        acct_pay: sum(|split| split.acct_pay, 0),
        acct_mulaid_pay: sum(|split| split.acct_mulaid_pay, 0),
        oth_pay: sum(|split| split.oth_pay, 0),
        psn_cash_pay: sum(|split| split.psn_cash_pay, 0),
    };
    let back = settlement.kind == "reverse";
    Ok(Some(StatementLine {
        request_id: settlement.request_id,
        kind: if back { StatementKind::Reverse } else { StatementKind::Commit },
        split,
        settled_at_ms: settlement.settled_at_ms,
    }))
}
