//! The aggregates of the ledger and their decisions, without clock or I/O.
