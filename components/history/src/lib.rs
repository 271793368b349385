//! Reads balances and journal entries.
