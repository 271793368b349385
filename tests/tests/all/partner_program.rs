//! A partner's program in Python, with public libraries and the code of docs/partners.md alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use feiqian_tests::{AnswerExt as _, App, repository, yuan};
use feiqian_xtask::api::Caller;
use feiqian_xtask::development::{OPERATOR_TOKEN, PARTNER_KEY, PARTNER_KEY_ID};
use feiqian_xtask::people::Person;
use feiqian_xtask::workspace::Workspace;
use serde_json::{Value, json};

/// How the blocks of the page begin that are in the program.
const PYTHON: &str = "```python\n";

fn program() -> PathBuf {
    repository().join("tests/partner/partner.py")
}

/// Runs a command and answers what it prints; its errors tell why it failed.
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// A Python with the libraries that the program names, kept for the next run.
fn python() -> PathBuf {
    let requirements = repository().join("tests/partner/requirements.txt");
    let wanted = fs::read_to_string(&requirements).unwrap();
    let venv = Workspace::find().unwrap().target_dir.join("partner-venv");
    let python = venv.join("bin/python");
    let installed = venv.join("installed.txt");
    if fs::read_to_string(&installed).ok().as_deref() != Some(&wanted) {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv));
        let mut pip = Command::new(&python);
        run(pip.args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&requirements));
        fs::write(installed, wanted).unwrap();
    }
    python
}

/// Lines of code without what is around them: a block of the page may be from inside a function.
fn bare(code: &str) -> String {
    let lines = code.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn the_program_is_made_of_the_code_that_partners_read() {
    let page = read(&repository().join("docs/partners.md"));
    let program = bare(&read(&program()));
    let blocks: Vec<&str> = page
        .split(PYTHON)
        .skip(1)
        .map(|block| block.split_once("```").map_or(block, |(code, _)| code))
        .collect();
    assert!(blocks.len() > 5, "{} blocks were found", blocks.len());
    for block in blocks {
        assert!(program.contains(&bare(block)), "not in the program:\n{block}");
    }
}

/// Runs the program; answers what it tells.
fn tell(app: &App, arguments: &mut dyn FnMut(&mut Command)) -> Value {
    let mut command = Command::new(python());
    command.arg(program()).args(["--url", &app.url(), "--key-id", PARTNER_KEY_ID]);
    arguments(&mut command);
    serde_json::from_str(&run(command.env("FEIQIAN_KEY", PARTNER_KEY))).unwrap()
}

#[test]
fn a_program_with_public_libraries_sells_refunds_and_reads_what_became_of_it() {
    let mut app = App::start();
    let person = Person::new("张三");
    let told = tell(&app, &mut |command| {
        command
            .args(["--subject", &person.subject, "--name", &person.name])
            .args(["--resident-id", &person.resident_id, "--mobile", &person.mobile])
            .args(["--card-number", &person.card_number]);
    });
    assert_eq!(told["order_status"], "paid");
    assert_eq!(told["refused"], "refund_exceeds_payment");
    assert_eq!(told["refunded"], yuan("5.00"));
    assert_eq!(told["reports_of"], "2026-11-23");
    // What was verified by the official library, in the order's own sequence.
    assert_eq!(told["told"]["data"]["amount"], yuan("12.34"));
    assert_eq!(
        (&told["told"]["object"], &told["told"]["sequence"]),
        (&told["order_id"], &1.into())
    );
    assert_eq!(told["told_of_refund"]["data"]["refund_id"], told["refund_id"]);
    assert_eq!(told["told_of_refund"]["sequence"], 2);

    let text = |name: &str| told[name].as_str().unwrap().to_owned();
    let (merchant, order) = (text("merchant_id"), text("order_id"));
    let path = format!("/v1/merchants/{merchant}/orders/{order}");
    let seen = app.api().get(&path).by(app.partner()).send().unwrap().ok(200);
    assert_eq!(seen.at("/payment/operation_id"), told["operation_id"]);
    let path = format!("/v1/orders/{order}/refunds/{}", text("refund_id"));
    let refund = app.api().get(&path).by(app.partner()).send().unwrap().ok(200);
    assert_eq!((refund.at("/status"), refund.at("/amount")), ("succeeded".into(), yuan("5.00")));

    let terms = json!({
        "fee_rate": "0.0060",
        "account": {
            "bank_code": "102100099996", "number": "6222000000000001", "name": "东门面包房有限公司",
        },
    });
    let operator = Caller::Bearer(OPERATOR_TOKEN.to_owned());
    let path = format!("/v1/operations/settlements/{merchant}");
    app.api().put(&path, &terms).by(&operator).send().unwrap().assert_status(200);
    app.wait_until_nothing_pending();
    let day = app.change_day().to_string();
    let run = app.api().post(&format!("{path}/runs"), &json!({})).by(&operator);
    run.send().unwrap().assert_status(200);
    let told = tell(&app, &mut |command| {
        command.args(["--merchant", &merchant, "--day", &day]);
    });
    // 12.34 at 0.6 %, of which 5.00 was given back.
    assert_eq!(
        (&told["settled"]["state"], &told["settled"]["net"]),
        (&json!("paid_out"), &yuan("7.27"))
    );
    assert_eq!(told["lines"].as_array().map(Vec::len), Some(2));
}
