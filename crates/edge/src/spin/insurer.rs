use feiqian_flows::Insurer;
use feiqian_gateway_api::GatewayRequest;
use feiqian_insurer_api::{InsurerReply, InsurerRequest};

use super::connector;
use crate::scope;

/// The component that speaks with the medical insurer.
const CONNECTOR: &str = "insurer-connector";

/// The medical insurer, through the connector component.
///
/// The connector bounds how long it waits for the insurer. Whatever is no clear reply of it is
/// [`InsurerReply::Unknown`].
#[derive(Debug, Clone, Copy, Default)]
pub struct InsurerOverHttp;

impl Insurer for InsurerOverHttp {
    async fn request(&self, request: InsurerRequest) -> InsurerReply {
        let reply = connector::ask(CONNECTOR, &request).await;
        if let Some(scope) = scope::current() {
            scope.insurer.set(Some(InsurerRequest::outcome(&reply)));
        }
        reply
    }
}
