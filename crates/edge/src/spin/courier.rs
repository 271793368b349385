use bytes::Bytes;
use feiqian_calendar::Calendar;
use feiqian_courier::{COURIER_PATH, Dispatch, DispatchHeader, Dispatched};
use feiqian_flows::{Courier, Parcel};
use feiqian_ledger::event::{AttemptOutcome, Delivered};
use feiqian_signing::{WEBHOOK_ID, WEBHOOK_SIGNATURE, WEBHOOK_TIMESTAMP, WebhookSecret};
use spin_sdk::wasip3::http::types::Method;

use super::connector::OK;
use super::{sibling, wire};
use crate::{EventBody, MAX_BODY_BYTES, log};

/// The component that sends to the addresses of partners.
const COURIER: &str = "webhook-courier";

/// Signs events by Standard Webhooks and lets the courier component send them.
#[derive(Debug, Clone, Copy)]
pub struct CourierOverHttp {
    /// In whose time events are told.
    pub calendar: Calendar,
}

impl Courier for CourierOverHttp {
    async fn deliver(&self, parcel: &Parcel<'_>) -> Delivered {
        let unsent =
            Delivered { outcome: AttemptOutcome::Unsent, retry_after_ms: None, took_ms: 0 };
        let Some(dispatch) = self.dispatch(parcel) else { return unsent };
        match exchange(&dispatch).await {
            Ok(dispatched) => dispatched.into(),
            Err(why) => {
                log::sibling_fault(COURIER, why);
                unsent
            }
        }
    }
}

impl CourierOverHttp {
    /// The event with its signatures, one for each secret that is in use.
    fn dispatch(&self, parcel: &Parcel<'_>) -> Option<Dispatch> {
        let body = serde_json::to_string(&EventBody::of(parcel.event, self.calendar)).ok()?;
        let id = parcel.event.id.as_str();
        let mut signatures = Vec::with_capacity(parcel.secrets.len());
        for secret in &parcel.secrets {
            signatures.push(WebhookSecret::parse(secret).ok()?.sign(
                id,
                parcel.at,
                body.as_bytes(),
            ));
        }
        let header = |name: &http::HeaderName, value: String| DispatchHeader {
            name: name.as_str().to_owned(),
            value,
        };
        let headers = vec![
            header(&WEBHOOK_ID, id.to_owned()),
            header(&WEBHOOK_TIMESTAMP, parcel.at.as_seconds().to_string()),
            header(&WEBHOOK_SIGNATURE, signatures.join(" ")),
        ];
        Some(Dispatch { url: parcel.url.to_owned(), headers, body })
    }
}

async fn exchange(dispatch: &Dispatch) -> Result<Dispatched, &'static str> {
    let body = serde_json::to_vec(dispatch).map_err(|_| "the event cannot be written")?;
    let response = sibling::send(COURIER, Method::Post, COURIER_PATH, Bytes::from(body))
        .await
        .map_err(|_| "the courier does not answer")?;
    if response.get_status_code() != OK {
        return Err("the courier answers with an error");
    }
    let body =
        wire::response_body(response, MAX_BODY_BYTES).await.map_err(|_| "the reply is cut off")?;
    serde_json::from_slice(&body).map_err(|_| "the reply cannot be read")
}
