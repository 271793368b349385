//! The sandbox over HTTP: a server in this process on a free port, with books in a
//! temporary folder. Each row of the README's table of cards has its test.
//!
//! The modules are marked as tests so that clippy knows their helpers as such.

#[cfg(test)]
mod cards;
#[cfg(test)]
mod codes;
#[cfg(test)]
mod money;
#[cfg(test)]
mod process;
#[cfg(test)]
mod support;
#[cfg(test)]
mod wire;
