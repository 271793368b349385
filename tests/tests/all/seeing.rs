//! A request can be followed through the logs, and they say what became of it.

use feiqian_bank_sandbox::cards;
use std::collections::BTreeSet;

use feiqian_tests::{AnswerExt as _, Customer, SharedApp, eventually, repository};
use feiqian_xtask::demo::PIN;
use feiqian_xtask::people::new_key;
use serde_json::Value;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";

/// The line of a request in a log, by what it says of the event.
#[track_caller]
fn line(app: &SharedApp, log: &str, request_id: &str, is: impl Fn(&Value) -> bool) -> Value {
    eventually("a line of the request", || {
        let lines = app.log_lines(log);
        let mut own = lines.iter().filter(|line| line["request_id"] == request_id);
        own.find(|line| is(line)).cloned().ok_or_else(|| format!("no such line in {log}"))
    })
}

#[test]
fn a_request_is_followed_from_the_client_to_the_banks_log() {
    let app = SharedApp::get();
    let customer = Customer::open(&app.api(), &app.partner(), "II");
    customer.set_pin(PIN).assert_status(204);
    let card = customer.bind(cards::OK);
    let request_id = new_key("seen");
    let topped_up = customer
        .topping_up(&card, "10.00", &new_key("top-up"))
        .header("request-id", &request_id)
        .header("traceparent", &format!("00-{TRACE}-{SPAN}-01"))
        .send()
        .unwrap()
        .ok(201);
    assert_eq!(topped_up.header("request-id"), request_id);

    let request = line(&app, "host.log", &request_id, |line| line["event"] == "request");
    assert_eq!(request["component"], "transfers");
    assert_eq!(request["route"], "/v1/accounts/:account_id/top-ups");
    assert_eq!((&request["method"], &request["status"]), (&"POST".into(), &201.into()));
    assert_eq!((&request["outcome"], &request["bank"]), (&"succeeded".into(), &"settled".into()));
    assert_eq!((&request["trace_id"], &request["parent_id"]), (&TRACE.into(), &SPAN.into()));
    assert!(request["duration_ms"].is_u64() && request["time_ms"].is_u64(), "{request}");

    let operation = topped_up.at("/operation_id");
    let debit = |line: &Value| line["operation"] == "debit";
    let gateway = line(&app, "host.log", &request_id, debit);
    assert_eq!(gateway["component"], "bank-connector");
    assert_eq!((&gateway["event"], &gateway["outcome"]), (&"gateway".into(), &"settled".into()));
    assert_eq!(gateway["gateway_request_id"], operation);
    assert_eq!((&gateway["trace_id"], &gateway["parent_id"]), (&TRACE.into(), &request["span_id"]));

    let bank = line(&app, "bank-sandbox.log", &request_id, debit);
    assert_eq!(bank["gateway_request_id"], operation);
    assert_eq!((&bank["trace_id"], &bank["parent_id"]), (&TRACE.into(), &gateway["span_id"]));
}

#[test]
fn a_refused_request_has_a_line_with_its_code_and_no_path() {
    let app = SharedApp::get();
    let request_id = new_key("seen");
    let path = "/v1/accounts/6216261000000000018/balance";
    let refused = app.api().get(path).header("request-id", &request_id).send().unwrap();
    assert_eq!(refused.status, 401, "{}", refused.text());
    let request = line(&app, "host.log", &request_id, |line| line["event"] == "request");
    assert_eq!(request["route"], "/v1/accounts/:account_id/balance");
    assert_eq!(request["outcome"], "refused");
    assert_eq!((&request["code"], &request["level"]), (&"token_missing".into(), &"info".into()));
    assert!(!request.to_string().contains("6216261000000000018"), "{request}");
}

/// The fields that vector.toml takes labels from, for lines of an event.
fn labels(transform: &str) -> BTreeSet<String> {
    let path = repository().join("deploy/observability/vector.toml");
    let vector: toml::Table = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let metrics = vector["transforms"][transform]["metrics"].as_array().unwrap();
    let tags = metrics.iter().flat_map(|metric| metric["tags"].as_table().unwrap().values());
    tags.map(|tag| tag.as_str().unwrap().trim_matches(['{', '}']).to_owned()).collect()
}

#[test]
fn every_line_has_what_metrics_are_made_of() {
    let app = SharedApp::get();
    let customer = Customer::open(&app.api(), &app.partner(), "II");
    customer.set_pin(PIN).assert_status(204);
    customer.begin_binding(cards::OK).assert_status(202);
    let balance = format!("/v1/accounts/{}/balance", customer.account);
    let request_id = new_key("seen");
    let last = app.api().get(&balance).by(&customer.caller).header("request-id", &request_id);
    last.send().unwrap().assert_status(200);
    line(&app, "host.log", &request_id, |line| line["event"] == "request");
    let lines = app.log_lines("host.log");
    for (event, transform) in [("request", "request_metrics"), ("gateway", "gateway_metrics")] {
        let labels = labels(transform);
        let of_event: Vec<&Value> = lines.iter().filter(|line| line["event"] == event).collect();
        assert!(!of_event.is_empty(), "{event}");
        for line in of_event {
            for label in &labels {
                assert!(line[label].is_string() || line[label].is_u64(), "{label}: {line}");
            }
            assert!(line["duration_ms"].is_u64(), "{line}");
        }
    }
}
