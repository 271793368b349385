//! Messages between Feiqian and a bank.
//!
//! The same shapes travel twice: from a component to the private bank connector,
//! and from the connector to the bank's gateway, where they are signed. Each
//! request that does something carries a `request_id` of ours; the bank treats a
//! repeat of it as the same request. Settlement and account states use the
//! vocabulary of RULES section 5 (PR05 success, PR09 rejected, ...).
//!
//! On the wire a request or a reply is an object with one member, whose name says which
//! it is: `{"query":{"request_id":"op_1"}}`, `{"money":{"status":"settled"}}`; one
//! without content is its name alone: `"code_sent"`.

mod gateway;
mod reply;
mod request;
mod routes;

pub use reply::{
    AccountKind, BankReply, CodeResult, DEPOSITS_LISTED_MAX, DeclineReason, Deposit, FaceResult,
    MoneyStatus, StatementLine, Verification,
};
pub use request::{BankRequest, Elements};
pub use routes::{BankRoutes, RoutesError};

#[cfg(test)]
mod tests;
