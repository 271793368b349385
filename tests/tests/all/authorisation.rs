//! Who may do what, and what everyone else is told.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use feiqian_calendar::Timestamp;
use feiqian_signing::SessionKey;
use feiqian_tests::{AnswerExt as _, Customer, Merchant, SharedApp, yuan};
use feiqian_xtask::api::{Caller, partner};
use feiqian_xtask::development;
use feiqian_xtask::people::new_key;
use http::Method;
use serde_json::json;

fn now() -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_millis(u64::try_from(now.as_millis()).unwrap())
}

fn ago(time: Duration) -> Timestamp {
    Timestamp::from_millis(now().as_millis() - u64::try_from(time.as_millis()).unwrap())
}

#[test]
fn only_a_good_token_opens_an_account_to_its_holder() {
    let app = SharedApp::get();
    let customer = Customer::open(&app.api(), &app.partner(), "II");
    let get =
        |caller: &Caller| app.api().get(&customer.path("/balance")).by(caller).send().unwrap();
    get(&customer.caller).assert_status(200);
    get(&Caller::Anonymous).assert_problem(401, "token_missing");

    let Caller::Bearer(token) = &customer.caller else { panic!("a customer has a token") };
    let forged = format!("{}x", &token[..token.len() - 1]);
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", token.split('.').nth(1).unwrap());
    for bad in [forged.as_str(), &unsigned, "x", "a.b.c", &token[..token.len() / 2]] {
        get(&Caller::Bearer(bad.to_owned())).assert_problem(401, "token_invalid");
    }
    let other_key = SessionKey::from_base64(development::PIN_PEPPER).unwrap();
    let foreign = other_key.issue("cus_x", "par_demo", now()).unwrap();
    get(&Caller::Bearer(foreign)).assert_problem(401, "token_invalid");
    let key = SessionKey::from_base64(development::SESSION_KEY).unwrap();
    let old = key.issue("cus_x", "par_demo", ago(Duration::from_secs(3600))).unwrap();
    get(&Caller::Bearer(old)).assert_problem(401, "token_expired");
}

#[test]
fn another_customers_account_is_not_there() {
    let app = SharedApp::get();
    let mine = Customer::with_balance(&app.api(), &app.partner(), "10.00");
    let other = Customer::open(&app.api(), &app.partner(), "II");
    let order = Merchant::register(&app.api(), &app.partner()).order("1.00");
    for below in ["", "/balance", "/entries", "/limits", "/cards"] {
        let seen = app.api().get(&mine.path(below)).by(&other.caller).send().unwrap();
        seen.assert_problem(404, "account_not_found");
    }
    let stolen = Customer { caller: other.caller, ..mine.clone() };
    stolen.pay(&order, "1.00", &new_key("pay")).assert_problem(404, "account_not_found");
    stolen.set_pin("135790").assert_problem(404, "account_not_found");
    stolen.begin_binding(&mine.person.card_number).assert_problem(404, "account_not_found");
    assert_eq!(mine.balance(), "10.00");
}

#[test]
fn a_partners_request_counts_only_as_it_was_signed() {
    let app = SharedApp::get();
    let body = json!({"name": "Bakery", "category": "food"});
    let ask =
        |caller: &Caller| app.api().post("/v1/merchants", &body).by(caller).key(&new_key("m"));

    ask(&Caller::Anonymous).send().unwrap().assert_problem(401, "signature_missing");
    let wrong = partner(development::PARTNER_KEY_ID, development::OTHER_PARTNER_KEY).unwrap();
    ask(&wrong).send().unwrap().assert_problem(401, "signature_invalid");
    let unknown = partner("nobody", development::PARTNER_KEY).unwrap();
    ask(&unknown).send().unwrap().assert_problem(401, "partner_unknown");
    let old = ask(&app.partner()).signed_at(ago(Duration::from_secs(301))).send().unwrap();
    old.assert_problem(401, "signature_expired");
    ask(&app.partner()).send().unwrap().assert_status(201);
}

#[test]
fn another_partners_merchant_and_orders_are_not_there() {
    let app = SharedApp::get();
    let merchant = Merchant::register(&app.api(), &app.partner());
    let order = merchant.order("1.00");
    let other = partner(development::OTHER_PARTNER_KEY_ID, development::OTHER_PARTNER_KEY).unwrap();
    let path = format!("/v1/merchants/{}", merchant.id);
    let get = |path: &str| app.api().get(path).by(&other).send().unwrap();
    get(&path).assert_problem(404, "merchant_not_found");
    get(&format!("{path}/orders/{order}")).assert_problem(404, "merchant_not_found");
    let body = json!({
        "merchant_id": merchant.id, "amount": yuan("1.00"), "description": "x", "reference": "y",
    });
    let made = app.api().post("/v1/orders", &body).by(&other).key(&new_key("o")).send().unwrap();
    made.assert_problem(404, "merchant_not_found");
}

#[test]
fn the_operators_routes_take_operators_tokens_alone() {
    let app = SharedApp::get();
    let customer = Customer::open(&app.api(), &app.partner(), "III");
    let run = |caller: &Caller| {
        app.api().request(Method::POST, "/v1/operations/worker-runs").by(caller).send().unwrap()
    };
    run(&Caller::Anonymous).assert_problem(401, "token_missing");
    run(&customer.caller).assert_problem(401, "token_invalid");
    for token in [development::OPERATOR_TOKEN, development::AUTOMATION_TOKEN] {
        run(&Caller::Bearer(token.to_owned())).assert_status(200);
    }
}

#[test]
fn an_operator_does_what_their_scopes_allow_and_nothing_else() {
    let app = SharedApp::get();
    let customer = Customer::open(&app.api(), &app.partner(), "III");
    let account = &customer.account;
    let freezes = format!("/v1/operations/accounts/{account}/freezes");
    let case = format!("/v1/operations/cases/{account}/{}", account.replace("acc_", "case_"));
    let closure = format!("{case}/closure");
    let merchant = Merchant::register(&app.api(), &app.partner());
    let operation = account.replace("acc_", "op_");
    let approval = format!("/v1/operations/adjustments/{operation}/approval");
    let institution = format!("/v1/operations/institutions/{}", merchant.id);
    let terms = format!("/v1/operations/settlements/{}", merchant.id);
    let routes = [
        (Method::PUT, terms.as_str(), "admin"),
        (Method::GET, terms.as_str(), "read"),
        (Method::POST, &format!("{terms}/runs"), "worker"),
        (Method::GET, "/v1/operations/bank-reconciliations/2026-11-23", "read"),
        (Method::POST, "/v1/operations/worker-runs", "worker"),
        (Method::POST, "/v1/operations/delivery-runs", "worker"),
        (Method::POST, "/v1/operations/deposit-runs", "worker"),
        (Method::POST, "/v1/operations/audits", "read"),
        (Method::GET, "/v1/operations/pending", "read"),
        (Method::GET, "/v1/operations/metrics", "read"),
        (Method::GET, "/v1/operations/partners/par_demo", "read"),
        (Method::PUT, "/v1/operations/partners/par_demo", "admin"),
        (Method::PUT, "/v1/operations/partners/par_demo/keys/1", "admin"),
        (Method::PUT, "/v1/operations/partners/par_demo/keys/1/end", "admin"),
        (Method::GET, "/v1/operations/log?operator=bob", "read"),
        (Method::GET, "/v1/operations/visit-reconciliations/2026-11-23", "read"),
        (Method::GET, "/v1/operations/cases?partner_id=par_demo", "support"),
        (Method::GET, case.as_str(), "support"),
        (Method::POST, closure.as_str(), "support"),
        (Method::POST, freezes.as_str(), "support"),
        (Method::POST, &freezes.replace("freezes", "unfreezes"), "support"),
        (Method::POST, "/v1/operations/adjustments", "adjust"),
        (Method::POST, approval.as_str(), "approve"),
        (Method::POST, &approval.replace("approval", "rejection"), "approve"),
        (Method::GET, approval.trim_end_matches("/approval"), "support"),
        (Method::POST, "/v1/operations/accounts/reseals", "admin"),
        (Method::PUT, institution.as_str(), "admin"),
    ];
    let callers = [
        (development::AUTOMATION_TOKEN, &["worker", "read"][..]),
        (development::SUPPORT_TOKEN, &["support", "approve"]),
    ];
    for (token, scopes) in callers {
        let caller = Caller::Bearer(token.to_owned());
        for (method, path, scope) in &routes {
            let answer = app.api().request(method.clone(), path).by(&caller).send().unwrap();
            if scopes.contains(scope) {
                assert!(![401, 403].contains(&answer.status), "{path}: {}", answer.text());
            } else {
                answer.assert_problem(403, "scope_missing");
                assert_eq!(answer.json()["scope"], *scope, "{path}");
            }
        }
    }
    let body = json!({"by": "operator", "reason": "the holder called"});
    let bob = Caller::Bearer(development::SUPPORT_TOKEN.to_owned());
    let frozen = app.api().post(&freezes, &body).by(&bob).send().unwrap();
    frozen.assert_status(200);
}

#[test]
fn the_bank_connector_cannot_be_reached_from_outside() {
    let app = SharedApp::get();
    for path in ["/requests", "/bank-connector/requests", "/bank-connector"] {
        app.api().post(path, &json!({})).send().unwrap().assert_problem(404, "route_not_found");
    }
    let named =
        app.api().post("/requests", &json!({})).header("host", "bank-connector.spin.internal");
    assert_ne!(named.send().unwrap().status, 200);
}
