//! What the bank has written down of its own.

mod codes;
mod deposits;
mod money;

pub(crate) use codes::{code_by_request, insert_code, last_sent_ms, record_try};
pub(crate) use deposits::{
    Fate, deposit_of, end_deposit, fate_of, insert_deposit, waiting_deposits,
};
pub(crate) use feiqian_sandbox::{
    BooksError, count_query, find_request, requests_of, update_reply,
};
pub(crate) use money::{
    Filter, Kind, Movement, agreement_card, balance, insert_agreement, movements, record, settle,
    total,
};

/// The tables of cards, codes, movements and deposits.
pub(crate) const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS codes (
        request_id TEXT PRIMARY KEY,
        card TEXT NOT NULL,
        sent_at_ms INTEGER NOT NULL,
        tries INTEGER NOT NULL DEFAULT 0,
        used INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX IF NOT EXISTS codes_by_card ON codes (card, sent_at_ms);
    CREATE TABLE IF NOT EXISTS agreements (
        agreement TEXT PRIMARY KEY,
        card TEXT NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS balances (
        card TEXT PRIMARY KEY,
        minor INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS movements (
        sequence INTEGER PRIMARY KEY,
        request_id TEXT NOT NULL UNIQUE,
        card TEXT NOT NULL,
        kind TEXT NOT NULL,
        minor INTEGER NOT NULL,
        settled_at_ms INTEGER NOT NULL,
        day TEXT NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS movements_by_day ON movements (day, sequence);
    CREATE TABLE IF NOT EXISTS deposits (
        sequence INTEGER PRIMARY KEY,
        reference TEXT NOT NULL UNIQUE,
        account TEXT NOT NULL,
        minor INTEGER NOT NULL,
        payer TEXT NOT NULL,
        fate TEXT NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS deposits_by_fate ON deposits (fate, sequence);
";
