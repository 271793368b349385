use feiqian_bank_api::{BankReply, StatementLine};
use feiqian_calendar::Day;
use feiqian_money::{Amount, Money};
use rusqlite::Transaction;

use super::{Handled, Refusal};
use crate::books::{self, Filter, Movement};
use crate::cards::{self, Behaviour};

/// Most lines of one statement: at about 150 bytes each, 3 MB, which the connector
/// still reads.
const STATEMENT_LINES_MAX: usize = 20_000;

/// What a line of the wrong-amount card has too much: one fen.
const ERROR_IN_STATEMENT: Amount = Amount::from_minor(1);

/// Every movement that settled on a day in the bank's time, UTC+08:00.
pub(super) fn statement(tx: &Transaction<'_>, day: &str) -> Result<Handled, Refusal> {
    let day = Day::parse(day).map_err(|_| Refusal::Day)?;
    let filter = Filter { day: Some(day.to_string()), ..Filter::default() };
    let movements = books::movements(tx, &filter, STATEMENT_LINES_MAX.saturating_add(1))?;
    if movements.len() > STATEMENT_LINES_MAX {
        return Err(Refusal::StatementTooLong);
    }
    let lines = movements.into_iter().filter_map(line).collect();
    Ok(Handled::at_once(BankReply::Statement { lines }))
}

/// A movement as the statement shows it, which for two cards is not as it was.
fn line(movement: Movement) -> Option<StatementLine> {
    let amount = match cards::behaviour(&movement.card) {
        Behaviour::Missing => return None,
        Behaviour::WrongAmount => {
            movement.amount.amount.checked_add(ERROR_IN_STATEMENT).map(Money::from).ok()?
        }
        _ => movement.amount,
    };
    Some(StatementLine {
        request_id: movement.request_id,
        kind: movement.kind.name().to_owned(),
        amount,
        settled_at_ms: movement.settled_at_ms,
    })
}
