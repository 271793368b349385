use feiqian_ledger::event::{AttemptOutcome, Delivered};
use serde::{Deserialize, Serialize};

/// Where the courier takes what is to be sent.
pub const COURIER_PATH: &str = "/deliveries";

/// An event that is signed and to be sent by POST.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dispatch {
    /// Where to.
    pub url: String,
    /// Its headers besides those of HTTP itself.
    pub headers: Vec<DispatchHeader>,
    /// Its body: JSON.
    pub body: String,
}

/// A header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DispatchHeader {
    /// Its name in lower case.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dispatched {
    /// What became of it.
    pub outcome: AttemptOutcome,
    /// How long the receiver wants to be left alone, milliseconds, if it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// How long it took, milliseconds.
    pub took_ms: u64,
}

impl From<Dispatched> for Delivered {
    fn from(dispatched: Dispatched) -> Self {
        let Dispatched { outcome, retry_after_ms, took_ms } = dispatched;
        Self { outcome, retry_after_ms, took_ms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_messages_read_back_as_they_were_written() {
        let dispatch = Dispatch {
            url: "https://shop.example/events".into(),
            headers: vec![DispatchHeader { name: "webhook-id".into(), value: "evt_1".into() }],
            body: "{}".into(),
        };
        let text = serde_json::to_string(&dispatch).unwrap();
        assert_eq!(serde_json::from_str::<Dispatch>(&text).unwrap(), dispatch);
        for outcome in [AttemptOutcome::Status(204), AttemptOutcome::AddressRefused] {
            let dispatched = Dispatched { outcome, retry_after_ms: Some(5), took_ms: 7 };
            let text = serde_json::to_string(&dispatched).unwrap();
            assert_eq!(serde_json::from_str::<Dispatched>(&text).unwrap(), dispatched);
        }
    }
}
