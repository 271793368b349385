//! The host driven over HTTP, with a probe component that reaches each bound.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test that calls them")]

mod bounds;
mod grants;
mod program;
mod redis;
mod serving;
mod store;
mod support;
