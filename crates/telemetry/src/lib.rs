//! What each request leaves behind: the ids by which it is followed from one component to the
//! next and to an outside party, and its line in the log.
//!
//! A line is one JSON object. It has no personal data and no body, so that logs can be kept and
//! searched: `docs/observability.md` lists its fields.

mod ids;
mod line;
mod request_id;
mod trace;

pub use ids::Ids;
pub use line::{Level, Line, write};
pub use request_id::{REQUEST_ID, RequestId};
pub use trace::{TRACEPARENT, TraceContext};
