use feiqian_calendar::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};

use super::BooksError;

/// A one-time code that was sent.
pub(crate) struct Code {
    pub(crate) card: String,
    pub(crate) sent_at: Timestamp,
    pub(crate) tries: u64,
    pub(crate) used: bool,
}

/// When the last code was sent for a card.
pub(crate) fn last_sent_ms(tx: &Transaction<'_>, card: &str) -> Result<Option<u64>, BooksError> {
    let sql = "SELECT max(sent_at_ms) FROM codes WHERE card = ?1";
    Ok(tx.prepare_cached(sql)?.query_row([card], |row| row.get(0))?)
}

pub(crate) fn insert_code(
    tx: &Transaction<'_>,
    request_id: &str,
    card: &str,
    sent_at: Timestamp,
) -> Result<(), BooksError> {
    tx.prepare_cached("INSERT INTO codes (request_id, card, sent_at_ms) VALUES (?1, ?2, ?3)")?
        .execute(params![request_id, card, sent_at.as_millis()])?;
    Ok(())
}

pub(crate) fn code_by_request(
    tx: &Transaction<'_>,
    request_id: &str,
) -> Result<Option<Code>, BooksError> {
    let sql = "SELECT card, sent_at_ms, tries, used FROM codes WHERE request_id = ?1";
    Ok(tx
        .prepare_cached(sql)?
        .query_row([request_id], |row| {
            Ok(Code {
                card: row.get(0)?,
                sent_at: Timestamp::from_millis(row.get(1)?),
                tries: row.get(2)?,
                used: row.get(3)?,
            })
        })
        .optional()?)
}

/// Writes down one try of a code, and whether it was right.
pub(crate) fn record_try(
    tx: &Transaction<'_>,
    request_id: &str,
    right: bool,
) -> Result<(), BooksError> {
    tx.prepare_cached(
        "UPDATE codes SET tries = tries + 1, used = max(used, ?2) WHERE request_id = ?1",
    )?
    .execute(params![request_id, right])?;
    Ok(())
}
