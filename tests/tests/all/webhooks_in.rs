//! Events of the bank and of partners: believed only when they are signed, harmless when they
//! are repeated, late or wrong.

use data_encoding::BASE64;
use feiqian_bank_sandbox::cards;
use feiqian_calendar::Timestamp;
use feiqian_signing::WebhookSecret;
use feiqian_tests::{
    AnswerExt as _, App, AppOptions, Customer, Merchant, SharedApp, eventually, yuan,
};
use feiqian_xtask::api::{Answer, Api, Caller, now};
use feiqian_xtask::demo::PIN;
use feiqian_xtask::development;
use feiqian_xtask::people::new_key;
use serde_json::{Value, json};

/// Sends an event as `source`, signed with a secret as of an instant.
#[track_caller]
fn send(api: &Api, source: &str, secret: &str, id: &str, at: Timestamp, event: &Value) -> Answer {
    let body = event.to_string();
    let signature = WebhookSecret::parse(secret).unwrap().sign(id, at, body.as_bytes());
    api.post(&format!("/v1/webhooks/{source}"), event)
        .header("webhook-id", id)
        .header("webhook-timestamp", &at.as_seconds().to_string())
        .header("webhook-signature", &signature)
        .send()
        .unwrap()
}

#[track_caller]
fn by_bank(api: &Api, id: &str, event: &Value) -> Answer {
    send(api, "bank", development::BANK_WEBHOOK_SECRET, id, now(), event)
}

#[track_caller]
fn by_partner(api: &Api, id: &str, event: &Value) -> Answer {
    send(api, "par_demo", development::PARTNER_WEBHOOK_SECRET, id, now(), event)
}

fn debit_updated(request_id: &str, status: &str) -> Value {
    json!({"type": "debit.updated", "data": {"request_id": request_id, "status": status}})
}

fn operator() -> Caller {
    Caller::Bearer(development::OPERATOR_TOKEN.to_owned())
}

#[test]
fn only_a_signed_and_recent_event_of_a_known_source_is_taken() {
    let app = SharedApp::get();
    let api = app.api();
    let event = debit_updated("op_nothing", "settled");
    let good = development::BANK_WEBHOOK_SECRET;
    let taken = send(&api, "bank", good, &new_key("evt"), now(), &event).ok(200);
    assert_eq!(taken.at("/outcome"), "nothing_pending");
    let other = format!("whsec_{}", BASE64.encode(&[7; 32]));
    let code = "webhook_signature_invalid";
    send(&api, "bank", &other, "evt_1", now(), &event).assert_problem(401, code);
    send(&api, "par_demo", good, "evt_1", now(), &event).assert_problem(401, code);
    send(&api, "insurer", good, "evt_1", now(), &event).assert_problem(401, code);
    api.post("/v1/webhooks/bank", &event).send().unwrap().assert_problem(401, code);
    let stale = Timestamp::from_millis(now().as_millis() - 400_000);
    let stale = send(&api, "bank", good, "evt_1", stale, &event);
    stale.assert_problem(401, "webhook_expired");
}

#[test]
fn an_event_that_cannot_be_read_is_refused() {
    let app = SharedApp::get();
    for (event, code) in [
        (json!({"data": {}}), "request_malformed"),
        (json!([]), "request_malformed"),
        (json!({"type": "Debit Updated", "data": {}}), "parameter_invalid"),
        (json!({"type": "debit.updated", "data": {}}), "parameter_invalid"),
        (json!({"type": "debit.updated", "data": {"request_id": 7}}), "parameter_invalid"),
    ] {
        let refused = by_bank(&app.api(), &new_key("evt"), &event);
        refused.assert_problem(400, code);
    }
}

#[test]
fn a_top_up_that_timed_out_is_settled_by_the_banks_callback() {
    let app = App::start_with(AppOptions {
        without_timer: true,
        bank_calls_back: true,
        ..AppOptions::default()
    });
    let customer = Customer::open(app.api(), app.partner(), "II");
    customer.set_pin(PIN).assert_status(204);
    let card = customer.bind(cards::TIMES_OUT_THEN_DONE);
    let asked = customer.top_up(&card, "10.00", &new_key("top-up"));
    assert!(matches!(asked.status, 201 | 202), "{}", asked.text());
    let operation = asked.text_of("/operation_id");
    assert_eq!(customer.ended_operation(&operation).at("/status"), "succeeded");
    assert_eq!(customer.balance(), "10.00");

    // Each event came, the repeated and the outdated one too, and moved nothing more.
    let callbacks = eventually("three callbacks", || {
        let lines = app.log_lines("bank-sandbox.log");
        let sent: Vec<Value> = lines.into_iter().filter(|l| l["event"] == "callback").collect();
        if sent.len() >= 3 { Ok(sent) } else { Err(format!("{sent:?}")) }
    });
    for callback in &callbacks {
        let status = callback["status"].as_u64();
        assert!(matches!(status, Some(200 | 202)), "{callback}");
    }
    assert_eq!(callbacks[0]["event_id"], callbacks[1]["event_id"]);
    assert_ne!(callbacks[0]["event_id"], callbacks[2]["event_id"]);
    assert_eq!(customer.entries().len(), 1);
    let movements = app.bank().get("/sandbox/movements").send().unwrap().ok(200);
    assert_eq!(movements.at("/movements").as_array().unwrap().len(), 1, "{}", movements.text());
}

#[test]
fn what_an_event_says_is_never_taken_for_what_the_bank_did() {
    let app = App::start_with(AppOptions { without_timer: true, ..AppOptions::default() });
    let customer = Customer::open(app.api(), app.partner(), "II");
    customer.set_pin(PIN).assert_status(204);
    let card = customer.bind(cards::PROCESSING);
    let operation = customer.top_up(&card, "10.00", &new_key("top-up")).ok(202);
    let operation = operation.text_of("/operation_id");
    // The bank finds it settled when it is asked for the third time, whatever its events say.
    let lie = by_bank(app.api(), &new_key("evt"), &debit_updated(&operation, "settled"));
    assert_eq!(lie.ok(202).at("/outcome"), "waiting");
    assert_eq!(customer.balance(), "0.00");
    let outcomes: Vec<Value> = (0..3)
        .map(|_| by_bank(app.api(), &new_key("evt"), &debit_updated(&operation, "rejected")))
        .map(|answer| answer.at("/outcome"))
        .collect();
    assert!(outcomes.contains(&"finished".into()), "{outcomes:?}");
    assert_eq!(customer.balance(), "10.00");
    let late = by_bank(app.api(), &new_key("evt"), &debit_updated(&operation, "processing"));
    assert_eq!(late.ok(200).at("/outcome"), "nothing_pending");
    assert_eq!(customer.balance(), "10.00");
    assert_eq!(app.pending().unwrap(), Vec::<Value>::new());
}

#[test]
fn an_unknown_event_is_acknowledged_and_kept_once() {
    let app = SharedApp::get();
    let id = new_key("evt");
    let event = json!({"type": "card.reissued", "data": {"card_number": "6216261000000000018"}});
    for _ in 0..2 {
        let taken = by_partner(&app.api(), &id, &event).ok(202);
        assert_eq!(taken.at("/outcome"), "recorded");
        assert_eq!(taken.at("/event_id"), id.as_str());
    }
    let path = "/v1/operations/webhook-events?source=par_demo";
    app.api().get(path).send().unwrap().assert_problem(401, "token_missing");
    let kept = app.api().get(path).by(&operator()).send().unwrap().ok(200);
    let items = kept.at("/items").as_array().unwrap().clone();
    let own: Vec<&Value> = items.iter().filter(|item| item["event_id"] == id.as_str()).collect();
    assert_eq!(own.len(), 1, "{}", kept.text());
    assert_eq!(own[0]["type"], "card.reissued");
    assert!(!kept.text().contains("6216261000000000018"), "{}", kept.text());
}

#[test]
fn a_partners_event_does_what_its_request_would_and_a_replay_gives_the_same() {
    let app = SharedApp::get();
    let (api, partner) = (app.api(), app.partner());
    let customer = Customer::with_balance(&api, &partner, "50.00");
    let shop = Merchant::register(&api, &partner);
    let order = shop.order("20.00");
    customer.pay(&order, "20.00", &new_key("pay")).assert_status(201);
    let refund = json!({
        "type": "refund.requested",
        "data": {"order_id": order, "amount": yuan("5.00"), "reason": "one of two is missing"},
    });
    let id = new_key("evt");
    let first = by_partner(&api, &id, &refund).ok(201);
    assert_eq!(first.at("/outcome"), "succeeded");
    let again = by_partner(&api, &id, &refund).ok(201);
    assert_eq!(again.json(), first.json());
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(customer.balance(), "35.00");

    let open = shop.order("1.00");
    let close = json!({"type": "order.close_requested", "data": {"order_id": open}});
    for _ in 0..2 {
        assert_eq!(by_partner(&api, &new_key("evt"), &close).ok(200).at("/outcome"), "closed");
    }
    customer.pay(&open, "1.00", &new_key("pay")).assert_problem(409, "order_closed");
    // What belongs to another partner does not exist.
    let secret = development::OTHER_PARTNER_WEBHOOK_SECRET;
    let foreign = send(&api, "par_other", secret, &new_key("evt"), now(), &refund);
    foreign.assert_problem(404, "order_not_found");
    assert_eq!(customer.balance(), "35.00");
}

#[test]
fn bills_that_are_told_out_of_order_have_their_newest_terms() {
    let app = SharedApp::get();
    let api = app.api();
    let customer = Customer::with_balance(&api, &app.partner(), "100.00");
    let biller = Merchant::register(&api, &app.partner());
    let published = |revision: u64, value: &str| {
        json!({"type": "bill.published", "data": {
            "merchant_id": biller.id, "subscriber": "0017", "bill_number": "2026-11",
            "amount": yuan(value), "description": "Water, November", "due_on": "2026-12-31",
            "revision": revision,
        }})
    };
    for (revision, value, outcome) in [
        (2, "43.00", "published"),
        (1, "42.00", "outdated"),
        (3, "44.00", "published"),
        (3, "44.00", "published"),
        (2, "43.00", "outdated"),
    ] {
        let told = by_partner(&api, &new_key("evt"), &published(revision, value)).ok(200);
        assert_eq!(told.at("/outcome"), outcome, "{revision}");
    }
    let path = format!("/v1/bills?merchant_id={}&subscriber=0017", biller.id);
    let found = api.get(&path).by(&customer.caller).send().unwrap().ok(200);
    assert_eq!(found.at("/bills/0/amount"), yuan("44.00"));
    let path = format!("/v1/bills/{}/order", found.text_of("/bills/0/bill_id"));
    let order = api.put(&path, &json!({})).by(&customer.caller).send().unwrap().ok(200);
    customer.pay(&order.text_of("/order_id"), "44.00", &new_key("pay")).assert_status(201);
    let late = by_partner(&api, &new_key("evt"), &published(4, "45.00"));
    late.assert_problem(409, "bill_already_paid");
    let bare = json!({"type": "bill.published", "data": {"bill_number": "2026-11"}});
    by_partner(&api, &new_key("evt"), &bare).assert_problem(400, "parameter_invalid");
}
