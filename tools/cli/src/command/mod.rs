//! What each command asks, and how its answer is shown.

mod accounts;
mod adjustments;
mod books;
mod log;
mod partners;
mod search;
mod settlements;

use http::Method;
use serde_json::{Value, json};

use crate::arguments::{Command, Institution, Run};
use crate::client::Client;
use crate::error::Error;
use crate::route::{self, path, with_query};
use crate::show::{self, Column};

/// What is pending, as every command shows it.
const PENDING: &[Column] = &[
    ("kind", "/kind"),
    ("subject", "/subject"),
    ("state", "/state"),
    ("since", "/since"),
    ("tries", "/tries"),
    ("last reason", "/last_reason"),
    ("stuck", "/stuck"),
];

/// Runs one command.
pub(crate) fn run(client: &Client, command: Command, as_json: bool) -> Result<(), Error> {
    match command {
        Command::Search { what } => search::run(client, &what, as_json),
        Command::Freeze { account, reason, by } => {
            accounts::freeze(client, &account, &reason, by, as_json)
        }
        Command::Unfreeze { account, by, reason } => {
            accounts::unfreeze(client, &account, by, &reason, as_json)
        }
        Command::Cases { what } => accounts::cases(client, &what, as_json),
        Command::Adjust { what } => adjustments::run(client, &what, as_json),
        Command::Pending { limit } => pending(client, limit, as_json),
        Command::Query { subject } => query(client, &subject, as_json),
        Command::Log(log) => log::show(client, &log, as_json),
        Command::Logs { request_id, files } => log::follow(&request_id, &files, as_json),
        Command::Audit { batch } => books::audit(client, batch, as_json),
        Command::Institution(institution) => set_institution(client, &institution, as_json),
        Command::Partner { what } => partners::run(client, &what, as_json),
        Command::Settlement { what } => settlements::run(client, &what, as_json),
        Command::Reconcile { day, bank: false } => books::reconcile(client, &day, as_json),
        Command::Reconcile { day, bank: true } => settlements::reconcile(client, &day, as_json),
        Command::Events { source, day } => events(client, &source, day.as_deref(), as_json),
        Command::Reseal => books::reseal(client, as_json),
        Command::Run { what } => run_once(client, what, as_json),
        Command::Health => health(client, as_json),
        Command::Call { method, path, body } => call(client, method, &path, body.as_deref()),
    }
}

/// Prints the answer as JSON, or hands it to whoever makes tables of it.
fn told(answer: &Value, as_json: bool, tables: impl FnOnce(&Value)) {
    if as_json {
        show::json(answer);
    } else {
        tables(answer);
    }
}

fn pending(client: &Client, limit: Option<u32>, as_json: bool) -> Result<(), Error> {
    let limit = limit.map(|limit| limit.to_string());
    let answer = client.get(&with_query(route::PENDING, &[("limit", limit.as_deref())]))?;
    told(&answer, as_json, |answer| show::rows("pending", &answer["items"], PENDING));
    Ok(())
}

fn query(client: &Client, subject: &str, as_json: bool) -> Result<(), Error> {
    let answer = client.send(Method::POST, &path(route::QUERIES, &[subject]), None)?;
    let columns = [
        ("subject", "/subject"),
        ("kind", "/kind"),
        ("outcome", "/outcome"),
        ("state", "/state"),
        ("reason", "/reason"),
    ];
    told(&answer, as_json, |answer| show::fields(answer, &columns));
    Ok(())
}

fn set_institution(client: &Client, set: &Institution, as_json: bool) -> Result<(), Error> {
    let body = json!({
        "number": set.number, "region": set.region, "designated": set.designated,
        "insurance_payment": set.insurance_payment, "accepts": set.accepts,
    });
    let at = path(route::INSTITUTION, &[&set.merchant]);
    let answer = client.send(Method::PUT, &at, Some(&body))?;
    let columns = [
        ("merchant", "/merchant_id"),
        ("name", "/name"),
        ("number", "/institution/number"),
        ("region", "/institution/region"),
        ("designated", "/institution/designated"),
        ("insurance payment", "/institution/insurance_payment"),
        ("accepts", "/institution/accepts"),
    ];
    told(&answer, as_json, |answer| show::fields(answer, &columns));
    Ok(())
}

fn events(client: &Client, source: &str, day: Option<&str>, as_json: bool) -> Result<(), Error> {
    let asked = [("source", Some(source)), ("day", day)];
    let answer = client.get(&with_query(route::EVENTS, &asked))?;
    told(&answer, as_json, |answer| {
        show::fields(answer, &[("source", "/source"), ("day", "/day"), ("received", "/received")]);
        let columns = [("event", "/event_id"), ("type", "/type"), ("received at", "/received_at")];
        show::rows("newest", &answer["items"], &columns);
    });
    Ok(())
}

fn run_once(client: &Client, what: Run, as_json: bool) -> Result<(), Error> {
    let at = match what {
        Run::Worker => route::WORKER,
        Run::Deposits => route::DEPOSITS,
        Run::Deliveries => route::DELIVERIES,
    };
    let answer = client.send(Method::POST, at, None)?;
    let columns = [
        ("finished", "/finished"),
        ("still pending", "/still_pending"),
        ("failed", "/failed"),
        ("stuck", "/stuck"),
        ("settled", "/settled"),
        ("left", "/left"),
        ("events", "/events"),
        ("delivered", "/delivered"),
        ("undelivered", "/undelivered"),
    ];
    told(&answer, as_json, |answer| show::fields(answer, &columns));
    Ok(())
}

fn health(client: &Client, as_json: bool) -> Result<(), Error> {
    let answer = client.get(route::HEALTH)?;
    let columns = [
        ("status", "/status"),
        ("store", "/dependencies/store"),
        ("bank connector", "/dependencies/bank_connector"),
        ("bank", "/dependencies/bank"),
    ];
    told(&answer, as_json, |answer| show::fields(answer, &columns));
    if answer["status"] == "ok" {
        Ok(())
    } else {
        Err(Error::Finding(format!("the region is {}", answer["status"])))
    }
}

fn call(client: &Client, method: Method, path: &str, body: Option<&str>) -> Result<(), Error> {
    if !path.starts_with('/') {
        return Err(Error::Usage("a path begins with /".to_owned()));
    }
    let parsed = body.map(serde_json::from_str).transpose();
    let body: Option<Value> =
        parsed.map_err(|error| Error::Usage(format!("the body is no JSON: {error}")))?;
    show::json(&client.send(method, path, body.as_ref())?);
    Ok(())
}
