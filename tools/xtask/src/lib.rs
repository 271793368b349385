//! Builds, starts, tests and checks the application.
//!
//! The commands are in [`cli`]. The end-to-end cases use the rest as a library:
//! [`stack`] starts the bank sandbox and the host, [`api`] speaks to them, and
//! [`demo`] is both `cargo xtask demo` and one of the cases.

pub mod api;
pub mod bench;
pub mod build;
pub mod check;
pub mod cli;
pub mod command;
pub mod demo;
pub mod development;
pub mod docs;
pub mod fuzz;
pub mod manifest;
#[cfg(test)]
mod observability_tests;
pub mod openapi;
pub mod people;
pub mod process;
pub mod progress;
pub mod region;
pub mod simulate;
pub mod stack;
pub mod torture;
pub mod up;
pub mod valkey;
pub mod wasm_target;
pub mod workspace;
