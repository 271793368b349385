//! What is measured is done by somebody to something: accounts, merchants and orders, made as
//! the ledger makes them and laid into an empty store in bulk.

mod documents;
mod fill;

pub use documents::{ORDER_VALUE, People, Population};
pub use fill::{KeyValue, Sqlite, Stored};
