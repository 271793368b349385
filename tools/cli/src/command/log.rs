//! What operators did, and what requests left behind.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

use super::told;
use crate::arguments::Log;
use crate::chain::Chain;
use crate::client::Client;
use crate::error::Error;
use crate::route::{self, with_query};
use crate::{logs, show};

/// Parts at the most: a thousand years of one operator at a hundred actions a day.
const PARTS_MAX: usize = 1_000_000;

pub(super) fn show(client: &Client, log: &Log, as_json: bool) -> Result<(), Error> {
    let chain = read(client, log)?;
    let mut lines = Vec::new();
    if !log.against.is_empty() {
        logs::each_line(&log.against, |line| lines.push(line))?;
    }
    let agreeing = chain.hold_against(&log.operator, lines.iter())?;
    let actions = actions(&chain);
    let whole = json!({
        "operator": log.operator, "entries": chain.records.len(), "holds": true,
        "lines_agreeing": agreeing, "actions": actions,
    });
    told(&whole, as_json, |answer| {
        let columns = [
            ("#", "/sequence"),
            ("at", "/at"),
            ("action", "/action"),
            ("about", "/subjects"),
            ("reason", "/reason"),
            ("outcome", "/outcome"),
            ("request", "/request_id"),
        ];
        show::rows(&format!("actions of {}", log.operator), &answer["actions"], &columns);
        println!("the chain holds: {} entries", chain.records.len());
        if !log.against.is_empty() {
            println!("{agreeing} lines of the log files have the same hashes");
        }
    });
    Ok(())
}

/// Reads parts, newest first, until there are as many entries as were asked for.
fn read(client: &Client, log: &Log) -> Result<Chain, Error> {
    let mut chain = Chain::default();
    let mut cursor: Option<String> = None;
    for _ in 0..PARTS_MAX {
        let asked = [
            ("operator", Some(log.operator.as_str())),
            ("day", log.day.as_deref()),
            ("cursor", cursor.as_deref()),
        ];
        let part = client.get(&with_query(route::LOG, &asked))?;
        chain.take(&part)?;
        cursor = part["cursor"].as_str().map(str::to_owned);
        let enough = log.limit > 0 && chain.records.len() >= log.limit;
        if cursor.is_none() || enough {
            break;
        }
    }
    if log.day.is_none() && cursor.is_none() {
        chain.check_beginning(&log.operator)?;
    }
    Ok(chain)
}

/// Intents with what came of them, newest first.
fn actions(chain: &Chain) -> Vec<Value> {
    let mut outcomes: BTreeMap<(u64, u64), String> = BTreeMap::new();
    let mut actions = Vec::new();
    for (book, record) in &chain.records {
        let outcome = &record["event"]["outcome"];
        if let Some(of) = outcome["of"].as_u64() {
            let code = outcome["code"].as_str().unwrap_or_default();
            let text = format!("{} {code}", outcome["status"]);
            outcomes.insert((*book, of), text.trim_end().to_owned());
        }
        let intent = &record["event"]["intent"];
        if !intent.is_object() {
            continue;
        }
        let sequence = record["sequence"].as_u64().unwrap_or_default();
        let subjects = intent["subjects"].as_array().into_iter().flatten();
        let subjects: Vec<&str> = subjects.filter_map(Value::as_str).collect();
        actions.push(json!({
            "sequence": sequence,
            "at": show::instant(&record["at"]),
            "action": intent["action"],
            "subjects": subjects.join(" "),
            "reason": intent["reason"],
            "outcome": outcomes.get(&(*book, sequence)).map_or("not known", String::as_str),
            "request_id": record["request_id"],
        }));
    }
    actions
}

pub(super) fn follow(request_id: &str, files: &[PathBuf], as_json: bool) -> Result<(), Error> {
    let trail = logs::follow(request_id, files)?;
    let lines: Vec<Value> = trail
        .lines
        .iter()
        .map(|line| {
            let mut line = line.clone();
            line["at"] = show::instant(&line["time_ms"]).into();
            line
        })
        .collect();
    let whole = json!({"request_id": request_id, "ids": trail.ids, "lines": lines});
    told(&whole, as_json, |answer| {
        let columns = [
            ("at", "/at"),
            ("component", "/component"),
            ("event", "/event"),
            ("method", "/method"),
            ("route", "/route"),
            ("status", "/status"),
            ("asked", "/operation"),
            ("outcome", "/outcome"),
            ("code", "/code"),
        ];
        show::rows(&format!("lines of {request_id}"), &answer["lines"], &columns);
        let ids: Vec<&str> = trail.ids.iter().map(String::as_str).collect();
        println!(
            "it was about: {}",
            if ids.is_empty() { "no id".to_owned() } else { ids.join(" ") }
        );
    });
    if trail.lines.is_empty() {
        return Err(Error::Finding(format!("no line names {request_id}")));
    }
    Ok(())
}
