//! The writes, each as it runs inside a group's transaction.

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::KvError;

/// One write to one store.
#[derive(Debug)]
pub(super) enum Write {
    Set { pairs: Vec<(String, Vec<u8>)> },
    Delete { keys: Vec<String> },
    Increment { key: String, delta: i64 },
    Swap { key: String, expected: Vec<u8>, next: Vec<u8> },
}

/// What a write did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    Changed,
    Counter(i64),
    Swapped(bool),
}

impl Write {
    /// Payload in bytes, for the metrics.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Set { pairs } => pairs.iter().map(|(key, value)| key.len() + value.len()).sum(),
            Self::Delete { keys } => keys.iter().map(String::len).sum(),
            Self::Increment { key, .. } => key.len() + size_of::<i64>(),
            Self::Swap { key, next, .. } => key.len() + next.len(),
        }
    }

    /// Runs inside the group's transaction, undone alone if it fails: SQLite takes one
    /// statement's changes back by itself, several need a savepoint.
    pub(super) fn run(
        &self,
        transaction: &mut Transaction<'_>,
        label: &str,
    ) -> Result<Written, KvError> {
        if !self.is_several() {
            return self.run_on(transaction, label);
        }
        let mut savepoint = transaction.savepoint().map_err(log)?;
        match self.run_on(&savepoint, label) {
            Ok(written) => savepoint.commit().map_err(log).map(|()| written),
            Err(error) => {
                savepoint.rollback().map_err(log)?;
                Err(error)
            }
        }
    }

    /// Whether more than one statement changes something.
    fn is_several(&self) -> bool {
        match self {
            Self::Set { pairs } => pairs.len() > 1,
            Self::Delete { keys } => keys.len() > 1,
            Self::Increment { .. } | Self::Swap { .. } => false,
        }
    }

    fn run_on(&self, connection: &Connection, label: &str) -> Result<Written, KvError> {
        match self {
            Self::Set { pairs } => set(connection, label, pairs),
            Self::Delete { keys } => delete(connection, label, keys),
            Self::Increment { key, delta } => increment(connection, label, key, *delta),
            Self::Swap { key, expected, next } => swap(connection, label, key, expected, next),
        }
    }
}

const UPSERT: &str = "INSERT INTO spin_key_value (store, key, value) VALUES (?1, ?2, ?3)
    ON CONFLICT(store, key) DO UPDATE SET value=?3";

fn set(
    connection: &Connection,
    label: &str,
    pairs: &[(String, Vec<u8>)],
) -> Result<Written, KvError> {
    let mut statement = connection.prepare_cached(UPSERT).map_err(log)?;
    for (key, value) in pairs {
        statement.execute(params![label, key, value]).map_err(log)?;
    }
    Ok(Written::Changed)
}

fn delete(connection: &Connection, label: &str, keys: &[String]) -> Result<Written, KvError> {
    let mut statement = connection
        .prepare_cached("DELETE FROM spin_key_value WHERE store=?1 AND key=?2")
        .map_err(log)?;
    for key in keys {
        statement.execute(params![label, key]).map_err(log)?;
    }
    Ok(Written::Changed)
}

fn increment(
    connection: &Connection,
    label: &str,
    key: &str,
    delta: i64,
) -> Result<Written, KvError> {
    let value: Option<Vec<u8>> = connection
        .prepare_cached("SELECT value FROM spin_key_value WHERE store=?1 AND key=?2")
        .map_err(log)?
        .query_row(params![label, key], |row| row.get(0))
        .optional()
        .map_err(log)?;
    // Little-endian, as Spin stores it, so that both open the same file.
    let counter = match value {
        Some(value) => i64::from_le_bytes(value.as_slice().try_into().map_err(|_| {
            refuse(format!(
                "increment of key {key:?}, whose value has {} bytes and is not a counter; \
                 give each counter a key of its own",
                value.len()
            ))
        })?),
        None => 0,
    };
    let counter = counter
        .checked_add(delta)
        .ok_or_else(|| refuse(format!("increment of key {key:?} overflows")))?;
    connection
        .prepare_cached(UPSERT)
        .map_err(log)?
        .execute(params![label, key, counter.to_le_bytes()])
        .map_err(log)?;
    Ok(Written::Counter(counter))
}

fn swap(
    connection: &Connection,
    label: &str,
    key: &str,
    expected: &[u8],
    next: &[u8],
) -> Result<Written, KvError> {
    let changed = connection
        .prepare_cached("UPDATE spin_key_value SET value=?4 WHERE store=?1 AND key=?2 AND value=?3")
        .map_err(log)?
        .execute(params![label, key, expected, next])
        .map_err(log)?;
    Ok(Written::Swapped(changed == 1))
}

/// Refuses what Spin would answer with a panic or a lost write.
fn refuse(reason: String) -> KvError {
    tracing::error!(%reason, "refused a key-value operation that would break on Spin");
    KvError(reason)
}

/// Logs a database error and words it for the component.
pub(super) fn log(error: rusqlite::Error) -> KvError {
    tracing::warn!(%error, "key-value error");
    KvError(error.to_string())
}
