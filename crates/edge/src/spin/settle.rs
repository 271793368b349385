use bytes::Bytes;
use feiqian_flows::Progress;
use feiqian_store::Pending;
use spin_sdk::wasip3::http::types::Method;

use super::{sibling, wire};
use crate::settlement::{SETTLEMENTS_PATH, SettlementBody};

/// Says that the operation has ended.
const NO_CONTENT: u16 = 204;

/// Says that the mark should be taken up again, and that this is no fault.
const UNAVAILABLE: u16 = 503;

/// Characters of an unexpected answer that are worth a place in a log.
const SHOWN_CHARS_MAX: usize = 200;

/// Lets the component that set a mark bring its operation to its end.
///
/// # Errors
/// What the component answered instead, or that it did not answer.
pub async fn settle_at(component: &str, pending: &Pending) -> Result<Progress, String> {
    let body = SettlementBody { mark: pending.to_key() };
    let body = serde_json::to_vec(&body).map_err(|error| error.to_string())?;
    let response = sibling::send(component, Method::Post, SETTLEMENTS_PATH, Bytes::from(body))
        .await
        .map_err(|error| format!("{component} does not answer: {error:?}"))?;
    match response.get_status_code() {
        NO_CONTENT => Ok(Progress::Finished),
        UNAVAILABLE => Ok(Progress::Waiting),
        status => {
            let body = wire::response_body(response).await.unwrap_or_default();
            let text = String::from_utf8_lossy(&body);
            let shown: String = text.chars().take(SHOWN_CHARS_MAX).collect();
            Err(format!("{component} answers {status}: {shown}"))
        }
    }
}
