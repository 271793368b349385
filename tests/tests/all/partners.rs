//! Partners' keys: registered by operators, good within their time, scopes and quota.

use feiqian_tests::{AnswerExt as _, App, Merchant, SharedApp};
use feiqian_xtask::api::{Api, Caller, now, partner};
use feiqian_xtask::development;
use feiqian_xtask::people::new_key;
use serde_json::{Value, json};

fn operator() -> Caller {
    Caller::Bearer(development::OPERATOR_TOKEN.to_owned())
}

const SECRET: &str = "dGVzdHMtb25seS1wYXJ0bmVyLWtleS1vZi0zMi1ieXRlcw==";

fn put(api: &Api, path: &str, body: &Value) -> feiqian_xtask::api::Answer {
    api.put(&format!("/v1/operations/partners/{path}"), body).by(&operator()).send().unwrap()
}

fn key(secret: &str, scopes: &[&str]) -> Value {
    json!({"algorithm": "hmac-sha256", "key": secret, "scopes": scopes})
}

#[test]
fn a_partner_changes_over_to_a_new_key_without_interruption() {
    let app = SharedApp::get();
    let api = app.api();
    put(&api, "par_shop", &json!({"name": "Shop"})).assert_status(200);
    put(&api, "par_shop/keys/old", &key(SECRET, &["sessions"])).assert_status(200);
    let ask = |key_id: &str, secret: &str| {
        let caller = partner(key_id, secret).unwrap();
        api.post("/v1/sessions", &json!({"subject": "wx-1"})).by(&caller).send().unwrap()
    };
    let first = ask("par_shop.old", SECRET).ok(201);
    let new_secret = SECRET.replacen("dGVz", "bmV3", 1);
    let registered = put(&api, "par_shop/keys/new", &key(&new_secret, &["sessions"])).ok(200);
    assert_eq!(registered.at("/keys/1/key_id"), "par_shop.new");
    assert!(!registered.text().contains(&new_secret));
    let both = [ask("par_shop.old", SECRET), ask("par_shop.new", &new_secret)];
    for answer in both {
        // The same customer, whichever key opened the session.
        assert_eq!(answer.ok(201).at("/customer_id"), first.at("/customer_id"));
    }
    let ended = put(&api, "par_shop/keys/old/end", &json!({})).ok(200);
    assert_eq!(ended.at("/keys/0/name"), "old");
    assert!(ended.json().pointer("/keys/0/not_after").is_some());
    ask("par_shop.new", &new_secret).assert_status(201);
    let seen = api.get("/v1/operations/partners/par_shop").by(&operator()).send().unwrap();
    assert_eq!(seen.ok(200).json(), ended.json());
}

#[test]
fn a_key_that_has_ended_is_refused_by_an_instance_that_has_not_read_it_before() {
    let mut app = App::start();
    let api = app.api().clone();
    put(&api, "par_shop", &json!({"name": "Shop"})).assert_status(200);
    put(&api, "par_shop/keys/k", &key(SECRET, &["sessions"])).assert_status(200);
    let caller = partner("par_shop.k", SECRET).unwrap();
    let ask = || api.post("/v1/sessions", &json!({"subject": "wx-1"})).by(&caller).send().unwrap();
    ask().assert_status(201);
    put(&api, "par_shop/keys/k/end", &json!({})).assert_status(200);
    app.stack().kill_host().unwrap();
    app.stack().start_host().unwrap();
    app.stack().wait_until_healthy().unwrap();
    ask().assert_problem(401, "partner_unknown");
}

#[test]
fn a_signature_is_taken_once() {
    let app = SharedApp::get();
    let (api, caller) = (app.api(), app.partner());
    let nonce = new_key("nonce");
    let body = json!({"subject": "wx-1"});
    let request = api.post("/v1/sessions", &body).by(&caller).signed_at(now()).nonce(&nonce);
    request.send().unwrap().assert_status(201);
    request.send().unwrap().assert_problem(401, "signature_replayed");
    // What reads is taken once as well, by whichever component.
    let merchant = Merchant::register(&api, &caller);
    let path = format!("/v1/merchants/{}", merchant.id);
    let read = api.get(&path).by(&caller).signed_at(now()).nonce(&new_key("nonce"));
    read.send().unwrap().assert_status(200);
    read.send().unwrap().assert_problem(401, "signature_replayed");
    api.get(&path)
        .by(&caller)
        .nonce("short")
        .send()
        .unwrap()
        .assert_problem(401, "signature_invalid");
}

#[test]
fn a_key_does_what_its_scopes_allow_and_nothing_else() {
    let app = SharedApp::get();
    let api = app.api();
    put(&api, "par_reader", &json!({"name": "Reader"})).assert_status(200);
    put(&api, "par_reader/keys/k", &key(SECRET, &["merchants"])).assert_status(200);
    let caller = partner("par_reader.k", SECRET).unwrap();
    let merchant = Merchant::register(&api, &caller);
    let order = json!({
        "merchant_id": merchant.id, "amount": {"value": "1.00", "currency": "CNY"},
        "description": "x", "reference": "y",
    });
    let refused = api.post("/v1/orders", &order).by(&caller).key(&new_key("o")).send().unwrap();
    refused.assert_problem(403, "scope_missing");
    assert_eq!(refused.json()["scope"], "orders");
}

#[test]
fn a_key_that_sends_too_much_is_told_when_to_go_on() {
    let app = SharedApp::get();
    let api = app.api();
    put(&api, "par_busy", &json!({"name": "Busy"})).assert_status(200);
    let mut slow = key(SECRET, &["sessions"]);
    slow["quota"] = 2.into();
    put(&api, "par_busy/keys/k", &slow).assert_status(200);
    let caller = partner("par_busy.k", SECRET).unwrap();
    let ask = || api.post("/v1/sessions", &json!({"subject": "wx-1"})).by(&caller).send().unwrap();
    let first = ask();
    first.assert_status(201);
    assert_eq!(first.header("ratelimit-policy"), "\"default\";q=2;w=10");
    assert_eq!(first.header("ratelimit"), "\"default\";r=1;t=5");
    let refused = (0..4).map(|_| ask()).find(|answer| answer.status != 201).unwrap();
    refused.assert_problem(429, "rate_limited");
    assert!(refused.header("ratelimit").starts_with("\"default\";r=0;t="));
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=5).contains(&wait), "{wait}");
}

#[test]
fn what_cannot_be_a_key_is_refused() {
    let app = SharedApp::get();
    let api = app.api();
    put(&api, "par_strict", &json!({"name": "Strict"})).assert_status(200);
    put(&api, "par_none/keys/k", &key(SECRET, &["orders"]))
        .assert_problem(404, "partner_not_found");
    put(&api, "par_strict/keys/k/end", &json!({})).assert_problem(404, "partner_not_found");
    put(&api, "strict", &json!({"name": "x"})).assert_problem(400, "parameter_invalid");
    put(&api, "par_strict/keys/K", &key(SECRET, &["orders"]))
        .assert_problem(400, "parameter_invalid");
    for (field, value) in [
        ("key", json!("c2hvcnQ=")),
        ("scopes", json!([])),
        ("quota", json!(0)),
        ("quota", json!(10_001)),
        ("not_after", json!("tomorrow")),
    ] {
        let mut body = key(SECRET, &["orders"]);
        body[field] = value;
        put(&api, "par_strict/keys/k", &body).assert_problem(400, "parameter_invalid");
    }
    put(&api, "par_strict/keys/k", &key(SECRET, &["everything"]))
        .assert_problem(400, "request_malformed");
    put(&api, "par_strict/keys/k", &key(SECRET, &["orders"])).assert_status(200);
    let other = put(&api, "par_strict/keys/k", &key(SECRET, &["refunds"]));
    other.assert_problem(409, "partner_key_exists");
    let bob = Caller::Bearer(development::SUPPORT_TOKEN.to_owned());
    let path = "/v1/operations/partners/par_strict";
    api.put(path, &json!({"name": "x"}))
        .by(&bob)
        .send()
        .unwrap()
        .assert_problem(403, "scope_missing");
}
