//! Binding bank cards with a one-time code.

use feiqian_bank_sandbox::{CODE, cards};
use feiqian_tests::{AnswerExt as _, App, AppOptions, Customer, SharedApp};

fn customer(app: &SharedApp) -> Customer {
    Customer::open(&app.api(), &app.partner(), "II")
}

#[test]
fn a_card_is_bound_with_the_code_that_the_bank_sent() {
    let app = SharedApp::get();
    let customer = customer(&app);
    let number = customer.person.card_number.clone();
    let begun = customer.begin_binding(&number).ok(202);
    assert_eq!(begun.at("/card"), format!("{}**********{}", &number[..4], &number[15..]));
    let card = customer.confirm(&begun.text_of("/binding_id"), CODE).ok(201);
    assert_eq!(card.at("/kind"), "class_i");
    assert!(!card.text_of("/bank_name").is_empty());

    let listed = customer.get("/cards").ok(200);
    assert_eq!(listed.at("/cards/0"), card.json());
    assert!(!listed.text().contains(&number), "{}", listed.text());
}

#[test]
fn a_wrong_code_is_refused_and_the_right_one_still_binds() {
    let app = SharedApp::get();
    let customer = customer(&app);
    let binding =
        customer.begin_binding(&customer.person.card_number).ok(202).text_of("/binding_id");
    customer.confirm(&binding, "000000").assert_problem(422, "binding_code_wrong");
    customer.confirm(&binding, "12345").assert_problem(422, "code_format_invalid");
    customer.confirm(&binding, CODE).assert_status(201);
}

#[test]
fn five_wrong_codes_end_a_binding() {
    let app = SharedApp::get();
    let customer = customer(&app);
    let binding =
        customer.begin_binding(&customer.person.card_number).ok(202).text_of("/binding_id");
    for _ in 0..4 {
        customer.confirm(&binding, "000000").assert_problem(422, "binding_code_wrong");
    }
    // The fifth wrong one may be called wrong or the last; none after it binds.
    let fifth = customer.confirm(&binding, "000000");
    assert!([410, 422].contains(&fifth.status), "{}", fifth.text());
    customer.confirm(&binding, CODE).assert_problem(410, "binding_expired");
    assert_eq!(customer.get("/cards").at("/cards"), serde_json::json!([]));
}

#[test]
fn a_bound_card_is_not_bound_again() {
    let app = SharedApp::get();
    let customer = customer(&app);
    let _ = customer.bind(&customer.person.card_number);
    customer.begin_binding(&customer.person.card_number).assert_problem(409, "card_already_bound");
}

#[test]
fn the_bank_refuses_cards_that_are_lost_expired_or_anothers() {
    let app = SharedApp::get();
    let customer = customer(&app);
    let lost = customer.begin_binding(cards::LOST);
    lost.assert_problem(402, "card_declined");
    assert_eq!(lost.at("/reason"), "card_lost");
    let expired = customer.begin_binding(cards::EXPIRED);
    expired.assert_problem(402, "card_declined");
    assert_eq!(expired.at("/reason"), "card_expired");
    customer.begin_binding(cards::MISMATCH).assert_problem(422, "elements_mismatch");
}

#[test]
fn a_binding_that_nobody_began_is_not_found() {
    let app = SharedApp::get();
    let customer = customer(&app);
    let unknown = format!("bnd_cn1_{}", "0".repeat(26));
    customer.confirm(&unknown, CODE).assert_problem(404, "binding_not_found");
    customer.confirm("bnd_short", CODE).assert_problem(400, "parameter_invalid");
}

#[test]
fn a_card_of_a_bank_that_is_not_served_is_not_bound() {
    // Every person's card begins with 622848.
    let routes = ["--variable", "bank_routes=622848=first-bank,62161=second-bank"];
    let host_arguments = routes.map(Into::into).into();
    let app = App::start_with(AppOptions { host_arguments, ..AppOptions::default() });
    let customer = Customer::open(app.api(), app.partner(), "II");
    let _ = customer.bind(&customer.person.card_number);
    customer.begin_binding(cards::OK).assert_problem(422, "bank_not_served");
}
