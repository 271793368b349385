//! Visits, which an insurer and a person pay together. The visit's document is the arbiter:
//! see `docs/decisions/0013-visits-arbitrate-between-insurer-and-bank.md`.

mod advance;
mod confirm;
mod create;
mod refund;

pub use advance::{
    cancel_visit, cancel_visit_by_payer, find_visit, settle_visit, visit_of_partner,
};
pub use confirm::{ConfirmVisitRequest, ConfirmedVisit, confirm_visit};
pub use create::{CreateVisitRequest, create_visit};
pub use refund::{RefundVisitRequest, RefundedVisit, refund_visit, settle_visit_refund};
