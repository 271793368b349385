use bytes::Bytes;
use feiqian_bank_api::{BankReply, BankRequest, CONNECTOR_HEALTH_PATH, CONNECTOR_PATH};
use feiqian_flows::Bank;
use spin_sdk::wasip3::http::client;
use spin_sdk::wasip3::http::types::{ErrorCode, Fields, Method, Request, Response, Scheme};

use super::wire;
use crate::log;

/// Where the connector is: a component of the same application, reached in process.
const CONNECTOR: &str = "bank-connector.spin.internal";

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

async fn send(method: Method, path: &str, body: Bytes) -> Result<Response, ErrorCode> {
    let mut fields = Vec::new();
    if !body.is_empty() {
        fields.push(("content-type".to_owned(), b"application/json".to_vec()));
        fields.push(("content-length".to_owned(), body.len().to_string().into_bytes()));
    }
    let fields = Fields::from_list(&fields).map_err(|_| ErrorCode::HttpProtocolError)?;
    let (contents, trailers) = wire::outgoing(body);
    let (request, _sent) = Request::new(fields, contents, trailers, None);
    let invalid = |()| ErrorCode::HttpRequestUriInvalid;
    request.set_method(&method).map_err(invalid)?;
    request.set_scheme(Some(&Scheme::Http)).map_err(invalid)?;
    request.set_authority(Some(CONNECTOR)).map_err(invalid)?;
    request.set_path_with_query(Some(path)).map_err(invalid)?;
    client::send(request).await
}

impl BankOverHttp {
    async fn ask(&self, request: &BankRequest) -> Result<BankReply, &'static str> {
        let body = serde_json::to_vec(request).map_err(|_| "the request cannot be written")?;
        let response = send(Method::Post, CONNECTOR_PATH, Bytes::from(body))
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
        let answer = send(Method::Get, CONNECTOR_HEALTH_PATH, Bytes::new()).await;
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
