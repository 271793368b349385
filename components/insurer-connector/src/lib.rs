//! The insurer connector: the one component that holds the insurer's address and key.

use bytes::Bytes;
use feiqian_connector::Variables;
use feiqian_insurer_api::InsurerRequest;
use http::Response;
use http_body_util::Full;
use spin_sdk::http::Request;

const VARIABLES: Variables = Variables {
    component: "insurer-connector",
    url: "insurer_url",
    key_id: "insurer_key_id",
    key: "insurer_key",
};

#[spin_sdk::http_service]
async fn handle(request: Request) -> Response<Full<Bytes>> {
    feiqian_connector::handle::<InsurerRequest>(request, &VARIABLES).await
}
