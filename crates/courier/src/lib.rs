//! Bringing events to partners: the messages between the component that signs them and the one that
//! sends them, and the rule where they may go. No I/O and no clock.
//!
//! A partner names the URL, so it is the one place of the application where others choose what it
//! connects to. Nothing behind the region's own network may be reached that way.

mod address;
mod message;
mod retry_after;
mod target;

pub use address::is_public;
pub use message::{COURIER_PATH, Dispatch, DispatchHeader, Dispatched};
pub use retry_after::retry_after_ms;
pub use target::{Target, TargetError, Targets};
