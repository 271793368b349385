//! The bank dies and comes back: clear answers meanwhile, and no money lost.

use feiqian_tests::{AnswerExt as _, App, Customer, Merchant, eventually};
use feiqian_xtask::people::{Person, new_key};
use serde_json::Value;

#[test]
fn without_a_bank_what_needs_none_goes_on_and_the_rest_says_what_to_do() {
    let mut app = App::start();
    let customer = Customer::with_balance(app.api(), app.partner(), "50.00");
    let card = customer.bind("6216261000000000018");
    let merchant = Merchant::register(app.api(), app.partner());
    app.stack().kill_bank().unwrap();

    customer.pay(&merchant.order("20.00"), "20.00", &new_key("pay")).assert_status(201);
    let person = Person::new("李四");
    let caller = Customer::session(app.api(), app.partner(), &person);
    let opening = Customer::opening(app.api(), &person, "II").by(&caller).key("open");
    opening.send().unwrap().assert_problem(502, "bank_unavailable");
    let other = feiqian_xtask::people::new_card_number();
    customer.begin_binding(&other).assert_problem(502, "bank_unavailable");
    let key = new_key("top-up");
    let processing = customer.top_up(&card, "7.00", &key).ok(202);
    assert_eq!(processing.at("/status"), "processing");
    assert_eq!(customer.balance(), "30.00");
    assert_eq!(customer.get("/balance").at("/in_flight/incoming/value"), "7.00");

    app.stack().start_bank().unwrap();
    let operation = processing.text_of("/operation_id");
    let ended = customer.ended_operation(&operation);
    assert_eq!(ended.at("/status"), "succeeded");
    assert_eq!(customer.balance(), "37.00");
    // Asking for the account again with the same key goes on where it was.
    opening.send().unwrap().assert_status(201);
    merchant.wait_for_balance("20.00");
    let lines = || -> Vec<Value> {
        let seen = app.bank().get("/sandbox/movements").send().unwrap().ok(200);
        seen.at("/movements").as_array().unwrap().clone()
    };
    eventually("the bank has debited twice, once for each top up", || match lines().len() {
        2 => Ok(()),
        other => Err(other.to_string()),
    });
}
