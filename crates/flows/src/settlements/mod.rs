//! What merchants are owed, settled by day: fees, payouts, and what each day is made of.

mod bill;
mod close;
mod settle;
mod terms;

pub use bill::{BILL_ENTRIES_MAX, BillLine, BillPart, settlement_bill, settlement_of};
pub use settle::{run_settlements, settle_merchant};
pub(crate) use terms::number_context;
pub use terms::{SetSettlementRequest, merchant_settling, set_settlement};
