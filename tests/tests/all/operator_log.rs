//! What an operator does is written down, in a chain that anyone can check.

use data_encoding::HEXLOWER;
use feiqian_tests::{AnswerExt as _, Customer, SharedApp, eventually};
use feiqian_xtask::api::{Answer, Caller};
use feiqian_xtask::development;
use feiqian_xtask::people::new_key;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

fn bearer(token: &str) -> Caller {
    Caller::Bearer(token.to_owned())
}

/// The newest entries of bob, who works on holders' accounts.
fn log_of_bob(app: &SharedApp) -> Answer {
    let by = bearer(development::OPERATOR_TOKEN);
    app.api().get("/v1/operations/log?operator=bob").by(&by).send().unwrap().ok(200)
}

/// Checks the chain of an answer, as anyone can; gives its records, newest first.
fn verified(log: &Answer) -> Vec<Value> {
    let log = log.json();
    let entries = log["entries"].as_array().unwrap();
    let mut before = log["before"].as_str().unwrap_or_default().to_owned();
    for entry in entries.iter().rev() {
        let text = format!("{before}\n{}", entry["record"].as_str().unwrap());
        let hash = HEXLOWER.encode(&Sha256::digest(text));
        assert_eq!(entry["hash"], hash.as_str());
        before = hash;
    }
    let record = |entry: &Value| serde_json::from_str(entry["record"].as_str().unwrap()).unwrap();
    entries.iter().map(record).collect()
}

#[test]
fn a_freeze_is_written_down_with_its_reason_and_its_outcome() {
    let app = SharedApp::get();
    let customer = Customer::open(&app.api(), &app.partner(), "III");
    let path = format!("/v1/operations/accounts/{}/freezes", customer.account);
    let body = json!({"by": "operator", "reason": "the holder called"});
    let request_id = new_key("frozen");
    let bob = bearer(development::SUPPORT_TOKEN);
    let freeze = app.api().post(&path, &body).by(&bob).header("request-id", &request_id);
    freeze.send().unwrap().assert_status(200);

    let records = verified(&log_of_bob(&app));
    let own: Vec<&Value> =
        records.iter().filter(|record| record["request_id"] == request_id).collect();
    let [outcome, intent] = own.as_slice() else { panic!("{own:?}") };
    let said = &intent["event"]["intent"];
    assert_eq!(said["action"], "POST /v1/operations/accounts/:account_id/freezes");
    assert_eq!(said["subjects"], json!([customer.account]));
    assert_eq!((&said["scope"], &said["reason"]), (&"support".into(), &"the holder called".into()));
    assert_eq!(said["body_sha256"], HEXLOWER.encode(&Sha256::digest(body.to_string())));
    assert_eq!(outcome["event"]["outcome"]["of"], intent["sequence"]);
    assert_eq!(outcome["event"]["outcome"]["status"], 200);

    // The hashes are in the log as well, from where they leave the region.
    for (record, stage) in [(intent, "intent"), (outcome, "outcome")] {
        eventually("a line with the hash", || {
            let lines = app.log_lines("host.log");
            let told = lines.iter().any(|line| {
                line["event"] == "action"
                    && line["stage"] == stage
                    && line["request_id"] == request_id
                    && line["sequence"] == record["sequence"]
                    && line["hash"].as_str().is_some_and(|hash| hash.len() == 64)
            });
            if told { Ok(()) } else { Err(format!("no {stage}")) }
        });
    }
}

#[test]
fn what_is_refused_is_written_down_and_what_automation_does_is_not() {
    let app = SharedApp::get();
    let account = "acc_cn1_00000000000000000000000000";
    let path = format!("/v1/operations/accounts/{account}/unfreezes");
    let bob = bearer(development::SUPPORT_TOKEN);
    let request_id = new_key("refused");
    let ask = |body: Value| {
        app.api().post(&path, &body).by(&bob).header("request-id", &request_id).send().unwrap()
    };
    // Without a reason nothing is even tried.
    ask(json!({"by": "operator"})).assert_problem(400, "request_malformed");
    ask(json!({"by": "operator", "reason": "asked"})).assert_problem(404, "account_not_found");
    let records = verified(&log_of_bob(&app));
    let own: Vec<&Value> =
        records.iter().filter(|record| record["request_id"] == request_id).collect();
    assert_eq!(own.len(), 2, "{own:?}");
    assert_eq!(own[0]["event"]["outcome"]["code"], "account_not_found");

    let by = bearer(development::AUTOMATION_TOKEN);
    app.api().post("/v1/operations/audits", &json!({})).by(&by).send().unwrap().assert_status(200);
    let alice = bearer(development::OPERATOR_TOKEN);
    let get = |query: &str| {
        let path = format!("/v1/operations/log?{query}");
        app.api().get(&path).by(&alice).send().unwrap()
    };
    get("operator=automation").assert_problem(400, "parameter_invalid");
    get("").assert_problem(400, "parameter_invalid");
    let nobody = get("operator=carol").ok(200);
    assert_eq!((nobody.at("/entries"), nobody.at("/heads")), (json!([]), json!([])));
    let before_us = get("operator=bob&day=2020-01-01").ok(200);
    assert_eq!(before_us.at("/entries"), json!([]));
    app.api()
        .get("/v1/operations/log?operator=bob")
        .by(&bob)
        .send()
        .unwrap()
        .assert_problem(403, "scope_missing");
}
