//! Charges at a till: payer codes and taps.

use std::thread;

use data_encoding::{BASE64, HEXLOWER};
use feiqian_bank_sandbox::cards;
use feiqian_identity::DeviceAlgorithm;
use feiqian_signing::{DeviceSigner, TapData, tap_mac};
use feiqian_tests::{AnswerExt as _, Customer, Merchant, SharedApp, yuan};
use feiqian_xtask::api::Answer;
use feiqian_xtask::demo::PIN;
use feiqian_xtask::people::new_key;
use serde_json::{Value, json};

fn give_code(customer: &Customer) -> String {
    let given = customer.post("/payer-codes", &json!({}), &new_key("code")).send().unwrap();
    given.ok(201).text_of("/code")
}

fn charging(merchant: &Merchant, value: &str, shown: (&str, Value)) -> Value {
    let mut body = json!({
        "merchant_id": merchant.id, "amount": yuan(value), "description": "Bread",
        "reference": "1",
    });
    body[shown.0] = shown.1;
    body
}

fn charge(app: &SharedApp, body: &Value, key: &str) -> Answer {
    app.api().post("/v1/charges", body).by(&app.partner()).key(key).send().unwrap()
}

#[test]
fn a_payer_code_is_shown_charged_and_confirmed_with_the_pin() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "100.00");
    let merchant = Merchant::register(&app.api(), &app.partner());
    let key = new_key("code");
    let given = customer.post("/payer-codes", &json!({}), &key).send().unwrap().ok(201);
    let code = given.text_of("/code");
    assert_eq!((code.len(), &code[..2]), (18, "88"));
    for picture in ["/qr", "/barcode"] {
        assert!(given.text_of(&format!("{picture}/svg")).starts_with("<svg "));
        assert!(given.text_of(&format!("{picture}/png")).starts_with("iVBORw0KGgo"));
    }
    let again = customer.post("/payer-codes", &json!({}), &key).send().unwrap().ok(201);
    assert_eq!(again.text_of("/code"), code);

    let body = charging(&merchant, "12.00", ("payer_code", code.as_str().into()));
    let key = new_key("charge");
    let waits = charge(&app, &body, &key).ok(202);
    assert_eq!(waits.at("/status"), "awaiting_payer");
    let seen = customer.get(&format!("/payer-codes/{code}")).ok(200);
    assert_eq!(seen.at("/status"), "spent");
    assert_eq!(seen.at("/charge/order_id"), waits.at("/order_id"));
    assert_eq!(seen.at("/charge/amount"), yuan("12.00"));

    let order = waits.text_of("/order_id");
    let stranger = Customer::with_balance(&app.api(), &app.partner(), "50.00");
    let path = format!("/v1/orders/{order}?account_id={}", stranger.account);
    let seen = app.api().get(&path).by(&stranger.caller).send().unwrap();
    seen.assert_problem(404, "order_not_found");
    stranger.pay(&order, "12.00", &new_key("pay")).assert_problem(404, "order_not_found");
    customer.pay(&order, "12.00", &new_key("pay")).assert_status(201);
    assert_eq!(charge(&app, &body, &key).ok(201).at("/status"), "paid");
    assert_eq!(customer.balance(), "88.00");
    merchant.wait_for_balance("12.00");
}

#[test]
fn a_code_at_two_tills_at_once_is_charged_by_one() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "100.00");
    let merchant = Merchant::register(&app.api(), &app.partner());
    let code = give_code(&customer);
    let body = charging(&merchant, "12.00", ("payer_code", code.into()));
    let mut statuses: Vec<u16> = thread::scope(|scope| {
        let tills: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| charge(&app, &body, &new_key("charge")).status))
            .collect();
        tills.into_iter().map(|till| till.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [202, 409, 409, 409]);
}

#[test]
fn what_is_no_code_of_ours_charges_nothing() {
    let app = SharedApp::get();
    let merchant = Merchant::register(&app.api(), &app.partner());
    let ask = |code: &str| {
        charge(&app, &charging(&merchant, "1.00", ("payer_code", code.into())), &new_key("c"))
    };
    ask("880000000000000005").assert_problem(404, "instrument_unknown");
    for code in ["880000000000000004", "134567890123456789", "", "88"] {
        ask(code).assert_problem(422, "payment_code_invalid");
    }
    let neither = charging(&merchant, "1.00", ("payer_code", Value::Null));
    charge(&app, &neither, &new_key("c")).assert_problem(400, "parameter_invalid");
}

#[test]
fn a_cryptogram_that_is_not_the_tokens_is_refused() {
    let app = SharedApp::get();
    let merchant = Merchant::register(&app.api(), &app.partner());
    let tap = TapData {
        merchant: &merchant.id,
        amount_minor: 100,
        unpredictable_number: "9f37",
        counter: 1,
    };
    let cryptogram = HEXLOWER.encode(&tap_mac(&[7; 32], &tap).unwrap());
    let shown = json!({
        "token_id": format!("tok_cn1_{}", "0".repeat(26)), "counter": 1,
        "unpredictable_number": "9f37", "cryptogram": cryptogram,
    });
    let body = charging(&merchant, "1.00", ("tap", shown));
    charge(&app, &body, &new_key("c")).assert_problem(422, "cryptogram_wrong");
}

/// Lets small payments go without the PIN.
fn allow_small_payments(customer: &Customer) {
    let revision = customer.get("/limits").ok(200).at("/own/revision").clone();
    let body = json!({"revision": revision, "small_payments_without_pin": true, "pin": PIN});
    let path = customer.path("/limits");
    customer.api.put(&path, &body).by(&customer.caller).send().unwrap().assert_status(200);
}

/// A token in a new device of the customer's: its id and its key.
fn token(customer: &Customer) -> (String, [u8; 32]) {
    let algorithm = DeviceAlgorithm::Ed25519;
    let signer = DeviceSigner::new(algorithm, [7; 32]).unwrap();
    let (key, public_key) = (new_key("device"), signer.public_key());
    let challenge =
        format!("feiqian-device\n{}\n{key}\n{algorithm}\n{public_key}", customer.account);
    let body = json!({
        "algorithm": algorithm.as_str(), "public_key": public_key, "name": "Phone",
        "signature": signer.sign(challenge.as_bytes()), "pin": PIN,
    });
    let device = customer.post("/devices", &body, &key).send().unwrap().ok(201);
    let body = json!({"device_id": device.text_of("/device_id"), "pin": PIN});
    let made = customer.post("/nfc-tokens", &body, &new_key("token")).send().unwrap().ok(201);
    assert_eq!(made.at("/method"), "balance");
    let key = BASE64.decode(made.text_of("/key").as_bytes()).unwrap();
    (made.text_of("/token_id"), key.try_into().unwrap())
}

#[test]
fn a_tap_of_a_device_pays_once_and_never_again() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "100.00");
    let merchant = Merchant::register(&app.api(), &app.partner());
    allow_small_payments(&customer);
    let (token_id, token_key) = token(&customer);
    let tap = |counter: u32, amount_minor: i64| {
        let tap =
            TapData { merchant: &merchant.id, amount_minor, unpredictable_number: "9f37", counter };
        json!({
            "token_id": token_id, "counter": counter, "unpredictable_number": "9f37",
            "cryptogram": HEXLOWER.encode(&tap_mac(&token_key, &tap).unwrap()),
        })
    };
    let body = charging(&merchant, "12.00", ("tap", tap(1, 1_200)));
    let key = new_key("charge");
    assert_eq!(charge(&app, &body, &key).ok(201).at("/status"), "paid");
    assert_eq!(charge(&app, &body, &key).ok(201).header("idempotent-replayed"), "true");
    charge(&app, &body, &new_key("charge")).assert_problem(409, "tap_replayed");
    let dearer = charging(&merchant, "13.00", ("tap", tap(2, 1_200)));
    charge(&app, &dearer, &new_key("charge")).assert_problem(422, "cryptogram_wrong");
    let next = charging(&merchant, "13.00", ("tap", tap(2, 1_300)));
    charge(&app, &next, &new_key("charge")).assert_status(201);
    assert_eq!(customer.balance(), "75.00");
    merchant.wait_for_balance("25.00");
}

#[test]
fn a_payer_code_pays_from_the_card_that_its_payer_chose() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "5.00");
    let merchant = Merchant::register(&app.api(), &app.partner());
    allow_small_payments(&customer);
    let card = customer.get("/cards").ok(200).text_of("/cards/0/card_id");
    let code_by = |method: &str, card: &str| {
        let body = json!({"method": method, "card_id": card});
        customer.post("/payer-codes", &body, &new_key("code")).send().unwrap()
    };
    let given = code_by("balance_then_card", &card).ok(201);
    assert_eq!(given.at("/method"), "balance_then_card");
    let body = charging(&merchant, "12.00", ("payer_code", given.at("/code").clone()));
    assert_eq!(charge(&app, &body, &new_key("charge")).ok(201).at("/status"), "paid");
    assert_eq!(customer.balance(), "0.00");
    merchant.wait_for_balance("12.00");
    code_by("balance", &card).assert_problem(400, "parameter_invalid");
    code_by("card", &format!("card_cn1_{}", "0".repeat(26))).assert_problem(404, "card_not_found");

    let poor = customer.bind(cards::INSUFFICIENT_FUNDS);
    let code = code_by("card", &poor.card_id).ok(201).text_of("/code");
    let body = charging(&merchant, "3.00", ("payer_code", code.as_str().into()));
    let key = new_key("charge");
    let waits = charge(&app, &body, &key).ok(202);
    assert_eq!(waits.at("/status"), "awaiting_payer", "the card was declined");
    let seen = customer.get(&format!("/payer-codes/{code}")).ok(200);
    assert_eq!(seen.at("/method"), "card");
    let other = json!({
        "account_id": customer.account, "method": "card", "card_id": card, "amount": yuan("3.00"),
        "pin": PIN,
    });
    let path = format!("/v1/orders/{}/payments", waits.text_of("/order_id"));
    let pay = app.api().post(&path, &other).by(&customer.caller).key(&new_key("pay"));
    pay.send().unwrap().assert_status(201);
    assert_eq!(charge(&app, &body, &key).ok(201).at("/status"), "paid");
    merchant.wait_for_balance("15.00");
}
