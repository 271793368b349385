//! Events for partners: they arrive at least once, signed so that the official libraries of Standard
//! Webhooks believe them, and nowhere that a partner must not reach.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use feiqian_signing::{Algorithm, SigningKey};
use feiqian_tests::{
    AnswerExt as _, App, AppOptions, Customer, Merchant, Received, Receiver, eventually,
    repository, yuan,
};
use feiqian_xtask::api::{Answer, Caller};
use feiqian_xtask::development::{self, OTHER_PARTNER_KEY, OTHER_PARTNER_KEY_ID};
use feiqian_xtask::people::new_key;
use feiqian_xtask::workspace::Workspace;
use serde_json::{Value, json};

fn create(app: &App, url: &str, types: &[&str]) -> Answer {
    let body = json!({"url": url, "types": types});
    let request = app.api().post("/v1/webhook-endpoints", &body).by(app.partner());
    request.key(&new_key("endpoint")).send().unwrap()
}

fn endpoint(app: &App, url: &str, types: &[&str]) -> (String, String) {
    let made = create(app, url, types).ok(201);
    (made.text_of("/endpoint_id"), made.text_of("/secret"))
}

fn paid(app: &App, value: &str) -> String {
    let customer = Customer::with_balance(app.api(), app.partner(), "100.00");
    let order = Merchant::register(app.api(), app.partner()).order(value);
    customer.pay(&order, value, &new_key("pay")).assert_status(201);
    order
}

fn see(app: &App, path: &str) -> Answer {
    app.api().get(path).by(app.partner()).send().unwrap().ok(200)
}

/// Runs a command to its end, and answers what it prints.
fn run(command: &mut Command, input: &str) -> String {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// A file of the programs that use the official libraries.
fn source(file: &str) -> PathBuf {
    repository().join("crates/signing/tests/interop").join(file)
}

/// A folder in which `install` has put what `pinned` names, kept for the next run.
fn installed(name: &str, pinned: &str, install: impl FnOnce(&Path)) -> PathBuf {
    let folder = Workspace::find().unwrap().target_dir.join("events").join(name);
    let wanted = fs::read_to_string(source(pinned)).unwrap();
    let done = folder.join("installed.txt");
    if fs::read_to_string(&done).ok().as_deref() != Some(&wanted) {
        fs::create_dir_all(&folder).unwrap();
        install(&folder);
        fs::write(done, wanted).unwrap();
    }
    folder
}

/// The official libraries, in Python and in JavaScript.
fn libraries() -> [Command; 2] {
    let venv = installed("python", "requirements.txt", |folder| {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder), "");
        let mut pip = Command::new(folder.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--requirement"]);
        run(pip.arg(source("requirements.txt")), "");
    });
    let mut python = Command::new(venv.join("bin/python"));
    python.arg(source("verify.py"));
    let folder = installed("javascript", "package-lock.json", |folder| {
        for file in ["package.json", "package-lock.json"] {
            fs::copy(source(file), folder.join(file)).unwrap();
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
        run(npm.current_dir(folder), "");
    });
    // Node looks for packages beside the program.
    fs::copy(source("verify.mjs"), folder.join("verify.mjs")).unwrap();
    let mut javascript = Command::new("node");
    javascript.arg(folder.join("verify.mjs"));
    [python, javascript]
}

/// What both libraries believe of deliveries, with a secret.
fn believed(secret: &str, deliveries: &[&Received]) -> Vec<bool> {
    let seconds = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let deliveries: Vec<Value> = deliveries
        .iter()
        .map(|delivery| json!({"headers": delivery.headers, "body": delivery.body}))
        .collect();
    let sign = json!({"id": "evt_1", "seconds": seconds, "body": "{}"});
    let asked = json!({"secret": secret, "deliveries": deliveries, "sign": sign}).to_string();
    let told = libraries().map(|mut library| {
        let told: Value = serde_json::from_str(&run(&mut library, &asked)).unwrap();
        told["believed"].clone()
    });
    assert_eq!(told[0], told[1], "the libraries agree");
    told[0].as_array().unwrap().iter().map(|told| told.as_bool().unwrap()).collect()
}

#[test]
fn the_official_libraries_believe_what_arrives_and_nothing_that_was_changed() {
    let (app, receiver) = (App::start(), Receiver::start());
    let (id, secret) = endpoint(&app, &receiver.url("/all"), &[]);
    let order = paid(&app, "12.34");
    let merchant = see(&app, "/v1/events").at("/events/0/data/merchant_id");
    let got = receiver.wait_for("/all", 1).remove(0);
    let event = got.event();
    assert_eq!((&event["type"], &event["object"]), (&json!("order.paid"), &json!(order)));
    assert_eq!((&event["sequence"], &event["api_version"]), (&json!(1), &json!("2026-11-30")));
    let data = &event["data"];
    assert_eq!((&data["order_id"], &data["amount"]), (&json!(order), &yuan("12.34")));
    assert!(merchant.is_null() || merchant == data["merchant_id"]);
    assert_eq!(got.headers["webhook-id"], event["id"].as_str().unwrap());
    assert_eq!(got.headers["content-type"], "application/json");

    let path = format!("/v1/webhook-endpoints/{id}/secrets");
    let rotated = app.api().post(&path, &json!({})).by(app.partner()).send().unwrap().ok(201);
    let newer = rotated.text_of("/secret");
    let path = format!("/v1/webhook-endpoints/{id}/pings");
    app.api().post(&path, &json!({})).by(app.partner()).send().unwrap().assert_status(202);
    let both = receiver.wait_for("/all", 2).remove(1);
    assert_eq!(both.event()["type"], "endpoint.pinged");
    assert_eq!(both.headers["webhook-signature"].split(' ').count(), 2);

    let changed = Received { body: got.body.replace("12.34", "99.99"), ..got.clone() };
    assert_eq!(believed(&secret, &[&got, &both, &changed]), [true, true, false]);
    assert_eq!(believed(&newer, &[&got, &both, &changed]), [false, true, false]);
}

#[test]
fn events_are_listed_with_a_sequence_and_sent_by_filter() {
    let (app, receiver) = (App::start(), Receiver::start());
    endpoint(&app, &receiver.url("/refunds"), &["refund.succeeded", "refund.refused"]);
    let order = paid(&app, "10.00");
    let merchant = Merchant::register(app.api(), app.partner());
    merchant.refund(&order, "4.00", &new_key("refund")).assert_status(201);
    let too_much = merchant.refund(&order, "7.00", &new_key("refund"));
    too_much.assert_problem(409, "refund_exceeds_payment");
    let unpaid = merchant.order("1.00");
    merchant.close(&unpaid).assert_status(200);
    let got = receiver.wait_for("/refunds", 2);
    let kinds: Vec<Value> = got.iter().map(|got| got.event()["type"].clone()).collect();
    assert!(kinds.contains(&json!("refund.succeeded")) && kinds.contains(&json!("refund.refused")));

    let listed = eventually("all events are listed", || {
        let page = see(&app, "/v1/events?limit=100");
        let events = page.at("/events").as_array().unwrap().clone();
        if events.len() == 4 { Ok(events) } else { Err(page.text()) }
    });
    let of_order: Vec<(u64, &str)> = listed
        .iter()
        .filter(|event| event["object"] == order.as_str())
        .map(|event| (event["sequence"].as_u64().unwrap(), event["type"].as_str().unwrap()))
        .collect();
    let expected = [(1, "order.paid"), (2, "refund.succeeded"), (3, "refund.refused")];
    assert!(expected.iter().all(|fact| of_order.contains(fact)), "{of_order:?}");
    let refused = listed.iter().find(|event| event["type"] == "refund.refused").unwrap();
    assert_eq!(refused["data"]["failure"], "refund_exceeds_payment");

    let closed = see(&app, "/v1/events?type=order.closed");
    assert_eq!(closed.at("/events/0/object"), json!(unpaid));
    let one = see(&app, "/v1/events?limit=1");
    assert_eq!(one.at("/has_more"), true);
    let rest = see(&app, &format!("/v1/events?limit=100&cursor={}", one.text_of("/cursor")));
    assert_eq!(rest.at("/events").as_array().unwrap().len(), 3);
    let again = see(&app, &format!("/v1/events?cursor={}", rest.text_of("/cursor")));
    assert_eq!((again.at("/events"), again.at("/has_more")), (json!([]), json!(false)));

    let id = listed[0]["id"].as_str().unwrap();
    assert_eq!(see(&app, &format!("/v1/events/{id}")).json(), listed[0]);
    let key =
        SigningKey::from_base64(OTHER_PARTNER_KEY_ID, Algorithm::HmacSha256, OTHER_PARTNER_KEY);
    let others = Caller::Partner(key.unwrap());
    let path = format!("/v1/events/{id}");
    let hidden = app.api().get(&path).by(&others).send().unwrap();
    hidden.assert_problem(404, "event_not_found");
}

#[test]
fn an_endpoint_that_fails_is_tried_again_and_its_attempts_are_seen() {
    let (app, receiver) = (App::start(), Receiver::start());
    receiver.answer("/shaky", &["500 Oops", "204 No Content"]);
    let (id, _) = endpoint(&app, &receiver.url("/shaky"), &["order.paid"]);
    receiver.answer("/moved", &[&format!("302 Found\r\nLocation: {}", receiver.url("/else"))]);
    endpoint(&app, &receiver.url("/moved"), &["order.paid"]);
    receiver.answer("/busy", &["503 Busy\r\nRetry-After: 3600"]);
    let (busy, _) = endpoint(&app, &receiver.url("/busy"), &["order.paid"]);
    paid(&app, "1.00");
    let got = receiver.wait_for("/shaky", 2);
    assert_eq!(got[0].headers["webhook-id"], got[1].headers["webhook-id"]);
    assert_eq!(got[0].body, got[1].body);
    let event = got[0].headers["webhook-id"].clone();
    let attempts = eventually("the second attempt is written down", || {
        let seen = see(&app, &format!("/v1/events/{event}/attempts"));
        let endpoints = seen.at("/endpoints").as_array().unwrap().clone();
        let of = |id: &str| {
            let found = endpoints.iter().find(|found| found["endpoint_id"] == id).unwrap();
            found["attempts"].as_array().unwrap().clone()
        };
        let (shaky, busy) = (of(&id), of(&busy));
        if shaky.len() == 2 && busy.len() == 1 { Ok((shaky, busy)) } else { Err(seen.text()) }
    });
    let (shaky, busy) = attempts;
    assert_eq!((&shaky[0]["status"], &shaky[0]["delivered"]), (&json!(500), &json!(false)));
    assert!(shaky[0]["next_at"].is_string() && shaky[1]["next_at"].is_null());
    assert_eq!((&shaky[1]["number"], &shaky[1]["delivered"]), (&json!(2), &json!(true)));
    // The hour that it asked for, and not the five seconds of the schedule.
    let minutes = |text: &Value| {
        let text = text.as_str().unwrap();
        text[11..13].parse::<u32>().unwrap() * 60 + text[14..16].parse::<u32>().unwrap()
    };
    let waited = (minutes(&busy[0]["next_at"]) + 24 * 60 - minutes(&busy[0]["at"])) % (24 * 60);
    assert!((59..=61).contains(&waited), "{busy:?}");
    assert!(!receiver.got("/moved").is_empty());
    assert!(receiver.got("/else").is_empty(), "a redirect is not followed");
}

#[test]
fn an_endpoint_that_is_gone_is_disabled_until_its_partner_enables_it_and_replays() {
    let (app, receiver) = (App::start(), Receiver::start());
    receiver.answer("/gone", &["410 Gone"]);
    let (gone, _) = endpoint(&app, &receiver.url("/gone"), &["order.paid"]);
    endpoint(&app, &receiver.url("/other"), &["order.closed"]);
    paid(&app, "1.00");
    let told = receiver.wait_for("/other", 1).remove(0).event();
    assert_eq!(told["type"], "endpoint.disabled");
    assert_eq!(told["data"], json!({"endpoint_id": gone, "reason": "gone"}));
    let path = format!("/v1/webhook-endpoints/{gone}");
    let seen = see(&app, &path);
    assert_eq!(
        (seen.at("/status"), seen.at("/disabled/reason")),
        ("disabled".into(), "gone".into())
    );
    let event = receiver.got("/gone")[0].headers["webhook-id"].clone();
    let replay = format!("/v1/events/{event}/replays");
    let replaying = || {
        let body = json!({"endpoint_id": gone});
        app.api().post(&replay, &body).by(app.partner()).send().unwrap()
    };
    replaying().assert_problem(409, "webhook_endpoint_disabled");

    receiver.answer("/gone", &["200 OK"]);
    let body = json!({"url": receiver.url("/gone"), "types": ["order.paid"], "enabled": true});
    let enabled = app.api().request(http::Method::PUT, &path).json(&body);
    let enabled = enabled.by(app.partner()).send().unwrap().ok(200);
    assert_eq!(enabled.at("/status"), "enabled");
    let before = receiver.got("/gone").len();
    replaying().assert_status(202);
    receiver.wait_for("/gone", before + 1);
    let day = see(&app, "/v1/events").text_of("/day");
    let range = app
        .api()
        .post(&format!("{path}/replays"), &json!({"day": day, "type": "order.paid"}))
        .by(app.partner())
        .send()
        .unwrap()
        .ok(202);
    assert_eq!((range.at("/replayed"), range.at("/has_more")), (json!(1), json!(false)));
    receiver.wait_for("/gone", before + 2);

    let removed = app.api().request(http::Method::DELETE, &path).by(app.partner()).send().unwrap();
    removed.assert_status(204);
    let lost = app.api().get(&path).by(app.partner()).send().unwrap();
    lost.assert_problem(404, "webhook_endpoint_not_found");
}

#[test]
fn no_event_goes_where_a_partner_must_not_reach() {
    // As a region is: nothing is allowed for development.
    let mut options = AppOptions::default();
    let strict = "webhook_development_hosts=";
    options.host_arguments = vec!["--variable".into(), strict.into()];
    let app = App::start_with(options);
    for url in [
        "http://shop.example/events",
        "https://127.0.0.1:8443/",
        "https://10.0.0.8/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:192.168.1.1]/",
        "https://localhost/",
        "https://bank-connector.spin.internal/",
        "not a url",
    ] {
        let refused = create(&app, url, &[]);
        refused.assert_problem(400, "parameter_invalid");
        assert_eq!(refused.at("/parameter"), "url", "{url}");
    }
    // A name is looked up when an event is sent: this one leads nowhere.
    let (id, _) = endpoint(&app, "https://shop.invalid/events", &["endpoint.pinged"]);
    let path = format!("/v1/webhook-endpoints/{id}/pings");
    let pinged = app.api().post(&path, &json!({})).by(app.partner()).send().unwrap().ok(202);
    let event = pinged.text_of("/event_id");
    let error = eventually("the attempt is written down", || {
        let seen = see(&app, &format!("/v1/events/{event}/attempts"));
        let error = seen.at("/endpoints/0/attempts/0/error");
        if error.is_null() { Err(seen.text()) } else { Ok(error) }
    });
    assert_eq!(error, "unresolved");
}

#[test]
fn endpoints_are_bounded_and_their_maker_sees_the_secret_again_by_its_key() {
    let (app, receiver) = (App::start(), Receiver::start());
    let body = json!({"url": receiver.url("/x")});
    let key = new_key("endpoint");
    let make = |key: &str| {
        app.api().post("/v1/webhook-endpoints", &body).by(app.partner()).key(key).send().unwrap()
    };
    let (first, again) = (make(&key).ok(201), make(&key).ok(201));
    assert_eq!(first.json(), again.json());
    assert_eq!(again.header("idempotent-replayed"), "true");
    for _ in 1..8 {
        make(&new_key("endpoint")).assert_status(201);
    }
    make(&new_key("endpoint")).assert_problem(409, "too_many_webhook_endpoints");
    let listed = see(&app, "/v1/webhook-endpoints");
    assert_eq!(listed.at("/endpoints").as_array().unwrap().len(), 8);
    assert!(listed.at("/endpoints/0/secret").is_null());
    let types = json!({"url": receiver.url("/x"), "types": ["order.lost"]});
    let request = app.api().post("/v1/webhook-endpoints", &types).by(app.partner());
    let refused = request.key(&new_key("endpoint")).send().unwrap();
    refused.assert_problem(400, "parameter_invalid");
    let run = app.api().post("/v1/operations/delivery-runs", &json!({}));
    let operator = Caller::Bearer(development::OPERATOR_TOKEN.to_owned());
    run.by(&operator).send().unwrap().assert_status(200);
    let run = app.api().post("/v1/operations/delivery-runs", &json!({})).send().unwrap();
    run.assert_problem(401, "token_missing");
}
