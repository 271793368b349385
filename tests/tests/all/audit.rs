//! What operators see: audits of the books, and what is pending and why.

use feiqian_tests::{AnswerExt as _, App, AppOptions, Customer, Merchant, SharedApp};
use feiqian_xtask::api::{Answer, Api, Caller};
use feiqian_xtask::demo::PIN;
use feiqian_xtask::development;
use feiqian_xtask::people::new_key;
use serde_json::{Value, json};

fn operator() -> Caller {
    Caller::Bearer(development::OPERATOR_TOKEN.to_owned())
}

/// What automation does is written into no operator's log, so that an audit changes nothing.
fn automation() -> Caller {
    Caller::Bearer(development::AUTOMATION_TOKEN.to_owned())
}

fn audit_batch(api: &Api, body: &Value) -> Answer {
    api.post("/v1/operations/audits", body).by(&automation()).send().unwrap()
}

/// A whole audit; the last answer.
fn audit(api: &Api, limit: u32) -> Answer {
    let mut body = json!({"limit": limit});
    loop {
        let answer = audit_batch(api, &body).ok(200);
        assert_eq!(answer.at("/findings"), json!([]), "{}", answer.text());
        if answer.at("/has_more") == false {
            return answer;
        }
        body["cursor"] = answer.at("/cursor");
    }
}

fn run_worker(app: &App) -> Answer {
    let run = app.api().post("/v1/operations/worker-runs", &json!({}));
    run.by(&operator()).send().unwrap().ok(200)
}

#[test]
fn an_audit_at_rest_adds_up_to_zero_in_batches_of_any_size() {
    for valkey in [false, true] {
        // Events are told by a timer, which would write while the audits compare.
        let app =
            App::start_with(AppOptions { valkey, without_timer: true, ..AppOptions::default() });
        let customer = Customer::with_balance(app.api(), app.partner(), "50.00");
        let card = customer.bind("6216261000000000018");
        for _ in 0..45 {
            customer.top_up(&card, "1.00", &new_key("top-up")).assert_status(201);
        }
        let merchant = Merchant::register(app.api(), app.partner());
        customer.pay(&merchant.order("20.00"), "20.00", &new_key("pay")).assert_status(201);
        merchant.wait_for_balance("20.00");
        app.wait_until_nothing_pending();

        let whole = audit(app.api(), 500);
        assert_eq!(whole.at("/balanced"), true);
        for (pointer, value) in [
            ("/balances/customers/value", "75.00"),
            ("/balances/merchants/value", "20.00"),
            ("/balances/bank_clearing/value", "-95.00"),
            ("/sum/value", "0.00"),
            ("/in_flight/value", "0.00"),
        ] {
            assert_eq!(whole.text_of(pointer), value, "{pointer}");
        }
        assert_eq!(whole.at("/documents/account"), 1);
        let pages = whole.at("/documents/journal");
        assert_eq!(pages, 10, "the account and its shard of bank clearing have each written five");
        assert_eq!(whole.at("/faults"), 0);
        let batches = audit(app.api(), 7);
        assert_eq!(batches.json(), whole.json());
    }
}

#[test]
fn what_waits_for_the_bank_is_shown_with_its_reason() {
    let mut app = App::start_with(AppOptions { without_timer: true, ..AppOptions::default() });
    let customer = Customer::with_balance(app.api(), app.partner(), "50.00");
    let card = customer.bind("6216261000000000018");
    run_worker(&app);
    app.stack().kill_bank().unwrap();
    let processing = customer.top_up(&card, "7.00", &new_key("top-up")).ok(202);
    let operation = processing.text_of("/operation_id");
    let item = || {
        let seen = app.api().get("/v1/operations/pending").by(&operator()).send().unwrap().ok(200);
        let items = seen.at("/items").as_array().unwrap().clone();
        items.into_iter().find(|item| item["subject"] == operation.as_str()).unwrap()
    };
    let seen = item();
    assert_eq!(seen["kind"], "top_up");
    assert_eq!(seen["state"], "requested");
    assert_eq!((&seen["tries"], &seen["stuck"]), (&json!(0), &json!(false)));
    assert_eq!(seen["last_reason"], Value::Null);
    assert!(seen["age_seconds"].is_u64(), "{seen}");
    let seen = feiqian_tests::eventually("the worker has asked in vain", || {
        run_worker(&app);
        let seen = item();
        if seen["tries"] == 0 { Err(seen.to_string()) } else { Ok(seen) }
    });
    assert_eq!(seen["last_reason"], "bank_unavailable");
    let audited = audit(app.api(), 500);
    assert_eq!(audited.at("/balanced"), true);
    assert_ne!(audited.text_of("/in_flight/value"), "0.00");
}

#[test]
fn only_the_operator_audits_and_with_cursors_that_were_given() {
    let app = SharedApp::get();
    let api = app.api();
    for path in ["/v1/operations/audits", "/v1/operations/pending"] {
        let request =
            if path.ends_with("audits") { api.post(path, &json!({})) } else { api.get(path) };
        request.clone().send().unwrap().assert_problem(401, "token_missing");
        let wrong = Caller::Bearer("another-token-of-at-least-32-characters".to_owned());
        request.by(&wrong).send().unwrap().assert_problem(401, "token_invalid");
    }
    for cursor in ["", "x", "e30", "bm8ganNvbg"] {
        let answer = audit_batch(&api, &json!({"cursor": cursor}));
        answer.assert_problem(400, "parameter_invalid");
    }
    for limit in [0, 501] {
        audit_batch(&api, &json!({"limit": limit})).assert_problem(400, "parameter_invalid");
    }
}

#[test]
fn prometheus_reads_what_is_pending() {
    let app = App::start_with(AppOptions { without_timer: true, ..AppOptions::default() });
    let customer = Customer::open(app.api(), app.partner(), "II");
    customer.set_pin(PIN).assert_status(204);
    let card = customer.bind("6216261000000000109");
    customer.top_up(&card, "10.00", &new_key("top-up")).assert_status(202);
    let scraped = app.api().get("/v1/operations/metrics").by(&automation()).send().unwrap();
    scraped.assert_status(200);
    assert!(scraped.header("content-type").starts_with("application/openmetrics-text"));
    let text = scraped.text();
    for line in [
        "feiqian_pending{kind=\"top_up\"} 1",
        "feiqian_pending_stuck{kind=\"top_up\"} 0",
        "feiqian_pending_full 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
}
