use feiqian_bank_api::Deposit;
use feiqian_money::Amount;
use rusqlite::{OptionalExtension as _, Row, Transaction, params};
use serde::{Deserialize, Serialize};

use super::BooksError;

/// What became of a deposit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fate {
    /// Nobody has said yet.
    Waiting,
    /// The account has it.
    Taken,
    /// It went back to who sent it.
    Returned,
}

impl Fate {
    const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Taken => "taken",
            Self::Returned => "returned",
        }
    }

    fn from_name(name: &str) -> Self {
        [Self::Taken, Self::Returned]
            .into_iter()
            .find(|fate| fate.name() == name)
            .unwrap_or(Self::Waiting)
    }
}

/// Writes down what somebody sends; the same number again changes nothing.
pub(crate) fn insert_deposit(tx: &Transaction<'_>, deposit: &Deposit) -> Result<(), BooksError> {
    let Deposit { reference, account, amount, payer } = deposit;
    tx.prepare_cached(
        "INSERT OR IGNORE INTO deposits (reference, account, minor, payer, fate)
         VALUES (?1, ?2, ?3, ?4, 'waiting')",
    )?
    .execute(params![reference, account, amount.amount.minor(), payer])?;
    Ok(())
}

/// The deposits that wait, oldest first.
pub(crate) fn waiting_deposits(
    tx: &Transaction<'_>,
    limit: usize,
) -> Result<Vec<Deposit>, BooksError> {
    let mut statement = tx.prepare_cached(
        "SELECT reference, account, minor, payer FROM deposits
         WHERE fate = 'waiting' ORDER BY sequence LIMIT ?1",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map([limit], deposit)?;
    Ok(rows.collect::<Result<Vec<_>, _>>()?)
}

fn deposit(row: &Row<'_>) -> Result<Deposit, rusqlite::Error> {
    Ok(Deposit {
        reference: row.get(0)?,
        account: row.get(1)?,
        amount: Amount::from_minor(row.get(2)?).into(),
        payer: row.get(3)?,
    })
}

/// What became of a deposit, if there is one of that number.
pub(crate) fn fate_of(tx: &Transaction<'_>, reference: &str) -> Result<Option<Fate>, BooksError> {
    let sql = "SELECT fate FROM deposits WHERE reference = ?1";
    let name: Option<String> =
        tx.prepare_cached(sql)?.query_row([reference], |row| row.get(0)).optional()?;
    Ok(name.map(|name| Fate::from_name(&name)))
}

/// Which account a deposit is for, and how much it is.
pub(crate) fn deposit_of(
    tx: &Transaction<'_>,
    reference: &str,
) -> Result<Option<(String, Amount)>, BooksError> {
    let sql = "SELECT account, minor FROM deposits WHERE reference = ?1";
    let read = |row: &Row<'_>| Ok((row.get(0)?, Amount::from_minor(row.get(1)?)));
    Ok(tx.prepare_cached(sql)?.query_row([reference], read).optional()?)
}

/// Notes what became of a deposit that waits.
pub(crate) fn end_deposit(
    tx: &Transaction<'_>,
    reference: &str,
    fate: Fate,
) -> Result<(), BooksError> {
    let sql = "UPDATE deposits SET fate = ?2 WHERE reference = ?1 AND fate = 'waiting'";
    tx.prepare_cached(sql)?.execute([reference, fate.name()])?;
    Ok(())
}
