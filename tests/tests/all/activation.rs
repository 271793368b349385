//! Opening accounts with four or five elements.

use feiqian_bank_sandbox::cards;
use feiqian_tests::{AnswerExt as _, Customer, SharedApp};
use feiqian_xtask::api::{Answer, Caller};
use feiqian_xtask::people::{Person, new_key};

fn open(app: &SharedApp, person: &Person, class: &str) -> (Caller, Answer) {
    let caller = Customer::session(&app.api(), &app.partner(), person);
    let request = Customer::opening(&app.api(), person, class).by(&caller).key(&new_key("open"));
    (caller, request.send().unwrap())
}

fn with_card(number: &str) -> Person {
    Person { card_number: number.to_owned(), ..Person::new("张三") }
}

#[test]
fn a_class_ii_account_opens_with_five_elements_and_shows_them_masked() {
    let app = SharedApp::get();
    let person = Person::new("张三");
    let (caller, opened) = open(&app, &person, "II");
    opened.assert_status(201);
    assert_eq!(opened.at("/class"), "II");
    assert_eq!(opened.at("/status"), "active");
    assert_eq!(opened.at("/name"), "张*");
    assert_eq!(opened.at("/pin_set"), false);
    let id = &person.resident_id;
    assert_eq!(opened.at("/resident_id"), format!("{}**********{}", &id[..4], &id[14..]));
    let mobile = &person.mobile;
    assert_eq!(opened.at("/mobile"), format!("{}****{}", &mobile[..3], &mobile[7..]));

    let path = format!("/v1/accounts/{}", opened.text_of("/account_id"));
    let read = app.api().get(&path).by(&caller).send().unwrap().ok(200);
    assert_eq!(read.json(), opened.json());
    for text in [&opened.text(), &read.text()] {
        for secret in [&person.resident_id, &person.mobile, &person.card_number, "张三"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

#[test]
fn a_class_iii_account_opens_whatever_kind_the_bound_account_is() {
    let app = SharedApp::get();
    let (_, opened) = open(&app, &with_card(cards::CLASS_II), "III");
    opened.assert_status(201);
    assert_eq!(opened.at("/class"), "III");
}

#[test]
fn a_class_ii_account_wants_a_class_i_account_or_a_credit_card_behind_it() {
    let app = SharedApp::get();
    let (_, refused) = open(&app, &with_card(cards::CLASS_II), "II");
    refused.assert_problem(422, "bound_account_unsuitable");
    let (_, opened) = open(&app, &with_card(cards::CREDIT_CARD), "II");
    opened.assert_status(201);
}

#[test]
fn elements_that_do_not_belong_together_open_nothing() {
    let app = SharedApp::get();
    for class in ["II", "III"] {
        let (_, refused) = open(&app, &with_card(cards::MISMATCH), class);
        refused.assert_problem(422, "elements_mismatch");
    }
}

#[test]
fn a_refused_opening_may_be_corrected_under_a_new_key() {
    let app = SharedApp::get();
    let person = with_card(cards::MISMATCH);
    open(&app, &person, "II").1.assert_problem(422, "elements_mismatch");
    let corrected = Person { card_number: Person::new("张三").card_number, ..person };
    open(&app, &corrected, "II").1.assert_status(201);
}

#[test]
fn a_person_has_at_most_five_accounts_of_a_class() {
    let app = SharedApp::get();
    let person = Person::new("张三");
    for _ in 0..5 {
        open(&app, &person, "III").1.assert_status(201);
    }
    open(&app, &person, "III").1.assert_problem(409, "account_class_full");
    open(&app, &person, "II").1.assert_status(201);
}

#[test]
fn a_bank_that_does_not_answer_a_verification_opens_nothing() {
    let app = SharedApp::get();
    let (_, refused) = open(&app, &with_card(cards::VERIFICATION_TIMES_OUT), "II");
    refused.assert_problem(502, "bank_unavailable");
}
