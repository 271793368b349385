use feiqian_bank_api::{BankReply, DEPOSITS_LISTED_MAX, DeclineReason};
use rusqlite::Transaction;

use super::Handled;
use crate::books::{self, BooksError, Fate};

/// The deposits that wait.
pub(super) fn list(tx: &Transaction<'_>) -> Result<Handled, BooksError> {
    let deposits = books::waiting_deposits(tx, DEPOSITS_LISTED_MAX)?;
    Ok(Handled::at_once(BankReply::Deposits { deposits }))
}

/// Takes the word on a deposit, which is for good: another word on it later is declined.
pub(super) fn answer(
    tx: &Transaction<'_>,
    reference: &str,
    taken: bool,
) -> Result<Handled, BooksError> {
    let fate = if taken { Fate::Taken } else { Fate::Returned };
    let known = books::fate_of(tx, reference)?;
    if known.is_none_or(|known| known != Fate::Waiting && known != fate) {
        return Ok(Handled::at_once(BankReply::Declined { reason: DeclineReason::Other }));
    }
    books::end_deposit(tx, reference, fate)?;
    Ok(Handled::at_once(BankReply::DepositAnswered))
}
