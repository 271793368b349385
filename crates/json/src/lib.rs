//! Reads JSON strictly: a struct is an object and nothing else.
//!
//! `serde`'s derived code also takes a struct from an array of its fields in order, so
//! that `["12.34", "CNY"]` would pass for an amount. No caller of ours means that; here
//! it is an error. As the code for it is never compiled, components are also a good part
//! smaller.
//!
//! What `serde` has to buffer first (an internally tagged enum, a flattened field) is read
//! from the buffer in its own way.

mod deserializer;
mod visitor;

use deserializer::Strict;
use serde::de::DeserializeOwned;

/// Reads one value and nothing after it.
///
/// # Errors
/// As [`serde_json::from_slice`], and for an array in place of an object.
pub fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> serde_json::Result<T> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = T::deserialize(Strict(&mut deserializer))?;
    deserializer.end()?;
    Ok(value)
}

#[cfg(test)]
mod tests;
