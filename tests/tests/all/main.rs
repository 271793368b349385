//! The end-to-end cases: one module for each thing that a caller relies on.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of cases fail them by panicking, as the cases themselves do"
)]

mod activation;
mod adjustments;
mod audit;
mod authorisation;
mod bad_input;
mod bank_outage;
mod bills;
mod binding;
mod card_payment;
mod charges;
mod codes;
mod costs;
mod crash;
mod demonstration;
mod deposits;
mod desk;
mod events;
mod health;
mod history;
mod idempotency;
mod limits;
mod linearizability;
mod manifest;
mod medical;
mod operator_log;
mod operators_client;
mod partner_program;
mod partners;
mod payment;
mod pin;
mod privacy;
mod refund;
mod regions;
mod reports;
mod security;
mod seeing;
mod sending;
mod settlements;
mod statements;
mod store_contention;
mod top_up;
mod transfer;
mod valkey;
mod wallets;
mod wealth;
mod webhooks_in;
mod withdrawal;
