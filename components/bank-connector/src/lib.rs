//! The bank connector: the one component that holds the bank's address and key.

use bytes::Bytes;
use feiqian_bank_api::BankRequest;
use feiqian_connector::Variables;
use http::Response;
use http_body_util::Full;
use spin_sdk::http::Request;

const VARIABLES: Variables =
    Variables { party: "bank", url: "bank_url", key_id: "bank_key_id", key: "bank_key" };

#[spin_sdk::http_service]
async fn handle(request: Request) -> Response<Full<Bytes>> {
    feiqian_connector::handle::<BankRequest>(request, &VARIABLES).await
}
