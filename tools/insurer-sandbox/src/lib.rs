//! A medical insurer's gateway for local use and for tests: the wire of `feiqian-insurer-api`,
//! books of its own that survive being killed, and one person per behaviour.
//!
//! The README lists the people; [`people`] has their names as constants.

mod books;
mod inspect;
mod operations;
pub mod people;

pub use operations::Insurer;
