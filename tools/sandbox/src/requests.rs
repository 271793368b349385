use rusqlite::{OptionalExtension, Transaction, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::books::BooksError;

/// A request that was carried out or refused, and what was answered.
#[derive(Debug)]
pub struct Recorded<R> {
    /// The operation's name.
    pub operation: String,
    /// A digest of the request.
    pub fingerprint: String,
    /// The request as it came.
    pub request: String,
    /// The answer.
    pub reply: R,
}

/// A request that was carried out or refused.
///
/// # Errors
/// That the books cannot be used.
pub fn find_request<R: DeserializeOwned>(
    tx: &Transaction<'_>,
    request_id: &str,
) -> Result<Option<Recorded<R>>, BooksError> {
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
///
/// # Errors
/// That the books cannot be used.
pub fn requests_of(
    tx: &Transaction<'_>,
    operation: &str,
    most: usize,
) -> Result<Vec<serde_json::Value>, BooksError> {
    let sql = "SELECT request FROM requests WHERE operation = ?1 ORDER BY rowid DESC LIMIT ?2";
    let mut statement = tx.prepare_cached(sql)?;
    let rows = statement.query_map(params![operation, most], |row| row.get::<_, String>(0))?;
    rows.map(|request| Ok(serde_json::from_str(&request?)?)).collect()
}

pub(crate) fn insert_request<R: Serialize>(
    tx: &Transaction<'_>,
    request_id: &str,
    recorded: &Recorded<R>,
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

/// Sets the answer of a request that was not decided when it came.
///
/// # Errors
/// That the books cannot be used.
pub fn update_reply<R: Serialize>(
    tx: &Transaction<'_>,
    request_id: &str,
    reply: &R,
) -> Result<(), BooksError> {
    let reply = serde_json::to_string(reply)?;
    tx.prepare_cached("UPDATE requests SET reply = ?2 WHERE request_id = ?1")?
        .execute(params![request_id, reply])?;
    Ok(())
}

/// Counts one more query of a request and says how many there were.
///
/// # Errors
/// That the books cannot be used.
pub fn count_query(tx: &Transaction<'_>, request_id: &str) -> Result<u64, BooksError> {
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
