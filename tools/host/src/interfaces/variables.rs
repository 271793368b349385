//! `spin:variables/variables@3.0.0`.

use wasmtime::component::Accessor;

use crate::bindings::spin::variables::variables::{Error, Host, HostWithStore};
use crate::guest::{Guest, GuestData};
use crate::variables::check_name;

impl<T: Send> HostWithStore<T> for GuestData {
    async fn get(accessor: &Accessor<T, Self>, name: String) -> Result<String, Error> {
        check_name(&name).map_err(Error::InvalidName)?;
        accessor.with(|mut access| {
            let grants = &access.get().grants;
            grants.variables.get(&name).cloned().ok_or_else(|| {
                Error::Undefined(format!("no variable for {:?}.{name:?}", grants.id))
            })
        })
    }
}

impl Host for Guest {
    fn convert_error(&mut self, error: Error) -> wasmtime::Result<Error> {
        Ok(error)
    }
}
