//! A bank's gateway for local use and for tests: the wire of `feiqian-bank-api`, books
//! of its own that survive being killed, and one card number per behaviour.
//!
//! The README lists the cards; [`cards`] has their numbers as constants.

mod books;
mod callbacks;
pub mod cards;
mod inspect;
mod operations;
pub mod people;

pub use callbacks::Callbacks;
pub use operations::{Bank, CODE, CODE_TRIES_MAX, CODE_TTL_MS};
