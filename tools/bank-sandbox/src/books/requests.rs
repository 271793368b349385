use feiqian_bank_api::BankReply;
use rusqlite::{OptionalExtension, Transaction, params};

use super::BooksError;

/// A request that was carried out or refused, and what was answered.
pub(crate) struct Recorded {
    pub(crate) operation: String,
    pub(crate) fingerprint: String,
    /// The request as it came.
    pub(crate) request: String,
    pub(crate) reply: BankReply,
}

pub(crate) fn find_request(
    tx: &Transaction<'_>,
    request_id: &str,
) -> Result<Option<Recorded>, BooksError> {
    let sql = "SELECT operation, fingerprint, request, reply FROM requests WHERE request_id = ?1";
    let found: Option<(String, String, String, String)> = tx
        .prepare_cached(sql)?
        .query_row([request_id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    found
        .map(|(operation, fingerprint, request, reply)| {
            let reply = serde_json::from_str(&reply)?;
            Ok(Recorded { operation, fingerprint, request, reply })
        })
        .transpose()
}

/// The newest requests of an operation as they came, at most so many.
pub(crate) fn requests_of(
    tx: &Transaction<'_>,
    operation: &str,
    most: usize,
) -> Result<Vec<serde_json::Value>, BooksError> {
    let sql = "SELECT request FROM requests WHERE operation = ?1 ORDER BY rowid DESC LIMIT ?2";
    let mut statement = tx.prepare_cached(sql)?;
    let rows = statement.query_map(params![operation, most], |row| row.get::<_, String>(0))?;
    rows.map(|request| Ok(serde_json::from_str(&request?)?)).collect()
}

pub(crate) fn insert_request(
    tx: &Transaction<'_>,
    request_id: &str,
    recorded: &Recorded,
) -> Result<(), BooksError> {
    let Recorded { operation, fingerprint, request, reply } = recorded;
    let reply = serde_json::to_string(reply)?;
    tx.prepare_cached(
        "INSERT INTO requests (request_id, operation, fingerprint, request, reply)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![request_id, operation, fingerprint, request, reply])?;
    Ok(())
}

pub(crate) fn update_reply(
    tx: &Transaction<'_>,
    request_id: &str,
    reply: &BankReply,
) -> Result<(), BooksError> {
    let reply = serde_json::to_string(reply)?;
    tx.prepare_cached("UPDATE requests SET reply = ?2 WHERE request_id = ?1")?
        .execute(params![request_id, reply])?;
    Ok(())
}

/// Counts one more query of a request and says how many there were.
pub(crate) fn count_query(tx: &Transaction<'_>, request_id: &str) -> Result<u64, BooksError> {
    let sql = "UPDATE requests SET queries = queries + 1 WHERE request_id = ?1 RETURNING queries";
    Ok(tx.prepare_cached(sql)?.query_row([request_id], |row| row.get(0))?)
}

/// The fingerprint of an attempt that was lost on purpose.
pub(crate) fn find_lost(
    tx: &Transaction<'_>,
    request_id: &str,
) -> Result<Option<String>, BooksError> {
    let sql = "SELECT fingerprint FROM lost_attempts WHERE request_id = ?1";
    Ok(tx.prepare_cached(sql)?.query_row([request_id], |row| row.get(0)).optional()?)
}

pub(crate) fn insert_lost(
    tx: &Transaction<'_>,
    request_id: &str,
    fingerprint: &str,
) -> Result<(), BooksError> {
    tx.prepare_cached("INSERT INTO lost_attempts (request_id, fingerprint) VALUES (?1, ?2)")?
        .execute([request_id, fingerprint])?;
    Ok(())
}
