//! What every component shares: routing, authentication, problem details, idempotency.
//!
//! A component implements [`Component`]: a table of routes and one function that answers.
//! [`serve`] does the rest around it, natively testable; the module `spin` (feature
//! `spin`) connects it with Spin.
//!
//! What a caller reads of an error is in [`Problem`]; what happened inside goes to the log.

mod acting;
mod answer;
pub mod auth;
mod budget;
mod call;
mod confirmation;
mod cors;
mod cursor;
mod entry;
mod event;
mod idempotency;
mod ids;
mod json;
mod language;
mod log;
mod operation;
mod operators;
mod partners;
mod pay_method;
mod pending;
mod problem;
pub mod query;
mod regions;
mod route;
mod scope;
mod serve;
pub mod settlement;
#[cfg(feature = "spin")]
pub mod spin;
#[cfg(test)]
mod test;
mod variables;
mod webhook;

pub use acting::Acting;
pub use answer::{Answer, Followup};
pub use auth::Customer;
pub use call::{Call, MAX_BODY_BYTES};
pub use confirmation::{SignatureInput, read_confirmation};
pub use cors::{Origins, OriginsError};
pub use cursor::Cursor;
pub use entry::EntryBody;
pub use event::{EVENT_API_VERSION, EventBody};
pub use feiqian_telemetry::RequestId;
pub use idempotency::IdempotencyKey;
pub use ids::{read_id, read_text};
pub use language::Language;
pub use log::log_fault;
pub use operation::OperationBody;
pub use operators::{Operator, OperatorScope, Operators, OperatorsError};
pub use partners::Partners;
pub use pay_method::PayMethod;
pub use pending::PendingBody;
pub use problem::{PROBLEM_JSON, Problem, ProblemCode, limit_help, limit_json};
pub use regions::{RegionUrlsError, Regions};
pub use route::Route;
pub use serve::{BodyError, Component, Host, Inbound, Loaded, serve};
pub use variables::{ConfigurationError, StoreChoice, VariableSource, Variables};
pub use webhook::{WebhookSecrets, WebhookSecretsError, WebhookSource};
