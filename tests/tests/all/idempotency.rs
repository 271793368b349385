//! The same key gives the same answer and one effect, however often and from wherever.

use std::thread;

use feiqian_tests::{AnswerExt as _, Customer, Merchant, SharedApp};
use feiqian_xtask::api::Answer;
use feiqian_xtask::people::new_key;
use serde_json::json;

/// Clients that send the same request at once.
const CLIENTS: usize = 8;

fn at_once(send: impl Fn() -> Answer + Sync) -> Vec<Answer> {
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(&send)).collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    })
}

#[test]
fn a_payment_asked_for_eight_times_at_once_moves_money_once() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "100.00");
    let merchant = Merchant::register(&app.api(), &app.partner());
    let (order, key) = (merchant.order("30.00"), new_key("pay"));
    let answers = at_once(|| customer.pay(&order, "30.00", &key));
    for answer in &answers {
        answer.assert_status(201);
        assert_eq!(answer.json(), answers[0].json());
    }
    assert_eq!(customer.balance(), "70.00");
    merchant.wait_for_balance("30.00");
    assert_eq!(customer.entries().len(), 2);

    let again = customer.pay(&order, "30.00", &key);
    assert_eq!(again.json(), answers[0].json());
    assert_eq!(again.header("idempotent-replayed"), "true");
}

#[test]
fn a_top_up_asked_for_eight_times_at_once_is_debited_once() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "1.00");
    let card = customer.bind("6216261000000000018");
    let key = new_key("top-up");
    let answers = at_once(|| customer.top_up(&card, "5.00", &key));
    let mut operations: Vec<String> = answers
        .iter()
        .filter(|answer| answer.status == 201)
        .map(|answer| answer.text_of("/operation_id"))
        .collect();
    operations.dedup();
    assert_eq!(operations.len(), 1, "{answers:?}");
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        answer.assert_problem(409, "request_in_progress");
    }
    assert_eq!(customer.balance(), "6.00");
    let movements = app.bank().get("/sandbox/movements").send().unwrap().ok(200);
    let movements = movements.at("/movements").as_array().unwrap().clone();
    assert_eq!(movements.iter().filter(|m| m["request_id"] == operations[0]).count(), 1);
}

#[test]
fn an_account_opened_eight_times_at_once_is_one() {
    let app = SharedApp::get();
    let person = feiqian_xtask::people::Person::new("张三");
    let caller = Customer::session(&app.api(), &app.partner(), &person);
    let key = new_key("open");
    let open =
        || Customer::opening(&app.api(), &person, "II").by(&caller).key(&key).send().unwrap();
    let answers = at_once(open);
    assert!(answers.iter().any(|answer| answer.status == 201), "{}", answers[0].text());
    for answer in &answers {
        assert!([201, 409].contains(&answer.status), "{}", answer.text());
    }
    let again = open().ok(201);
    assert_eq!(again.header("idempotent-replayed"), "true");
    let opened = answers.iter().find(|answer| answer.status == 201).unwrap();
    assert_eq!(again.json(), opened.json());
}

#[test]
fn a_key_used_for_another_request_is_refused() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "100.00");
    let merchant = Merchant::register(&app.api(), &app.partner());
    let (first, second) = (merchant.order("1.00"), merchant.order("2.00"));
    let key = new_key("pay");
    customer.pay(&first, "1.00", &key).assert_status(201);
    customer.pay(&second, "2.00", &key).assert_problem(422, "idempotency_key_reused");
    assert_eq!(customer.balance(), "99.00");

    let make = |name: &str, key: &str| {
        let body = json!({"name": name, "category": "food"});
        app.api().post("/v1/merchants", &body).by(&app.partner()).key(key).send().unwrap()
    };
    let key = new_key("merchant");
    let made = make("A", &key).ok(201);
    let again = make("A", &key).ok(201);
    assert_eq!(again.json(), made.json());
    assert_eq!(again.header("idempotent-replayed"), "true");
    make("B", &key).assert_problem(422, "idempotency_key_reused");
}

#[test]
fn a_refusal_is_the_answer_for_its_key_and_a_new_key_is_a_new_try() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "5.00");
    let order = Merchant::register(&app.api(), &app.partner()).order("6.00");
    let key = new_key("pay");
    customer.pay(&order, "6.00", &key).assert_problem(409, "insufficient_balance");
    let card = customer.bind("6216261000000000018");
    customer.top_up(&card, "5.00", &new_key("top-up")).assert_status(201);
    let again = customer.pay(&order, "6.00", &key);
    again.assert_problem(409, "insufficient_balance");
    assert_eq!(again.header("idempotent-replayed"), "true");
    customer.pay(&order, "6.00", &new_key("pay")).assert_status(201);
    assert_eq!(customer.balance(), "4.00");
}
