//! What the insurer has written down of its own.

use feiqian_calendar::{Calendar, Timestamp};
use feiqian_insurer_api::LineSplit;
use feiqian_money::Amount;
use feiqian_sandbox::BooksError;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};

pub(crate) const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS insured (
        token TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        personal_minor INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS settlements (
        sequence INTEGER PRIMARY KEY,
        request_id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        commit_id TEXT NOT NULL,
        token TEXT NOT NULL,
        shared_by TEXT,
        institution TEXT NOT NULL,
        lines TEXT NOT NULL,
        settled_at_ms INTEGER NOT NULL,
        day TEXT NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS settlements_by_day ON settlements (day, sequence);
    CREATE INDEX IF NOT EXISTS settlements_by_commit ON settlements (commit_id, sequence);
";

/// What is on each personal account when the books meet its owner: 1,000.00.
const OPENING_BALANCE: Amount = Amount::from_minor(100_000);

/// An insured person.
pub(crate) struct Insured {
    pub(crate) name: String,
    pub(crate) personal: Amount,
}

/// A settlement, or what gave lines of one back.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Settlement {
    pub(crate) request_id: String,
    pub(crate) kind: String,
    pub(crate) commit_id: String,
    pub(crate) token: String,
    pub(crate) shared_by: Option<String>,
    pub(crate) institution: String,
    pub(crate) lines: Vec<LineSplit>,
    pub(crate) settled_at_ms: u64,
}

/// Which settlements to list; everything that is absent does not narrow the list.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filter {
    pub(crate) request_id: Option<String>,
    pub(crate) commit_id: Option<String>,
    pub(crate) day: Option<String>,
}

pub(crate) fn enrol(
    tx: &Transaction<'_>,
    token: &str,
    name: &str,
    has_account: bool,
) -> Result<(), BooksError> {
    let opening = if has_account { OPENING_BALANCE } else { Amount::ZERO };
    tx.prepare_cached(
        "INSERT OR IGNORE INTO insured (token, name, personal_minor) VALUES (?1, ?2, ?3)",
    )?
    .execute(params![token, name, opening.minor()])?;
    Ok(())
}

pub(crate) fn insured(tx: &Transaction<'_>, token: &str) -> Result<Option<Insured>, BooksError> {
    let sql = "SELECT name, personal_minor FROM insured WHERE token = ?1";
    let row = |row: &Row<'_>| {
        Ok(Insured { name: row.get(0)?, personal: Amount::from_minor(row.get(1)?) })
    };
    Ok(tx.prepare_cached(sql)?.query_row([token], row).optional()?)
}

/// Adds to a personal account, or takes from it.
pub(crate) fn add_personal(
    tx: &Transaction<'_>,
    token: &str,
    amount: Amount,
) -> Result<(), BooksError> {
    tx.prepare_cached("UPDATE insured SET personal_minor = personal_minor + ?2 WHERE token = ?1")?
        .execute(params![token, amount.minor()])?;
    Ok(())
}

pub(crate) fn insert(tx: &Transaction<'_>, settlement: &Settlement) -> Result<(), BooksError> {
    let lines = serde_json::to_string(&settlement.lines)?;
    let day = Calendar::CHINA.day(Timestamp::from_millis(settlement.settled_at_ms));
    tx.prepare_cached(
        "INSERT INTO settlements
         (request_id, kind, commit_id, token, shared_by, institution, lines, settled_at_ms, day)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        settlement.request_id,
        settlement.kind,
        settlement.commit_id,
        settlement.token,
        settlement.shared_by,
        settlement.institution,
        lines,
        settlement.settled_at_ms,
        day.to_string()
    ])?;
    Ok(())
}

/// Settlements in the order in which they were made, at most `limit` of them.
pub(crate) fn settlements(
    tx: &Transaction<'_>,
    filter: &Filter,
    limit: usize,
) -> Result<Vec<Settlement>, BooksError> {
    let mut statement = tx.prepare_cached(
        "SELECT request_id, kind, commit_id, token, shared_by, institution, lines, settled_at_ms
         FROM settlements
         WHERE (?1 IS NULL OR request_id = ?1)
           AND (?2 IS NULL OR commit_id = ?2)
           AND (?3 IS NULL OR day = ?3)
         ORDER BY sequence LIMIT ?4",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(
        params![filter.request_id, filter.commit_id, filter.day, limit],
        |row| {
            let lines: String = row.get(6)?;
            let settlement = Settlement {
                request_id: row.get(0)?,
                kind: row.get(1)?,
                commit_id: row.get(2)?,
                token: row.get(3)?,
                shared_by: row.get(4)?,
                institution: row.get(5)?,
                lines: Vec::new(),
                settled_at_ms: row.get(7)?,
            };
            Ok((settlement, lines))
        },
    )?;
    rows.map(|row| {
        let (settlement, lines) = row?;
        Ok(Settlement { lines: serde_json::from_str(&lines)?, ..settlement })
    })
    .collect()
}
