//! Money to other accounts, where the region offers that.

use feiqian_tests::{AnswerExt as _, App, AppOptions, Customer, SharedApp, yuan};
use feiqian_xtask::api::{Answer, Request};
use feiqian_xtask::demo::PIN;
use feiqian_xtask::people::new_key;
use serde_json::{Value, json};

/// An application whose region lets money go to others.
fn capped() -> App {
    let variable = ["--variable", "outbound_transfers=capped"].map(Into::into);
    App::start_with(AppOptions { host_arguments: variable.into(), ..AppOptions::default() })
}

/// A payee of class III who was funded and consents.
fn consenting(app: &App) -> Customer {
    let payee = Customer::open(app.api(), app.partner(), "III");
    payee.set_pin(PIN).assert_status(204);
    let card = payee.bind(&payee.person.card_number);
    payee.top_up(&card, "1.00", &new_key("top-up")).assert_status(201);
    consent(&payee, true).assert_status(200);
    payee
}

fn consent(customer: &Customer, accepted: bool) -> Answer {
    let body = json!({"accepted": accepted, "pin": PIN});
    let path = customer.path("/incoming-transfers");
    customer.api.put(&path, &body).by(&customer.caller).send().unwrap()
}

fn sending(sender: &Customer, payee: &Value, speed: &str, key: &str) -> Request {
    let body = json!({"payee": payee, "amount": yuan("4.00"), "speed": speed, "pin": PIN});
    sender.post("/transfers", &body, key)
}

fn payee_of(sender: &Customer, payee: &Customer) -> Value {
    sender.get(&format!("/payees/{}", payee.account)).ok(200).json().clone()
}

#[test]
fn money_goes_to_others_only_where_the_region_offers_it() {
    let app = SharedApp::get();
    let sender = Customer::with_balance(&app.api(), &app.partner(), "10.00");
    let payee = Customer::open(&app.api(), &app.partner(), "III");
    let refused = sending(&sender, &payee_of(&sender, &payee), "at_once", &new_key("send"));
    refused.send().unwrap().assert_problem(403, "transfers_not_offered");
    assert_eq!(sender.balance(), "10.00");
}

#[test]
fn transfers_are_sent_waited_for_cancelled_and_refused() {
    let app = capped();
    let sender = Customer::with_balance(app.api(), app.partner(), "10.00");
    let payee = consenting(&app);
    let shown = payee_of(&sender, &payee);
    assert_eq!(shown["name"], "张*");

    let key = new_key("send");
    let sent = sending(&sender, &shown, "at_once", &key).send().unwrap().ok(201);
    assert_eq!(sent.at("/kind"), "transfer");
    assert_eq!(sent.at("/transfer/payee"), shown);
    assert_eq!((sender.balance(), payee.balance()), ("6.00".into(), "5.00".into()));
    let again = sending(&sender, &shown, "at_once", &key).send().unwrap().ok(201);
    assert_eq!(again.json(), sent.json());
    assert_eq!((sender.balance(), payee.balance()), ("6.00".into(), "5.00".into()));
    let entry = &payee.entries()[0];
    assert_eq!((&entry["kind"], &entry["counterparty"]), (&"transfer".into(), &"张*".into()));
    let cancelling = |operation: &str| {
        let path = sender.path(&format!("/transfers/{operation}/cancellation"));
        sender.api.post(&path, &json!({})).by(&sender.caller).send().unwrap()
    };
    cancelling(&sent.text_of("/operation_id")).assert_problem(409, "transfer_sent");

    let delayed = sending(&sender, &shown, "next_day", &new_key("send"));
    let delayed = delayed.send().unwrap().ok(202);
    assert_eq!(delayed.at("/status"), "waiting");
    assert_eq!((sender.balance(), payee.balance()), ("2.00".into(), "5.00".into()));
    let operation = delayed.text_of("/operation_id");
    for _ in 0..2 {
        let cancelled = cancelling(&operation).ok(200);
        assert_eq!(cancelled.at("/failure/code"), "transfer_cancelled");
    }
    assert_eq!((sender.balance(), payee.balance()), ("6.00".into(), "5.00".into()));

    let mut other = shown.clone();
    other["name"] = "李*".into();
    let differs = sending(&sender, &other, "at_once", &new_key("send")).send().unwrap();
    differs.assert_problem(409, "payee_differs");
    consent(&payee, false).assert_status(200);
    let refused = sending(&sender, &shown, "at_once", &new_key("send")).send().unwrap();
    refused.assert_problem(409, "payee_refuses");
    assert_eq!((sender.balance(), payee.balance()), ("6.00".into(), "5.00".into()));
    assert_eq!(sender.entries()[0]["kind"], "transfer_reversal");
}
