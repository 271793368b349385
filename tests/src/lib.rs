//! End-to-end cases against the built components over HTTP.
//!
//! This library starts what the cases in `tests/all` speak to: the bank sandbox and the
//! host with the real spin.toml, and Valkey for some, on free ports, with state of their own. `cargo xtask
//! test` builds the programs and says where they are.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "this library is part of tests, which fail by panicking"
)]

mod app;
mod contract;
mod customer;
mod expect;
pub mod linear;
mod programs;
mod receiver;
pub mod torture;
mod valkey;

pub use app::{App, AppOptions, SharedApp};
pub use customer::{BoundCard, Customer, Merchant};
pub use expect::{AnswerExt, eventually};
pub use feiqian_xtask::api::yuan;
pub use programs::{client, component_dir, repository};
pub use receiver::{Received, Receiver};
pub use valkey::Valkey;
