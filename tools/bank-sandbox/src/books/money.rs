use feiqian_calendar::{Calendar, Timestamp};
use feiqian_money::{Amount, Money};
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};

use super::BooksError;
use crate::cards;

/// What a movement is, seen from the card or the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Money from the card.
    Debit,
    /// Money to the card, or to an account at any bank.
    Credit,
    /// Money of somebody else to an account, which was taken there.
    Deposit,
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Debit => "debit",
            Self::Credit => "credit",
            Self::Deposit => "deposit",
        }
    }

    fn from_name(name: &str) -> Self {
        let others = [Self::Credit, Self::Deposit];
        others.into_iter().find(|kind| kind.name() == name).unwrap_or(Self::Debit)
    }
}

/// Money that moved, once per request id.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Movement {
    pub(crate) request_id: String,
    pub(crate) card: String,
    pub(crate) kind: Kind,
    pub(crate) amount: Money,
    pub(crate) settled_at_ms: u64,
}

/// Which movements to list; everything that is absent does not narrow the list.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filter {
    pub(crate) request_id: Option<String>,
    pub(crate) card: Option<String>,
    pub(crate) day: Option<String>,
}

/// How many movements of one direction, and how much.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Total {
    pub(crate) count: u64,
    pub(crate) amount: Money,
}

pub(crate) fn insert_agreement(
    tx: &Transaction<'_>,
    agreement: &str,
    card: &str,
) -> Result<(), BooksError> {
    tx.prepare_cached("INSERT OR IGNORE INTO agreements (agreement, card) VALUES (?1, ?2)")?
        .execute([agreement, card])?;
    Ok(())
}

pub(crate) fn agreement_card(
    tx: &Transaction<'_>,
    agreement: &str,
) -> Result<Option<String>, BooksError> {
    let sql = "SELECT card FROM agreements WHERE agreement = ?1";
    Ok(tx.prepare_cached(sql)?.query_row([agreement], |row| row.get(0)).optional()?)
}

/// What is on a card now.
pub(crate) fn balance(tx: &Transaction<'_>, card: &str) -> Result<Amount, BooksError> {
    let minor: Option<i64> = tx
        .prepare_cached("SELECT minor FROM balances WHERE card = ?1")?
        .query_row([card], |row| row.get(0))
        .optional()?;
    Ok(minor.map_or_else(|| cards::opening_balance(card), Amount::from_minor))
}

/// Moves the money of one request. `false` if the card has too little for it.
pub(crate) fn settle(
    tx: &Transaction<'_>,
    request_id: &str,
    card: &str,
    kind: Kind,
    amount: Amount,
    at: Timestamp,
) -> Result<bool, BooksError> {
    let before = balance(tx, card)?;
    let after = match kind {
        Kind::Debit => before.checked_sub(amount),
        Kind::Credit | Kind::Deposit => before.checked_add(amount),
    };
    let Some(after) = after.ok().filter(|after| !after.is_negative()) else { return Ok(false) };
    tx.prepare_cached("INSERT OR REPLACE INTO balances (card, minor) VALUES (?1, ?2)")?
        .execute(params![card, after.minor()])?;
    record(tx, request_id, card, kind, amount, at)?;
    Ok(true)
}

/// Writes down that money of one request has moved.
pub(crate) fn record(
    tx: &Transaction<'_>,
    request_id: &str,
    card: &str,
    kind: Kind,
    amount: Amount,
    at: Timestamp,
) -> Result<(), BooksError> {
    tx.prepare_cached(
        "INSERT INTO movements (request_id, card, kind, minor, settled_at_ms, day)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        request_id,
        card,
        kind.name(),
        amount.minor(),
        at.as_millis(),
        Calendar::CHINA.day(at).to_string()
    ])?;
    Ok(())
}

/// Movements in the order in which they settled, at most `limit` of them.
pub(crate) fn movements(
    tx: &Transaction<'_>,
    filter: &Filter,
    limit: usize,
) -> Result<Vec<Movement>, BooksError> {
    let mut statement = tx.prepare_cached(
        "SELECT request_id, card, kind, minor, settled_at_ms FROM movements
         WHERE (?1 IS NULL OR request_id = ?1)
           AND (?2 IS NULL OR card = ?2)
           AND (?3 IS NULL OR day = ?3)
         ORDER BY sequence LIMIT ?4",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement
        .query_map(params![filter.request_id, filter.card, filter.day, limit], movement)?;
    Ok(rows.collect::<Result<Vec<_>, _>>()?)
}

fn movement(row: &Row<'_>) -> Result<Movement, rusqlite::Error> {
    Ok(Movement {
        request_id: row.get(0)?,
        card: row.get(1)?,
        kind: Kind::from_name(&row.get::<_, String>(2)?),
        amount: Amount::from_minor(row.get(3)?).into(),
        settled_at_ms: row.get(4)?,
    })
}

pub(crate) fn total(tx: &Transaction<'_>, kind: Kind) -> Result<Total, BooksError> {
    let sql = "SELECT count(*), coalesce(sum(minor), 0) FROM movements WHERE kind = ?1";
    Ok(tx.prepare_cached(sql)?.query_row([kind.name()], |row| {
        Ok(Total { count: row.get(0)?, amount: Amount::from_minor(row.get(1)?).into() })
    })?)
}
