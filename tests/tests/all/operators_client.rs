//! The operators' client, as it is built, against the started application.

use std::process::{Command, Output};

use feiqian_bank_sandbox::cards;
use feiqian_tests::{AnswerExt as _, App, AppOptions, Customer, Merchant, SharedApp, client};
use feiqian_xtask::demo::PIN;
use feiqian_xtask::development::{OPERATOR_TOKEN, SUPPORT_TOKEN};
use feiqian_xtask::people::new_key;
use serde_json::Value;

/// Somebody at a terminal.
struct Operator<'a> {
    url: String,
    token: &'a str,
}

impl Operator<'_> {
    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(client())
            .args(arguments)
            .env_clear()
            .env("FEIQIAN_URL", &self.url)
            .env("FEIQIAN_TOKEN", self.token)
            .output()
            .unwrap()
    }

    /// The tables that a command prints, if it ends with this status.
    #[track_caller]
    fn tables(&self, arguments: &[&str], status: i32) -> String {
        let output = self.run(arguments);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {text}{errors}");
        format!("{text}{errors}")
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        let text = self.tables(&[arguments, &["--json"]].concat(), 0);
        serde_json::from_str(&text).unwrap()
    }
}

fn operator(app: &SharedApp, token: &'static str) -> Operator<'static> {
    Operator { url: app.url(), token }
}

#[test]
fn support_finds_freezes_and_lifts_and_the_log_tells() {
    let app = SharedApp::get();
    let bob = operator(&app, SUPPORT_TOKEN);
    let customer = Customer::with_balance(&app.api(), &app.partner(), "50.00");
    let order = Merchant::register(&app.api(), &app.partner()).order("12.34");
    customer.pay(&order, "12.34", &new_key("pay")).assert_status(201);

    let found = bob.json(&["search", "order", &order]);
    assert_eq!(found["payment"]["account_id"], customer.account.as_str());
    let account = bob.tables(&["search", "account", &customer.account], 0);
    assert!(account.contains("37.66 CNY") && account.contains("top_up"), "{account}");

    let request_id = new_key("client");
    let freeze =
        ["freeze", &customer.account, "--reason", "he called", "--request-id", &request_id];
    assert!(bob.tables(&freeze, 0).contains("he called"));
    let lift = ["unfreeze", &customer.account, "--by", "operator", "--reason", "heard"];
    assert!(bob.tables(&lift, 0).contains("active"));
    let again = bob.tables(&lift, 1);
    assert!(again.contains("account_not_frozen") && again.contains("next step:"), "{again}");
    assert!(again.contains("request id:"), "{again}");

    let alice = operator(&app, OPERATOR_TOKEN);
    let log = alice.json(&["log", "bob", "--limit", "0"]);
    let actions = log["actions"].as_array().unwrap();
    let own = actions.iter().find(|action| action["request_id"] == request_id.as_str()).unwrap();
    assert_eq!((&own["reason"], &own["outcome"]), (&"he called".into(), &"200".into()));
    assert_eq!(own["subjects"], customer.account.as_str());
    assert!(bob.tables(&["log", "bob"], 1).contains("scope_missing"));
}

#[test]
fn the_log_holds_against_the_lines_that_left_and_a_request_is_followed_in_them() {
    let app = App::start_with(AppOptions::default());
    let customer = Customer::open(app.api(), app.partner(), "II");
    customer.set_pin(PIN).assert_status(204);
    let card = customer.bind(cards::OK);
    let request_id = new_key("followed");
    let topped_up = customer
        .topping_up(&card, "10.00", &new_key("top-up"))
        .header("request-id", &request_id)
        .send()
        .unwrap()
        .ok(201);
    let operation = topped_up.text_of("/operation_id");
    let bob = Operator { url: app.url(), token: SUPPORT_TOKEN };
    bob.tables(&["search", "account", &customer.account], 0);
    let log = app.state_dir().join("logs/host.log");
    let log = log.to_str().unwrap();

    let alice = Operator { url: app.url(), token: OPERATOR_TOKEN };
    let held = feiqian_tests::eventually("the lines are written", || {
        let held = alice.json(&["log", "bob", "--against", log]);
        if held["lines_agreeing"] == 2 { Ok(held) } else { Err(held.to_string()) }
    });
    assert_eq!(held["entries"], 2);
    // A line of an entry that is not there any more.
    let forged = app.state_dir().join("forged.log");
    let line = r#"{"event":"action","operator":"bob","book":0,"sequence":3,"hash":"00"}"#;
    std::fs::write(&forged, line).unwrap();
    let cut = alice.tables(&["log", "bob", "--against", forged.to_str().unwrap()], 4);
    assert!(cut.contains("the chain ends at 2"), "{cut}");

    let trail = feiqian_tests::eventually("the request is in the log", || {
        let output = bob.run(&["logs", &request_id, log, "--json"]);
        let trail: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let ids = trail["ids"].to_string();
        if ids.contains(&operation) { Ok(trail) } else { Err(trail.to_string()) }
    });
    assert!(trail["ids"].to_string().contains(&customer.account), "{trail}");
    assert!(bob.tables(&["logs", "nobody", log], 4).contains("no line"));
}

#[test]
fn the_books_are_audited_to_the_end_and_keys_rotated() {
    let app = SharedApp::get();
    let alice = operator(&app, OPERATOR_TOKEN);
    let audit = alice.json(&["audit", "--batch", "50"]);
    assert_eq!(audit["faults"], 0);
    let resealed = alice.json(&["reseal"]);
    assert_eq!(resealed["unopened"], Value::Array(vec![]));
    assert!(alice.tables(&["pending"], 0).starts_with("pending"));
    assert!(alice.tables(&["health"], 0).contains("ok"));
    let nothing = "op_cn1_00000000000000000000000000";
    assert_eq!(alice.json(&["query", nothing])["outcome"], "nothing_pending");
    alice.tables(&["cases", "list", "par_demo"], 0);
    alice.tables(&["events", "bank"], 0);
    alice.tables(&["run", "deposits"], 0);
    let called = alice.json(&["call", "GET", "/v1/operations/pending?limit=1"]);
    assert!(called["items"].is_array());
}

#[test]
fn a_wrong_command_line_a_stranger_and_a_dead_server_end_differently() {
    let app = SharedApp::get();
    let stranger = operator(&app, "a-token-of-nobody-with-32-letters");
    assert!(stranger.tables(&["pending"], 1).contains("token_invalid"));
    stranger.tables(&["freeze"], 2);
    let elsewhere = Operator { url: "http://pay.example".to_owned(), token: OPERATOR_TOKEN };
    assert!(elsewhere.tables(&["pending"], 2).contains("TLS"));
    let dead = Operator { url: "http://127.0.0.1:1".to_owned(), token: OPERATOR_TOKEN };
    dead.tables(&["pending"], 3);
    let help = stranger.tables(&["--help"], 0);
    assert!(!help.contains("a-token-of-nobody"), "the token is not shown: {help}");
    for command in ["search", "freeze", "log", "audit", "Exit codes"] {
        assert!(help.contains(command), "{command}: {help}");
    }
}

#[test]
fn a_partner_is_registered_and_a_merchant_paid_out_from_a_terminal() {
    let app = SharedApp::get();
    let alice = operator(&app, OPERATOR_TOKEN);
    let dir = tempfile::tempdir().unwrap();
    let (secret, account) = (dir.path().join("secret"), dir.path().join("account"));
    std::fs::write(&secret, "dGVzdHMtb25seS1wYXJ0bmVyLWtleS1vZi0zMi1ieXRlcw==\n").unwrap();
    std::fs::write(&account, "6222000000000001\n").unwrap();
    let secret = secret.to_str().unwrap();

    let unknown = alice.tables(&["partner", "show", "par_terminal"], 1);
    assert!(unknown.contains("partner_not_found"), "{unknown}");
    alice.tables(&["partner", "register", "par_terminal", "--name", "Terminal"], 0);
    let add = ["partner", "add-key", "par_terminal", "1", "--scopes", "orders,refunds"];
    let neither = alice.tables(&add, 2);
    assert!(neither.contains("--secret-file"), "{neither}");
    let added = alice.tables(&[&add[..], &["--secret-file", secret, "--quota", "50"]].concat(), 0);
    assert!(added.contains("par_terminal.1") && added.contains("50"), "{added}");
    let ended = alice.json(&["partner", "end-key", "par_terminal", "1"]);
    assert!(ended["keys"][0]["not_after"].is_string(), "{ended}");

    let merchant = Merchant::register(&app.api(), &app.partner());
    let set = ["settlement", "set", &merchant.id, "--fee-rate", "0.006", "--bank-code"];
    let rest = ["102100099996", "--account-name", "Bakery", "--account-file"];
    let set = [&set[..], &rest[..], &[account.to_str().unwrap()]].concat();
    let shown = alice.tables(&set, 0);
    assert!(shown.contains("102100099996") && !shown.contains("6222000000000001"), "{shown}");
    let shown = alice.tables(&["settlement", "show", &merchant.id], 0);
    assert!(shown.contains("0.006"), "{shown}");
    alice.tables(&["settlement", "run", &merchant.id], 0);
    alice.tables(&["run", "deliveries"], 0);
}

#[test]
fn one_terminal_proposes_an_adjustment_and_another_approves_it() {
    let app = SharedApp::get();
    let customer = Customer::with_balance(&app.api(), &app.partner(), "50.00");
    let (alice, bob) = (operator(&app, OPERATOR_TOKEN), operator(&app, SUPPORT_TOKEN));
    let key = new_key("adjust");
    let propose = ["adjust", "propose", &customer.account, "debit", "8.00"];
    let why = ["--reason", "credited twice", "--reference", "case 7", "--key", &key];
    let propose = [&propose[..], &why[..]].concat();
    assert!(bob.tables(&propose, 1).contains("scope_missing"));
    let id = alice.json(&propose)["adjustment_id"].as_str().unwrap().to_owned();
    assert_eq!(alice.json(&propose)["adjustment_id"], id.as_str());
    let approve = ["adjust", "approve", &id, "--reason", "seen"];
    assert!(alice.tables(&approve, 1).contains("adjustment_own"));
    assert!(bob.tables(&approve, 0).contains("succeeded"));
    assert!(bob.tables(&["adjust", "reject", &id, "--reason", "no"], 1).contains("decided"));
    assert_eq!(bob.json(&["adjust", "show", &id])["decision"]["checker"], "bob");
    assert_eq!(customer.balance(), "42.00");
}
