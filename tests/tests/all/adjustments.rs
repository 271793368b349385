//! One operator proposes to adjust an account, another decides.

use feiqian_tests::{AnswerExt as _, App, Customer, SharedApp, yuan};
use feiqian_xtask::api::{Answer, Api, Caller};
use feiqian_xtask::development;
use feiqian_xtask::people::new_key;
use serde_json::{Value, json};

const PATH: &str = "/v1/operations/adjustments";

fn alice() -> Caller {
    Caller::Bearer(development::OPERATOR_TOKEN.to_owned())
}

fn bob() -> Caller {
    Caller::Bearer(development::SUPPORT_TOKEN.to_owned())
}

fn proposal(customer: &Customer, direction: &str, value: &str) -> Value {
    json!({
        "account_id": customer.account, "direction": direction, "amount": yuan(value),
        "reason": "the till charged twice", "reference": "case 7",
    })
}

fn propose(api: &Api, body: &Value, key: &str) -> Answer {
    api.post(PATH, body).by(&alice()).key(key).send().unwrap()
}

/// Proposes as alice; the adjustment's id.
fn proposed(api: &Api, body: &Value) -> String {
    let answer = propose(api, body, &new_key("adjust")).ok(201);
    assert_eq!(answer.at("/status"), "proposed");
    answer.text_of("/adjustment_id")
}

fn decide(api: &Api, caller: &Caller, id: &str, decision: &str) -> Answer {
    let body = json!({"reason": "seen on the till's slip"});
    api.post(&format!("{PATH}/{id}/{decision}"), &body).by(caller).send().unwrap()
}

fn show(api: &Api, id: &str) -> Answer {
    api.get(&format!("{PATH}/{id}")).by(&bob()).send().unwrap()
}

/// What an operator did about something: the action and the outcome's status, oldest first.
fn actions(api: &Api, operator: &str, about: &str) -> Vec<(String, u64)> {
    let path = format!("/v1/operations/log?operator={operator}&limit=100");
    let log = api.get(&path).by(&alice()).send().unwrap().ok(200).json();
    let read = |entry: &Value| -> Value {
        serde_json::from_str(entry["record"].as_str().unwrap()).unwrap()
    };
    let records: Vec<Value> = log["entries"].as_array().unwrap().iter().rev().map(read).collect();
    let outcome_of = |sequence: &Value| {
        let outcomes = records.iter().map(|record| &record["event"]["outcome"]);
        let found = outcomes.clone().find(|outcome| outcome["of"] == *sequence).unwrap();
        found["status"].as_u64().unwrap()
    };
    records
        .iter()
        .filter(|record| record["event"]["intent"]["subjects"].to_string().contains(about))
        .map(|record| {
            let intent = &record["event"]["intent"];
            assert!(intent["reason"].is_string(), "{intent}");
            (intent["action"].as_str().unwrap().to_owned(), outcome_of(&record["sequence"]))
        })
        .collect()
}

#[test]
fn what_one_operator_proposes_and_another_approves_moves_once() {
    let app = App::start();
    let api = app.api();
    let customer = Customer::with_balance(api, app.partner(), "50.00");
    let id = proposed(api, &proposal(&customer, "credit", "12.34"));
    decide(api, &alice(), &id, "approval").assert_problem(403, "adjustment_own");
    decide(api, &alice(), &id, "rejection").assert_problem(403, "adjustment_own");
    assert_eq!(customer.balance(), "50.00");
    customer.get(&format!("/operations/{id}")).assert_problem(404, "operation_not_found");

    let approved = decide(api, &bob(), &id, "approval").ok(200);
    assert_eq!(approved.at("/status"), "succeeded");
    assert_eq!(approved.at("/decision/checker"), "bob");
    assert_eq!(customer.balance(), "62.34");
    let again = decide(api, &bob(), &id, "approval").ok(200);
    assert_eq!(again.json(), approved.json());
    assert_eq!(again.header("idempotent-replayed"), "true");
    decide(api, &bob(), &id, "rejection").assert_problem(409, "adjustment_decided");

    let newest = &customer.entries()[0];
    assert_eq!(
        (&newest["kind"], &newest["counterparty"]),
        (&json!("adjustment"), &json!("case 7"))
    );
    assert_eq!(newest["amount"], yuan("12.34"));
    let seen = customer.get(&format!("/operations/{id}")).ok(200);
    assert_eq!((seen.at("/kind"), seen.at("/status")), (json!("adjustment"), json!("succeeded")));
    customer.get(&format!("/operations/{id}/receipt")).assert_status(200);

    let debit = proposed(api, &proposal(&customer, "debit", "62.35"));
    let refused = decide(api, &bob(), &debit, "approval").ok(200);
    assert_eq!(refused.at("/status"), "failed");
    assert_eq!(refused.at("/failure/code"), "insufficient_balance");
    assert_eq!(show(api, &debit).ok(200).json(), refused.json());
    let all = proposed(api, &proposal(&customer, "debit", "62.34"));
    decide(api, &bob(), &all, "approval").assert_status(200);
    assert_eq!(customer.balance(), "0.00");

    app.wait_until_nothing_pending();
    let body = json!({"limit": 500});
    let audit = api.post("/v1/operations/audits", &body).by(&alice()).send().unwrap().ok(200);
    assert_eq!((audit.at("/findings"), audit.at("/balanced")), (json!([]), json!(true)));
    assert_eq!(audit.text_of("/balances/adjustments/value"), "50.00");

    let about = |what: &str| format!("POST {PATH}{what}");
    let by_alice = actions(api, "alice", &customer.account);
    assert_eq!(by_alice.first(), Some(&(about(""), 201)));
    let own = [(about("/:adjustment_id/approval"), 403), (about("/:adjustment_id/rejection"), 403)];
    assert_eq!(actions(api, "alice", &id), own);
    let approval = about("/:adjustment_id/approval");
    assert_eq!(actions(api, "bob", &id)[..2], [(approval.clone(), 200), (approval, 200)]);
}

#[test]
fn what_another_operator_rejects_moves_nothing() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "50.00");
    let id = proposed(&app.api(), &proposal(&customer, "debit", "1.00"));
    let rejected = decide(&app.api(), &bob(), &id, "rejection").ok(200);
    assert_eq!((rejected.at("/status"), rejected.at("/failure")), ("rejected".into(), Value::Null));
    decide(&app.api(), &bob(), &id, "approval").assert_problem(409, "adjustment_decided");
    assert_eq!(show(&app.api(), &id).ok(200).json(), rejected.json());
    assert_eq!(customer.balance(), "50.00");
}

#[test]
fn a_proposal_is_made_once_and_within_bounds() {
    let app = SharedApp::get();
    let customer = Customer::open(&app.api(), &app.partner(), "III");
    let key = new_key("adjust");
    let body = proposal(&customer, "credit", "1.00");
    let first = propose(&app.api(), &body, &key).ok(201);
    let again = propose(&app.api(), &body, &key).ok(201);
    assert_eq!(first.json(), again.json());
    let other = proposal(&customer, "credit", "2.00");
    propose(&app.api(), &other, &key).assert_problem(422, "idempotency_key_reused");
    let most = proposal(&customer, "credit", "50000.00");
    propose(&app.api(), &most, &new_key("adjust")).assert_status(201);
    let more = proposal(&customer, "credit", "50000.01");
    propose(&app.api(), &more, &new_key("adjust")).assert_problem(400, "parameter_invalid");
    let mut nobody = body;
    nobody["account_id"] = json!(format!("acc_cn1_{}", "0".repeat(26)));
    propose(&app.api(), &nobody, &new_key("adjust")).assert_problem(404, "account_not_found");
    let unknown = format!("op_cn1_{}", "0".repeat(26));
    show(&app.api(), &unknown).assert_problem(404, "adjustment_not_found");
    decide(&app.api(), &bob(), &unknown, "approval").assert_problem(404, "adjustment_not_found");
}
