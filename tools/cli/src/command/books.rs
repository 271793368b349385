//! The books as a whole: audits, reconciliations, and sealing anew.

use serde_json::{Value, json};

use super::told;
use crate::client::Client;
use crate::error::Error;
use crate::route::{self, path};
use crate::show;

/// Batches at the most: ten million documents of the smallest batch. An answer that never
/// ends is none.
const BATCHES_MAX: usize = 10_000_000;

pub(super) fn audit(client: &Client, batch: Option<u32>, as_json: bool) -> Result<(), Error> {
    let mut findings = Vec::new();
    let last = batches(client, route::AUDITS, batch, |answer| {
        findings.extend(answer["findings"].as_array().cloned().unwrap_or_default());
    })?;
    let mut whole = last;
    whole["findings"] = Value::from(findings);
    told(&whole, as_json, |answer| {
        let columns = [
            ("sum", "/sum"),
            ("in flight", "/in_flight"),
            ("balanced", "/balanced"),
            ("faults", "/faults"),
            ("unfinished", "/unfinished"),
            ("customers", "/balances/customers"),
            ("merchants", "/balances/merchants"),
            ("bank clearing", "/balances/bank_clearing"),
        ];
        show::fields(answer, &columns);
        let columns = [("kind", "/kind"), ("key", "/key"), ("detail", "/detail")];
        show::rows("findings", &answer["findings"], &columns);
    });
    match whole["faults"].as_u64() {
        Some(0) => Ok(()),
        _ => Err(Error::Finding(format!("the audit found {} faults", whole["faults"]))),
    }
}

pub(super) fn reseal(client: &Client, as_json: bool) -> Result<(), Error> {
    let (mut resealed, mut kept, mut unopened) = (0, 0, Vec::new());
    batches(client, route::RESEALS, None, |answer| {
        resealed += answer["resealed"].as_u64().unwrap_or_default();
        kept += answer["kept"].as_u64().unwrap_or_default();
        unopened.extend(answer["unopened"].as_array().cloned().unwrap_or_default());
    })?;
    let left = unopened.len();
    let whole = json!({"resealed": resealed, "kept": kept, "unopened": unopened});
    told(&whole, as_json, |answer| {
        let columns = [("resealed", "/resealed"), ("kept", "/kept"), ("unopened", "/unopened")];
        show::fields(answer, &columns);
    });
    if left == 0 {
        Ok(())
    } else {
        Err(Error::Finding(format!("{left} accounts could not be opened: keep the old key")))
    }
}

pub(super) fn reconcile(client: &Client, day: &str, as_json: bool) -> Result<(), Error> {
    let answer = client.get(&path(route::VISITS, &[day]))?;
    told(&answer, as_json, |answer| {
        let columns = [
            ("day", "/day"),
            ("agrees", "/agrees"),
            ("insurer matched", "/insurer/matched"),
            ("settled", "/insurer/settled"),
            ("given back", "/insurer/given_back"),
            ("bank matched", "/bank/matched"),
            ("cash from cards", "/bank/cash_from_cards"),
            ("cash from balances", "/cash_from_balances"),
        ];
        show::fields(answer, &columns);
        let columns = [
            ("kind", "/kind"),
            ("request", "/request_id"),
            ("visit", "/visit_id"),
            ("ours", "/ours"),
            ("theirs", "/theirs"),
        ];
        show::rows("differences", &answer["differences"], &columns);
    });
    if answer["agrees"] == true {
        Ok(())
    } else {
        Err(Error::Finding(format!("the books of {day} do not agree")))
    }
}

/// Asks for batch after batch until there is no more; gives the last answer.
fn batches(
    client: &Client,
    route: &str,
    limit: Option<u32>,
    mut take: impl FnMut(&Value),
) -> Result<Value, Error> {
    let mut body = json!({});
    if let Some(limit) = limit {
        body["limit"] = limit.into();
    }
    for _ in 0..BATCHES_MAX {
        let answer = client.post(route, &body)?;
        take(&answer);
        if answer["has_more"] != true {
            return Ok(answer);
        }
        body["cursor"] = answer["cursor"].clone();
    }
    Err(Error::Finding(format!("{route} does not come to an end")))
}
