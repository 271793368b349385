//! The interfaces a component may import, one file each.

mod http_client;
pub mod keyvalue;
pub mod redis;
mod spin_key_value;
mod variables;

use wasmtime::component::Linker;
use wasmtime_wasi_http::{WasiHttp, WasiHttpView as _};

use crate::bindings::{spin, wasi};
use crate::guest::{Guest, GuestData};

/// Puts everything that a component may import into the linker.
///
/// Of WASI that is all of 0.2 and 0.3 that Rust's standard library may link,
/// granting nothing: no files, no sockets, no environment, no arguments. Who may call any
/// host may look names up.
///
/// # Errors
///
/// When two interfaces have one name: a mistake in this file.
pub fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)?;
    wasmtime_wasi::p3::add_to_linker(linker)?;
    wasmtime_wasi_http::p3::bindings::http::types::add_to_linker::<_, WasiHttp>(
        linker,
        Guest::http,
    )?;
    http_client::add_to_linker(linker)?;
    spin::key_value::key_value::add_to_linker::<_, GuestData>(linker, |guest| guest)?;
    spin::redis::redis::add_to_linker::<_, GuestData>(linker, |guest| guest)?;
    spin::variables::variables::add_to_linker::<_, GuestData>(linker, |guest| guest)?;
    wasi::keyvalue::store::add_to_linker::<_, GuestData>(linker, |guest| guest)?;
    wasi::keyvalue::atomics::add_to_linker::<_, GuestData>(linker, |guest| guest)?;
    wasi::keyvalue::batch::add_to_linker::<_, GuestData>(linker, |guest| guest)
}
