//! Serves spin.toml with Wasmtime for local use and tests.

fn main() {}
