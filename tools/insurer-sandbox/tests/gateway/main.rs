//! The insurer sandbox over HTTP: a server in this process on a free port, with books in a
//! temporary folder. Each row of the README's table of people has its test.
//!
//! The modules are marked as tests so that clippy knows their helpers as such.

#[cfg(test)]
mod people;
#[cfg(test)]
mod process;
#[cfg(test)]
mod settlements;
#[cfg(test)]
mod support;
