//! Messages between Feiqian and a medical insurer.
//!
//! They travel as those to a bank do (see `feiqian-gateway-api`): each request that does
//! something carries a `request_id` of ours, and the insurer treats a repeat of it as the same
//! request. The parts of a split have the names of the national platform (RULES section 4).

mod reply;
mod request;

pub use reply::{
    DeclineReason, InsurerReply, LineSplit, SettlementStatus, StatementKind, StatementLine,
    WireSplit,
};
pub use request::{Claim, ClaimLine, InsurerRequest};

#[cfg(test)]
mod tests;
