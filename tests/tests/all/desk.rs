//! What support finds, and asks the bank about at once.

use feiqian_bank_sandbox::cards;
use feiqian_tests::{AnswerExt as _, App, AppOptions, Customer, Merchant, SharedApp};
use feiqian_xtask::api::{Answer, Api, Caller};
use feiqian_xtask::demo::PIN;
use feiqian_xtask::development;
use feiqian_xtask::people::new_key;
use serde_json::{Value, json};

fn bob() -> Caller {
    Caller::Bearer(development::SUPPORT_TOKEN.to_owned())
}

fn search(api: &Api, query: &str) -> Answer {
    api.get(&format!("/v1/operations/search?{query}")).by(&bob()).send().unwrap()
}

fn query(api: &Api, subject: &str) -> Answer {
    let path = format!("/v1/operations/pending/{subject}/queries");
    api.request(http::Method::POST, &path).by(&bob()).send().unwrap()
}

#[test]
fn an_order_leads_to_its_payment_its_refunds_and_its_payers_account() {
    let app = SharedApp::get();
    let api = app.api();
    let customer = Customer::with_balance(&api, &app.partner(), "100.00");
    let merchant = Merchant::register(&api, &app.partner());
    let order = merchant.order("12.34");
    let paid = customer.pay(&order, "12.34", &new_key("pay")).ok(201);
    let operation = paid.text_of("/operation_id");
    merchant.wait_for_balance("12.34");
    let refund = merchant.refund(&order, "2.34", &new_key("refund"));
    assert!([201, 202].contains(&refund.status), "{}", refund.text());

    let found = search(&api, &format!("order={order}")).ok(200);
    assert_eq!(found.at("/status"), "paid");
    assert_eq!(found.at("/payment/operation_id"), operation.as_str());
    assert_eq!(found.at("/payment/account_id"), customer.account.as_str());
    assert_eq!(found.at("/refunds/0/amount/value"), "2.34");

    let account = search(&api, &format!("account={}", customer.account)).ok(200);
    assert_eq!(account.at("/status"), "active");
    let text = account.text();
    for personal in [&customer.person.name, &customer.person.mobile, &customer.person.resident_id] {
        assert!(!text.contains(personal.as_str()), "{personal} is not masked: {text}");
    }
    let entries = account.at("/entries");
    let entries = entries.as_array().unwrap();
    assert!(entries.iter().any(|entry| entry["operation_id"] == operation.as_str()), "{text}");
    assert!(!account.at("/limits").as_array().unwrap().is_empty());

    let beside = format!("operation={operation}&account={}", customer.account);
    let found = search(&api, &beside).ok(200);
    assert_eq!(found.at("/operation/status"), "succeeded");
    assert_eq!(found.at("/operation/order_id"), order.as_str());
}

#[test]
fn a_search_names_one_thing_and_what_is_not_there_is_said() {
    let app = SharedApp::get();
    let api = app.api();
    let nothing = "00000000000000000000000000";
    for (query, status, code) in [
        (String::new(), 400, "parameter_invalid"),
        (format!("order=ord_cn1_{nothing}&account=acc_cn1_{nothing}"), 400, "parameter_invalid"),
        ("order=x".to_owned(), 400, "parameter_invalid"),
        (format!("order=ord_cn1_{nothing}"), 404, "order_not_found"),
        (format!("account=acc_cn1_{nothing}"), 404, "account_not_found"),
        (format!("operation=op_cn1_{nothing}"), 404, "operation_not_found"),
    ] {
        search(&api, &query).assert_problem(status, code);
    }
    query(&api, "6216261000000000018").assert_problem(400, "parameter_invalid");
    let idle = query(&api, &format!("op_cn1_{nothing}")).ok(200);
    assert_eq!(idle.at("/outcome"), "nothing_pending");
}

#[test]
fn a_query_finishes_at_once_what_the_bank_has_done_without_a_worker() {
    let app = App::start_with(AppOptions { without_timer: true, ..AppOptions::default() });
    let customer = Customer::open(app.api(), app.partner(), "II");
    customer.set_pin(PIN).assert_status(204);
    let card = customer.bind(cards::FAILS_THEN_DONE);
    let processing = customer.top_up(&card, "7.00", &new_key("top-up")).ok(202);
    let operation = processing.text_of("/operation_id");
    let seen = search(app.api(), &format!("operation={operation}")).ok(200);
    assert_eq!(seen.at("/pending/0/kind"), "top_up");
    let queried = query(app.api(), &operation).ok(200);
    assert_eq!(queried.at("/outcome"), "finished", "{}", queried.text());
    assert_eq!(queried.at("/state"), "succeeded");
    assert_eq!(customer.balance(), "7.00");
    let log: Value = {
        let alice = Caller::Bearer(development::OPERATOR_TOKEN.to_owned());
        app.api().get("/v1/operations/log?operator=bob").by(&alice).send().unwrap().ok(200).json()
    };
    // Two looks of two entries each, and nothing that automation did.
    assert_eq!(log["heads"][0]["length"], json!(4), "{log}");
}
