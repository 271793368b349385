use bytes::Bytes;
use feiqian_bank_api::{BankReply, BankRequest, CONNECTOR_HEALTH_PATH, CONNECTOR_PATH};
use feiqian_flows::Bank;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{Request, StatusCode};
use http_body_util::{Empty, Full};

use crate::log;

/// Where the connector is: a component of the same application, reached in process.
const CONNECTOR: &str = "http://bank-connector.spin.internal";

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
        let request = Request::post(format!("{CONNECTOR}{CONNECTOR_PATH}"))
            .header(CONTENT_TYPE, "application/json")
            .header(CONTENT_LENGTH, body.len())
            .body(Full::new(Bytes::from(body)))
            .map_err(|_| "the request cannot be made")?;
        let response =
            spin_sdk::http::send(request).await.map_err(|_| "the connector does not answer")?;
        if response.status() != StatusCode::OK {
            return Err("the connector answers with an error");
        }
        let body = super::read(response.into_body()).await.map_err(|_| "the reply is cut off")?;
        feiqian_json::from_slice(&body).map_err(|_| "the reply cannot be read")
    }

    /// Whether the connector and the bank can be reached.
    pub async fn health(&self) -> ConnectorHealth {
        let request = Request::get(format!("{CONNECTOR}{CONNECTOR_HEALTH_PATH}"));
        let Ok(request) = request.body(Empty::<Bytes>::new()) else {
            return ConnectorHealth::Unreached;
        };
        match spin_sdk::http::send(request).await.map(|response| response.status()) {
            Ok(StatusCode::OK) => ConnectorHealth::BankReached,
            Ok(StatusCode::SERVICE_UNAVAILABLE) => ConnectorHealth::BankUnreached,
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
