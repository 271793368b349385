//! Reads on a connection of their own.

use rusqlite::{Connection, OptionalExtension, params};

use super::ops::log;
use super::{KvError, MAX_RESULT_BYTES, Pairs};

/// A read-only connection.
pub(super) struct Reader(pub(super) Connection);

impl Reader {
    pub(super) fn get(&self, label: &str, key: &str) -> Result<Option<Vec<u8>>, KvError> {
        self.0
            .prepare_cached("SELECT value FROM spin_key_value WHERE store=?1 AND key=?2")
            .map_err(log)?
            .query_row(params![label, key], |row| row.get(0))
            .optional()
            .map_err(log)
    }

    pub(super) fn exists(&self, label: &str, key: &str) -> Result<bool, KvError> {
        self.0
            .prepare_cached("SELECT 1 FROM spin_key_value WHERE store=?1 AND key=?2")
            .map_err(log)?
            .exists(params![label, key])
            .map_err(log)
    }

    pub(super) fn keys(&self, label: &str) -> Result<Vec<String>, KvError> {
        let mut statement =
            self.0.prepare_cached("SELECT key FROM spin_key_value WHERE store=?1").map_err(log)?;
        let rows =
            statement.query_map(params![label], |row| row.get::<_, String>(0)).map_err(log)?;
        let mut budget = MAX_RESULT_BYTES;
        let mut keys = Vec::new();
        for key in rows {
            let key = key.map_err(log)?;
            spend(&mut budget, size_of::<String>() + key.len())?;
            keys.push(key);
        }
        Ok(keys)
    }

    pub(super) fn get_many(&self, label: &str, keys: &[String]) -> Result<Pairs, KvError> {
        // One snapshot for all keys, as Spin's single statement has.
        let transaction = self.0.unchecked_transaction().map_err(log)?;
        let mut budget = MAX_RESULT_BYTES;
        let mut pairs = Vec::with_capacity(keys.len());
        for key in keys {
            if let Some(value) = self.get(label, key)? {
                spend(&mut budget, size_of::<String>() + key.len() + value.len())?;
                pairs.push((key.clone(), Some(value)));
            }
        }
        transaction.finish().map_err(log)?;
        Ok(pairs)
    }
}

fn spend(budget: &mut usize, bytes: usize) -> Result<(), KvError> {
    *budget = budget.checked_sub(bytes).ok_or_else(|| {
        KvError(format!("query result exceeds limit of {MAX_RESULT_BYTES} bytes"))
    })?;
    Ok(())
}
