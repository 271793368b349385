//! Builds, starts, tests and checks the application.

fn main() {}
