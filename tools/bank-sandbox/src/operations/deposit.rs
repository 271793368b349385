use feiqian_bank_api::{BankReply, DEPOSITS_LISTED_MAX, DeclineReason};
use feiqian_calendar::Timestamp;
use rusqlite::Transaction;

use super::Handled;
use crate::books::{self, BooksError, Fate, Kind};

/// The deposits that wait.
pub(super) fn list(tx: &Transaction<'_>) -> Result<Handled, BooksError> {
    let deposits = books::waiting_deposits(tx, DEPOSITS_LISTED_MAX)?;
    Ok(Handled::at_once(BankReply::Deposits { deposits }))
}

/// Takes the word on a deposit, which is for good: another word on it later is declined. What
/// was taken is a movement under the id of the request that says so.
pub(super) fn answer(
    tx: &Transaction<'_>,
    request_id: &str,
    reference: &str,
    taken: bool,
    now: Timestamp,
) -> Result<Handled, BooksError> {
    let fate = if taken { Fate::Taken } else { Fate::Returned };
    let known = books::fate_of(tx, reference)?;
    if known.is_none_or(|known| known != Fate::Waiting && known != fate) {
        return Ok(Handled::at_once(BankReply::Declined { reason: DeclineReason::Other }));
    }
    if taken
        && known == Some(Fate::Waiting)
        && let Some((account, amount)) = books::deposit_of(tx, reference)?
    {
        books::record(tx, request_id, &account, Kind::Deposit, amount, now)?;
    }
    books::end_deposit(tx, reference, fate)?;
    Ok(Handled::at_once(BankReply::DepositAnswered))
}
