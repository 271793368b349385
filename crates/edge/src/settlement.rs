//! Settlements: how the worker lets the component that started an operation finish it.
//!
//! A component that sets pending marks has the route `POST /settlements`. No trigger leads
//! there, so only another component of the application reaches it. It answers 204 when the
//! operation has ended, 503 while it waits for an outside party or should be asked again,
//! and any other problem when it cannot go on.

use feiqian_flows::FlowError;
use feiqian_store::Pending;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::{Answer, Call, Problem, ProblemCode};

/// The path of the route, in every component that has it.
pub const SETTLEMENTS_PATH: &str = "/settlements";

/// A request to settle one mark.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettlementBody {
    /// [`Pending::to_key`].
    pub(crate) mark: String,
}

/// The mark that a call to [`SETTLEMENTS_PATH`] is about.
///
/// # Errors
/// `request_malformed` or `parameter_invalid`: another component of another version asks.
pub fn mark_of(call: &Call) -> Result<Pending, Problem> {
    let body: SettlementBody = call.json()?;
    Pending::from_key(&body.mark).ok_or_else(|| {
        Problem::new(ProblemCode::InternalError).because("the settlement names no mark")
    })
}

/// Says what became of a mark.
///
/// # Errors
/// The problem that the worker is told.
pub fn answer(outcome: Result<(), FlowError>) -> Result<Answer, Problem> {
    outcome?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
