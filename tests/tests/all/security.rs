//! What keeps an account in its holder's hands: devices, PIN resets, freezes, the security log.

use feiqian_bank_sandbox::CODE;
use feiqian_identity::DeviceAlgorithm;
use feiqian_signing::DeviceSigner;
use feiqian_tests::{AnswerExt as _, Customer, Merchant, SharedApp};
use feiqian_xtask::api::{Answer, Caller};
use feiqian_xtask::demo::PIN;
use feiqian_xtask::development;
use feiqian_xtask::people::{Person, new_key};
use serde_json::{Value, json};

const NEW_PIN: &str = "739264";

fn customer(app: &SharedApp) -> Customer {
    let customer = Customer::open(&app.api(), &app.partner(), "II");
    customer.set_pin(PIN).assert_status(204);
    customer
}

fn by_operator(app: &SharedApp, customer: &Customer, below: &str, body: &Value) -> Answer {
    let path = format!("/v1/operations/accounts/{}{below}", customer.account);
    app.api()
        .post(&path, body)
        .by(&Caller::Bearer(development::OPERATOR_TOKEN.to_owned()))
        .send()
        .unwrap()
}

fn verification(customer: &Customer, purpose: &str) -> String {
    let Customer { person, .. } = customer;
    let body = json!({
        "purpose": purpose, "card_number": person.card_number, "mobile": person.mobile,
    });
    let begun = customer.post("/verifications", &body, &new_key("verify")).send().unwrap().ok(202);
    assert!(!begun.text().contains(&person.card_number), "{}", begun.text());
    begun.text_of("/verification_id")
}

fn register(customer: &Customer, algorithm: DeviceAlgorithm, key: &str) -> Value {
    let signer = DeviceSigner::new(algorithm, [7; 32]).unwrap();
    let public_key = signer.public_key();
    let challenge =
        format!("feiqian-device\n{}\n{key}\n{algorithm}\n{public_key}", customer.account);
    json!({
        "algorithm": algorithm.as_str(), "public_key": public_key, "name": "Phone",
        "signature": signer.sign(challenge.as_bytes()), "pin": PIN,
    })
}

#[test]
fn devices_of_every_algorithm_are_registered_listed_and_revoked() {
    let app = SharedApp::get();
    let customer = customer(&app);
    for (number, algorithm) in DeviceAlgorithm::ALL.into_iter().enumerate() {
        let key = new_key("device");
        let body = register(&customer, algorithm, &key);
        let added = customer.post("/devices", &body, &key).send().unwrap().ok(201);
        assert_eq!(added.at("/algorithm"), algorithm.as_str());
        let again = customer.post("/devices", &body, &key).send().unwrap().ok(201);
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(again.json(), added.json());
        let listed = customer.get("/devices").ok(200);
        assert_eq!(listed.at(&format!("/devices/{number}")), added.json());

        let other = new_key("device");
        let moved = customer.post("/devices", &body, &other).send().unwrap();
        moved.assert_problem(422, "device_signature_invalid");
        let body = register(&customer, algorithm, &other);
        let twice = customer.post("/devices", &body, &other).send().unwrap();
        twice.assert_problem(409, "device_key_known");

        let path = customer.path(&format!("/devices/{}", added.text_of("/device_id")));
        let revoke = || app.api().request(http::Method::DELETE, &path).by(&customer.caller).send();
        revoke().unwrap().assert_status(204);
        revoke().unwrap().assert_status(204);
        let revoked = customer.get("/devices").at(&format!("/devices/{number}/revoked_at"));
        assert!(revoked.is_string(), "{revoked}");
    }
}

#[test]
fn a_forgotten_pin_is_reset_by_a_card_and_a_code() {
    let app = SharedApp::get();
    let customer = customer(&app);
    let id = verification(&customer, "pin_reset");
    let reset = |code: &str, pin: &str, key: &str| {
        let body = json!({"verification_id": id, "code": code, "pin": pin});
        customer.post("/pin-resets", &body, key).send().unwrap()
    };
    reset("000000", NEW_PIN, &new_key("reset")).assert_problem(422, "binding_code_wrong");
    reset(CODE, "123456", &new_key("reset")).assert_problem(422, "pin_too_weak");
    let key = new_key("reset");
    reset(CODE, NEW_PIN, &key).assert_status(204);
    reset(CODE, NEW_PIN, &key).assert_status(204);
    let change = json!({"pin": PIN, "current_pin": NEW_PIN});
    let path = customer.path("/pin");
    app.api().put(&path, &change).by(&customer.caller).send().unwrap().assert_status(204);
}

#[test]
fn a_frozen_account_pays_nothing_until_its_holder_unfreezes_it() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "10.00");
    let order = Merchant::register(&app.api(), &app.partner()).order("5.00");
    let freeze = json!({"reason": "lost phone"});
    let path = customer.path("/freezes");
    let frozen = app.api().post(&path, &freeze).by(&customer.caller).send().unwrap().ok(200);
    assert_eq!(
        (frozen.at("/status"), frozen.at("/freezes/0/by")),
        (json!("frozen"), json!("holder"))
    );
    assert_eq!(customer.get("").at("/status"), "frozen");
    customer.pay(&order, "5.00", &new_key("pay")).assert_problem(409, "account_frozen");
    assert_eq!(customer.balance(), "10.00", "it can still be looked at");

    let id = verification(&customer, "unfreeze");
    let unfreeze =
        |body: Value| customer.post("/unfreezes", &body, &new_key("unfreeze")).send().unwrap();
    unfreeze(json!({"verification_id": id, "code": "000000", "pin": PIN}))
        .assert_problem(422, "binding_code_wrong");
    let bare = json!({"verification_id": id, "code": CODE});
    let key = new_key("unfreeze");
    customer.post("/unfreezes", &bare, &key).send().unwrap().assert_problem(403, "pin_required");
    let full = json!({"verification_id": id, "code": CODE, "pin": PIN});
    customer.post("/unfreezes", &full, &key).send().unwrap().assert_status(204);
    customer.pay(&order, "5.00", &new_key("pay")).assert_status(201);
}

#[test]
fn only_an_operator_lifts_an_operators_freeze() {
    let app = SharedApp::get();
    let customer = customer(&app);
    let freeze = json!({"by": "operator", "reason": "court order"});
    by_operator(&app, &customer, "/freezes", &freeze).assert_status(200);
    let path = format!("/v1/operations/accounts/{}/freezes", customer.account);
    let by_holder = app.api().post(&path, &freeze).by(&customer.caller).send().unwrap();
    by_holder.assert_problem(401, "token_invalid");
    let body = json!({
        "purpose": "unfreeze", "card_number": customer.person.card_number,
        "mobile": customer.person.mobile,
    });
    let begun = customer.post("/verifications", &body, &new_key("verify")).send().unwrap();
    begun.assert_problem(409, "account_not_frozen");
    let key = new_key("device");
    let device = register(&customer, DeviceAlgorithm::Ed25519, &key);
    customer.post("/devices", &device, &key).send().unwrap().assert_problem(409, "account_frozen");
    let lift = json!({"by": "operator", "reason": "the holder was heard"});
    let lifted = by_operator(&app, &customer, "/unfreezes", &lift).ok(200);
    assert_eq!((lifted.at("/status"), lifted.at("/freezes")), (json!("active"), json!([])));
    by_operator(&app, &customer, "/unfreezes", &lift).assert_problem(409, "account_not_frozen");
}

#[test]
fn an_account_in_use_is_not_woken() {
    let app = SharedApp::get();
    let customer = customer(&app);
    let body = json!({
        "purpose": "waking", "card_number": customer.person.card_number,
        "mobile": customer.person.mobile,
    });
    let begun = customer.post("/verifications", &body, &new_key("verify")).send().unwrap();
    begun.assert_problem(409, "account_not_dormant");
}

#[test]
fn the_security_log_tells_what_happened_newest_first() {
    let app = SharedApp::get();
    let customer = customer(&app);
    let _ = customer.bind(&customer.person.card_number);
    let freeze = json!({"by": "risk", "reason": "unusual"});
    by_operator(&app, &customer, "/freezes", &freeze).assert_status(200);
    let log = customer.get("/security-events").ok(200);
    assert_eq!(log.at("/has_more"), false);
    let events = log.at("/events");
    let names: Vec<&str> =
        events.as_array().unwrap().iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(names, ["frozen", "card_bound", "pin_set"]);
    assert_eq!(log.at("/events/0/subject"), "risk");
    let caller = Customer::session(&app.api(), &app.partner(), &Person::new("李四"));
    let path = customer.path("/security-events");
    let stranger = app.api().get(&path).by(&caller).send().unwrap();
    stranger.assert_problem(404, "account_not_found");
}
