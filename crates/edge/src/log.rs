//! Lines for the host's log. Never personal data, never a body.

use std::fmt;

use crate::RequestId;

/// Writes a line about a fault. The host adds the time and the component.
pub(crate) fn error(line: &str) {
    eprintln!("{line}");
}

/// Writes a line about what failed after, or beside, an answer. `what` names the step or
/// the mark; neither it nor the error may hold personal data.
pub fn log_fault(request_id: &RequestId, what: &str, fault: &impl fmt::Display) {
    let fault = fault.to_string();
    error(&format!("fault what={what} request_id={request_id} cause={fault:?}"));
}
