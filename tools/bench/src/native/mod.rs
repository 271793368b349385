//! The same flows in a native server, over the same store: what is left of the difference is
//! WebAssembly's, and the way of a request into an instance and out of it.

mod components;
mod platform;
mod server;

pub use server::{NativeOptions, serve};
