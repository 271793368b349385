use bytes::Bytes;
use feiqian_bank_api::{BankReply, BankRequest};
use feiqian_flows::Bank;
use feiqian_gateway_api::{CONNECTOR_HEALTH_PATH, GatewayRequest};
use spin_sdk::wasip3::http::types::Method;

use super::connector::{self, OK};
use super::sibling;
use crate::scope;

/// The component that speaks with the bank.
const CONNECTOR: &str = "bank-connector";

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
        let reply = connector::ask(CONNECTOR, &request).await;
        if let Some(scope) = scope::current() {
            scope.bank.set(Some(BankRequest::outcome(&reply)));
        }
        reply
    }
}
