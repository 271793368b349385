//! Tells the other side what has become of its debits and credits, as badly as a bank may:
//! twice, and an older event after a newer one.

use feiqian_bank_api::{BankReply, BankRequest, MoneyStatus};
use feiqian_calendar::Timestamp;
use feiqian_signing::{WEBHOOK_ID, WEBHOOK_SIGNATURE, WEBHOOK_TIMESTAMP, WebhookSecret};
use serde_json::json;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long a delivery may take. Nobody repeats one that fails.
const DELIVERY_LIMIT: Duration = Duration::from_secs(30);

/// Where events go, and the secret that signs them.
#[derive(Debug, Clone)]
pub struct Callbacks {
    url: String,
    secret: WebhookSecret,
    client: reqwest::Client,
}

/// One event, under an id of its own.
struct Event {
    id: String,
    body: String,
}

impl Callbacks {
    /// Events to a URL.
    #[must_use]
    pub fn new(url: String, secret: WebhookSecret) -> Self {
        Self { url, secret, client: reqwest::Client::new() }
    }

    /// Sends what there is to tell of a request that was carried out, in a task of its own.
    pub(crate) fn tell(&self, request: &BankRequest, reply: &BankReply) {
        let events = events(request, reply);
        if events.is_empty() {
            return;
        }
        let callbacks = self.clone();
        tokio::spawn(async move {
            for event in events {
                callbacks.deliver(&event).await;
            }
        });
    }

    async fn deliver(&self, event: &Event) {
        let Event { id, body } = event;
        let now = now();
        let sent = self
            .client
            .post(&self.url)
            .timeout(DELIVERY_LIMIT)
            .header("content-type", "application/json")
            .header(WEBHOOK_ID, id)
            .header(WEBHOOK_TIMESTAMP, now.as_seconds().to_string())
            .header(WEBHOOK_SIGNATURE, self.secret.sign(id, now, body.as_bytes()))
            .body(body.clone())
            .send()
            .await;
        let status = sent.as_ref().ok().map(|answer| answer.status().as_u16());
        eprintln!("{}", json!({ "event": "callback", "event_id": id, "status": status }));
    }
}

/// The decided state, twice; then the one before it.
fn events(request: &BankRequest, reply: &BankReply) -> Vec<Event> {
    let (kind, request_id) = match request {
        BankRequest::Debit { request_id, .. } => ("debit.updated", request_id),
        BankRequest::Credit { request_id, .. } => ("credit.updated", request_id),
        _ => return Vec::new(),
    };
    let status = match reply {
        BankReply::Money { status: MoneyStatus::Settled } => "settled",
        BankReply::Money { status: MoneyStatus::Rejected { .. } } => "rejected",
        _ => return Vec::new(),
    };
    let event = |status: &str| Event {
        id: format!("evt_{request_id}.{status}"),
        body: json!({ "type": kind, "data": { "request_id": request_id, "status": status } })
            .to_string(),
    };
    vec![event(status), event(status), event("processing")]
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
