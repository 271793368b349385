use feiqian_flows::Insurer;
use feiqian_insurer_api::{InsurerReply, InsurerRequest};

use super::connector;
use crate::log;

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
        connector::ask(CONNECTOR, &request).await.unwrap_or_else(|why| {
            log::error(&format!("insurer reply=unknown cause={why:?}"));
            InsurerReply::Unknown
        })
    }
}
