//! The bank connector: the one component that holds the bank's address and key, and knows which
//! bank a card belongs to.

use std::cell::OnceCell;

use bytes::Bytes;
use feiqian_bank_api::{BankRequest, BankRoutes};
use feiqian_connector::{SettingsError, Variables};
use http::Response;
use http_body_util::Full;
use spin_sdk::http::Request;

const VARIABLES: Variables = Variables {
    component: "bank-connector",
    url: "bank_url",
    key_id: "bank_key_id",
    key: "bank_key",
};

/// Names the banks' codes by how their card numbers begin.
const ROUTES: &str = "bank_routes";

thread_local! {
    static BANKS: OnceCell<&'static BankRoutes> = const { OnceCell::new() };
}

#[spin_sdk::http_service]
async fn handle(request: Request) -> Response<Full<Bytes>> {
    match routes().await {
        Ok(routes) => {
            let name_bank = |request: &mut BankRequest| routes.name_bank(request);
            feiqian_connector::handle_prepared(request, &VARIABLES, name_bank).await
        }
        Err(error) => feiqian_connector::misconfigured(&error),
    }
}

/// The routes, read once in the instance's life.
async fn routes() -> Result<&'static BankRoutes, SettingsError> {
    if let Some(routes) = BANKS.with(|place| place.get().copied()) {
        return Ok(routes);
    }
    let routes = BankRoutes::parse(&feiqian_connector::read(ROUTES).await?)
        .map_err(|error| SettingsError { variable: ROUTES, reason: error.as_str().to_owned() })?;
    let routes: &'static BankRoutes = Box::leak(Box::new(routes));
    Ok(BANKS.with(|place| *place.get_or_init(|| routes)))
}
