//! Merchants' codes: drawn for partners, read and paid by payers.

use feiqian_tests::{AnswerExt as _, Customer, Merchant, SharedApp, yuan};
use feiqian_xtask::api::Answer;
use feiqian_xtask::people::new_key;
use serde_json::json;

const LABELS: &str = "city=BEIJING&category_code=5462&name=EAST%20GATE%20BAKERY";

fn static_code(app: &SharedApp, merchant: &Merchant, labels: &str) -> Answer {
    let path = format!("/v1/merchants/{}/code?{labels}", merchant.id);
    app.api().get(&path).by(&app.partner()).send().unwrap()
}

fn dynamic_code(app: &SharedApp, merchant: &Merchant, order: &str) -> Answer {
    let path = format!("/v1/merchants/{}/orders/{order}/code?{LABELS}", merchant.id);
    app.api().put(&path, &json!({})).by(&app.partner()).send().unwrap()
}

fn read(customer: &Customer, payload: &str) -> Answer {
    let body = json!({"payload": payload});
    customer.api.post("/v1/code-readings", &body).by(&customer.caller).send().unwrap()
}

#[test]
fn a_payer_enters_an_amount_at_a_static_code_and_pays_it() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "100.00");
    let merchant = Merchant::register(&app.api(), &app.partner());
    let code = static_code(&app, &merchant, LABELS).ok(200);
    assert!(code.text_of("/qr/svg").starts_with("<svg "));
    assert!(code.text_of("/qr/png").starts_with("iVBORw0KGgo"));
    let payload = code.text_of("/payload");
    assert!(payload.starts_with("000201010211"), "{payload}");

    let reading = read(&customer, &payload).ok(200);
    assert_eq!(reading.at("/kind"), "merchant");
    assert_eq!(reading.at("/payee"), "东门面包房");
    assert_eq!(reading.at("/channel"), "merchant_code_static");
    assert_eq!(reading.at("/amount"), json!(null));

    let key = new_key("code-order");
    let ask = |value: &str| {
        let body = json!({"payload": payload, "amount": yuan(value)});
        app.api().post("/v1/code-orders", &body).by(&customer.caller).key(&key).send().unwrap()
    };
    let made = ask("12.50").ok(201);
    let again = ask("12.50").ok(201);
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.at("/order_id"), made.at("/order_id"));
    ask("12.51").assert_problem(422, "idempotency_key_reused");

    let order = made.text_of("/order_id");
    customer.pay(&order, "12.50", &new_key("pay")).assert_status(201);
    assert_eq!(customer.balance(), "87.50");
    merchant.wait_for_balance("12.50");
    assert_eq!(merchant.see_order(&order).ok(200).at("/status"), "paid");
}

#[test]
fn a_dynamic_code_leads_to_its_order_until_it_is_paid() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "100.00");
    let merchant = Merchant::register(&app.api(), &app.partner());
    let order = merchant.order("36.50");
    let payload = dynamic_code(&app, &merchant, &order).ok(200).text_of("/payload");
    assert!(payload.starts_with("000201010212"), "{payload}");

    let reading = read(&customer, &payload).ok(200);
    assert_eq!(reading.at("/kind"), "order");
    assert_eq!(reading.at("/order_id"), order);
    assert_eq!(reading.at("/amount"), yuan("36.50"));
    assert_eq!(reading.at("/channel"), "merchant_code_dynamic");
    let body = json!({"payload": payload, "amount": yuan("1.00")});
    let ask = app.api().post("/v1/code-orders", &body).by(&customer.caller).key(&new_key("o"));
    ask.send().unwrap().assert_problem(422, "payment_code_invalid");

    customer.pay(&order, "36.50", &new_key("pay")).assert_status(201);
    dynamic_code(&app, &merchant, &order).assert_problem(409, "order_already_paid");
}

#[test]
fn a_changed_code_and_one_of_another_scheme_are_refused() {
    let app = SharedApp::get();
    let customer = Customer::open(&app.api(), &app.partner(), "II");
    let merchant = Merchant::register(&app.api(), &app.partner());
    let payload = static_code(&app, &merchant, LABELS).ok(200).text_of("/payload");
    // RULES section 5's vector, of another scheme.
    let foreign = "00020101021229300012D156000000000510A93FO3230Q31280012D15600000001030812345678520441115802CN5914BEST TRANSPORT6007BEIJING64200002ZH0104最佳运输0202北京540523.7253031565502016233030412340603***0708A60086670902ME91320016A0112233449988770708123456786304A13A";
    for text in [payload.replace("BAKERY", "BAKERS"), foreign.into(), String::new(), "飞".into()] {
        read(&customer, &text).assert_problem(422, "payment_code_invalid");
    }
}

#[test]
fn a_code_says_what_its_format_takes() {
    let app = SharedApp::get();
    let merchant = Merchant::register(&app.api(), &app.partner());
    for labels in [
        "city=BEIJING&category_code=546&name=A",
        "city=%E5%8C%97%E4%BA%AC&category_code=5462&name=A",
        "city=BEIJING&category_code=5462",
        "city=BEIJING&name=A",
        "city=BEIJING&category_code=5462&name=ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    ] {
        static_code(&app, &merchant, labels).assert_problem(400, "parameter_invalid");
    }
    let unknown = format!("/v1/merchants/mer_cn1_{}/code?{LABELS}", "0".repeat(26));
    let unknown = app.api().get(&unknown).by(&app.partner()).send().unwrap();
    unknown.assert_problem(404, "merchant_not_found");
}
