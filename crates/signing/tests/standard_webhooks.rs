//! Events between this crate and the official libraries of Standard Webhooks, both ways.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail them by panicking")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use feiqian_calendar::Timestamp;
use feiqian_signing::{WebhookSecret, verify_webhook};
use http::HeaderMap;
use serde_json::{Value, json};

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
/// The one that `SECRET` takes over from.
const OLD_SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const ID: &str = "evt_0123456789abcdef";
/// With characters of more than one byte, which the libraries have to encode as we do.
const BODY: &str = r#"{"type":"order.paid","data":{"amount":"12.34","payee":"飞钱"}}"#;

fn source(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop").join(file)
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

/// A folder in which `install` has put what `pinned` names, kept for the next run.
fn installed(name: &str, pinned: &str, install: impl FnOnce(&Path)) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let wanted = fs::read_to_string(source(pinned)).unwrap();
    let done = folder.join("installed.txt");
    if fs::read_to_string(&done).ok().as_deref() != Some(&wanted) {
        fs::create_dir_all(&folder).unwrap();
        install(&folder);
        fs::write(done, wanted).unwrap();
    }
    folder
}

/// The program in Python, with its library.
fn python() -> Command {
    let venv = installed("webhooks-python", "requirements.txt", |folder| {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder), "");
        let mut pip = Command::new(folder.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--requirement"]);
        run(pip.arg(source("requirements.txt")), "");
    });
    let mut program = Command::new(venv.join("bin/python"));
    program.arg(source("verify.py"));
    program
}

/// The program in JavaScript, with its library.
fn javascript() -> Command {
    let folder = installed("webhooks-javascript", "package-lock.json", |folder| {
        for file in ["package.json", "package-lock.json"] {
            fs::copy(source(file), folder.join(file)).unwrap();
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
        run(npm.current_dir(folder), "");
    });
    // Node looks for packages beside the program.
    fs::copy(source("verify.mjs"), folder.join("verify.mjs")).unwrap();
    let mut program = Command::new("node");
    program.arg(folder.join("verify.mjs"));
    program
}

/// What is signed is believed there unless it was changed, and what is signed there is
/// believed here.
fn agrees(mut library: Command) {
    let seconds = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let now = Timestamp::from_millis(seconds * 1000);
    let parse = |text: &str| WebhookSecret::parse(text).unwrap();
    let new = parse(SECRET).sign(ID, now, BODY.as_bytes());
    let old = parse(OLD_SECRET).sign(ID, now, BODY.as_bytes());
    let late = Timestamp::from_millis((seconds - 3600) * 1000);
    let stale = parse(SECRET).sign(ID, late, BODY.as_bytes());

    let delivery = |id: &str, seconds: u64, signature: &str, body: &str| {
        let headers = json!({
            "webhook-id": id,
            "webhook-timestamp": seconds.to_string(),
            "webhook-signature": signature,
        });
        json!({ "headers": headers, "body": body })
    };
    let cases = [
        (true, delivery(ID, seconds, &new, BODY)),
        (true, delivery(ID, seconds, &format!("{new} {old}"), BODY)),
        (true, delivery(ID, seconds, &format!("{old} {new}"), BODY)),
        (false, delivery(ID, seconds, &old, BODY)),
        (false, delivery("evt_other", seconds, &new, BODY)),
        (false, delivery(ID, seconds, &new, "{}")),
        (false, delivery(ID, seconds - 3600, &stale, BODY)),
    ];
    let (expected, deliveries): (Vec<bool>, Vec<Value>) = cases.into_iter().unzip();
    let asked = json!({
        "secret": SECRET,
        "deliveries": deliveries,
        "sign": { "id": ID, "seconds": seconds, "body": BODY },
    });
    let told: Value = serde_json::from_str(&run(&mut library, &asked.to_string())).unwrap();
    assert_eq!(told["believed"], json!(expected));

    assert_eq!(told["signature"], json!(new));
    let theirs = told["signature"].as_str().unwrap();
    let headers: HeaderMap = [
        ("webhook-id", ID.to_owned()),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", theirs.to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
    .collect();
    let secrets = [parse(OLD_SECRET), parse(SECRET)];
    assert_eq!(verify_webhook(&headers, BODY.as_bytes(), &secrets, now), Ok(ID));
}

#[test]
fn the_python_library_agrees_on_what_is_signed() {
    agrees(python());
}

#[test]
fn the_javascript_library_agrees_on_what_is_signed() {
    agrees(javascript());
}
