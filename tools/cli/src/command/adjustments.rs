//! Adjustments, which one operator proposes and another decides about.

use serde_json::json;

use super::told;
use crate::arguments::{Adjust, name_of};
use crate::client::Client;
use crate::error::Error;
use crate::route::{self, path};
use crate::show::{self, Column};

const ADJUSTMENT: &[Column] = &[
    ("adjustment", "/adjustment_id"),
    ("account", "/account_id"),
    ("direction", "/direction"),
    ("amount", "/amount"),
    ("reason", "/reason"),
    ("reference", "/reference"),
    ("status", "/status"),
    ("maker", "/maker"),
    ("proposed", "/proposed_at"),
    ("expires", "/expires_at"),
    ("checker", "/decision/checker"),
    ("approved", "/decision/approved"),
    ("decided", "/decision/decided_at"),
    ("failure", "/failure/detail"),
];

pub(super) fn run(client: &Client, what: &Adjust, as_json: bool) -> Result<(), Error> {
    let answer = match what {
        Adjust::Propose { account, direction, amount, reason, reference, key } => {
            let body = json!({
                "account_id": account, "direction": name_of(direction),
                "amount": {"value": amount, "currency": "CNY"},
                "reason": reason, "reference": reference,
            });
            client.with_key(key)?.post(route::ADJUSTMENTS, &body)?
        }
        Adjust::Show { id } => client.get(&path(route::ADJUSTMENT, &[id]))?,
        Adjust::Approve { id, reason } => {
            client.post(&path(route::APPROVAL, &[id]), &json!({"reason": reason}))?
        }
        Adjust::Reject { id, reason } => {
            client.post(&path(route::REJECTION, &[id]), &json!({"reason": reason}))?
        }
    };
    told(&answer, as_json, |answer| show::fields(answer, ADJUSTMENT));
    Ok(())
}
