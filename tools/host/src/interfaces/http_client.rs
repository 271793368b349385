//! `wasi:http/client`: Wasmtime's, told first on whose behalf a call is made.

use wasmtime::AsContextMut as _;
use wasmtime::component::{Accessor, GuestTaskId, Linker, Resource};
use wasmtime_wasi_http::p3::bindings::http::client::HostWithStore;
use wasmtime_wasi_http::p3::bindings::http::types::{ErrorCode, Request, Response};
use wasmtime_wasi_http::{WasiHttp, WasiHttpView as _};

use crate::guest::Guest;

const INTERFACE: &str = "wasi:http/client@0.3.0";

pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    linker.instance(INTERFACE)?.func_wrap_concurrent(
        "send",
        |accessor: &Accessor<Guest>, (request,): (Resource<Request>,)| {
            Box::pin(async move { Ok((send(accessor, request).await?,)) })
        },
    )
}

async fn send(
    accessor: &Accessor<Guest>,
    request: Resource<Request>,
) -> wasmtime::Result<Result<Resource<Response>, ErrorCode>> {
    accessor.with(|mut access| {
        let mut store = access.as_context_mut();
        let tasks: Vec<GuestTaskId> = store.async_call_stack()?.collect();
        let guest = store.data_mut();
        // Nothing runs between here and the hook, which takes it: the call
        // below reaches the hook when it is first polled.
        guest.outgoing.on_behalf_of(guest.calls.request_id(tasks));
        wasmtime::error::Ok(())
    })?;
    let accessor = accessor.with_getter::<WasiHttp>(Guest::http);
    match <WasiHttp as HostWithStore<Guest>>::send(&accessor, request).await {
        Ok(response) => Ok(Ok(response)),
        Err(error) => Ok(Err(error.downcast()?)),
    }
}
