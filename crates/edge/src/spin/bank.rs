use bytes::Bytes;
use feiqian_bank_api::{BankReply, BankRequest};
use feiqian_flows::Bank;
use feiqian_gateway_api::{CONNECTOR_HEALTH_PATH, CONNECTOR_PATH};
use spin_sdk::wasip3::http::types::Method;

use super::{sibling, wire};
use crate::log;

/// The component that speaks with the bank.
const CONNECTOR: &str = "bank-connector";

/// Says that the connector does what it was asked.
const OK: u16 = 200;

/// Says that the connector does not reach the bank.
const UNAVAILABLE: u16 = 503;

/// The bank, through the connector component.
///
/// The connector bounds how long it waits for the bank. Whatever is no clear reply of it
/// is [`BankReply::Unknown`].
#[derive(Debug, Clone, Copy, Default)]
pub struct BankOverHttp;

/// What the connector says about the bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectorHealth {
    /// The bank answers.
    BankReached,
    /// The connector answers, and the bank does not.
    BankUnreached,
    /// The connector does not answer.
    Unreached,
}

impl BankOverHttp {
    async fn ask(&self, request: &BankRequest) -> Result<BankReply, &'static str> {
        let body = serde_json::to_vec(request).map_err(|_| "the request cannot be written")?;
        let response = sibling::send(CONNECTOR, Method::Post, CONNECTOR_PATH, Bytes::from(body))
            .await
            .map_err(|_| "the connector does not answer")?;
        if response.get_status_code() != OK {
            return Err("the connector answers with an error");
        }
        let body = wire::response_body(response).await.map_err(|_| "the reply is cut off")?;
        feiqian_json::from_slice(&body).map_err(|_| "the reply cannot be read")
    }

    /// Whether the connector and the bank can be reached.
    pub async fn health(&self) -> ConnectorHealth {
        let answer =
            sibling::send(CONNECTOR, Method::Get, CONNECTOR_HEALTH_PATH, Bytes::new()).await;
        match answer.map(|response| response.get_status_code()) {
            Ok(OK) => ConnectorHealth::BankReached,
            Ok(UNAVAILABLE) => ConnectorHealth::BankUnreached,
            Ok(_) | Err(_) => ConnectorHealth::Unreached,
        }
    }
}

impl Bank for BankOverHttp {
    async fn request(&self, request: BankRequest) -> BankReply {
        self.ask(&request).await.unwrap_or_else(|why| {
            log::error(&format!("bank reply=unknown cause={why:?}"));
            BankReply::Unknown
        })
    }
}
