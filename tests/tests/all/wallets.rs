//! Third-party wallets: linked by elements and a code, charged, unlinked.

use feiqian_tests::{AnswerExt as _, Customer, Merchant, SharedApp, yuan};
use feiqian_xtask::api::Answer;
use feiqian_xtask::demo::BANK_CODE;
use feiqian_xtask::people::new_key;
use serde_json::json;

fn verify(app: &SharedApp, customer: &Customer, name: &str) -> Answer {
    let person = &customer.person;
    let body = json!({
        "account_id": customer.account, "name": name, "resident_id": person.resident_id,
        "card_number": person.card_number, "mobile": person.mobile,
    });
    let ask = app.api().post("/v1/wallets/verifications", &body).by(&app.partner());
    ask.key(&new_key("verify")).send().unwrap()
}

fn link(app: &SharedApp, customer: &Customer, verification: &str, code: &str) -> Answer {
    let body = json!({
        "account_id": customer.account, "verification_id": verification, "code": code,
        "wallet_name": "Chat Pay", "per_payment": yuan("20.00"), "per_day": yuan("30.00"),
    });
    let ask = app.api().post("/v1/wallets/agreements", &body).by(&app.partner());
    ask.key(&new_key("link")).send().unwrap()
}

#[test]
fn a_wallet_is_linked_charges_within_its_caps_and_is_unlinked() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "100.00");
    let merchant = Merchant::register(&app.api(), &app.partner());
    verify(&app, &customer, "李四").assert_problem(422, "elements_mismatch");
    let person = customer.person.clone();
    let verification = verify(&app, &customer, &person.name).ok(202).text_of("/verification_id");
    link(&app, &customer, &verification, "000000").assert_problem(422, "binding_code_wrong");
    let linked = link(&app, &customer, &verification, BANK_CODE).ok(201);
    let agreement = linked.text_of("/agreement_id");
    let listed = customer.get("/wallets").ok(200);
    assert_eq!(listed.at("/wallets/0/agreement_id"), agreement);
    assert_eq!(listed.at("/wallets/0/wallet_name"), "Chat Pay");

    let charge = |value: &str, key: &str| {
        let body = json!({
            "merchant_id": merchant.id, "amount": yuan(value), "description": "Bread",
            "reference": "1",
            "agreement": {"account_id": customer.account, "agreement_id": agreement},
        });
        app.api().post("/v1/charges", &body).by(&app.partner()).key(key).send().unwrap()
    };
    let key = new_key("charge");
    assert_eq!(charge("20.00", &key).ok(201).at("/status"), "paid");
    assert_eq!(charge("20.00", &key).ok(201).header("idempotent-replayed"), "true");
    charge("20.01", &new_key("c")).assert_problem(409, "agreement_cap_exceeded");
    charge("10.01", &new_key("c")).assert_problem(409, "agreement_cap_exceeded");
    charge("10.00", &new_key("c")).assert_status(201);
    assert_eq!(customer.balance(), "70.00");
    merchant.wait_for_balance("30.00");

    let path = customer.path(&format!("/wallets/{agreement}"));
    let unlink =
        || app.api().request(http::Method::DELETE, &path).by(&customer.caller).send().unwrap();
    unlink().assert_status(204);
    unlink().assert_status(204);
    charge("1.00", &new_key("c")).assert_problem(409, "agreement_ended");
    assert_eq!(customer.get("/wallets").ok(200).at("/wallets/0/status"), "unlinked");
}
