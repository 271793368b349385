//! `cargo xtask fuzz-api`: Schemathesis asks the started application whatever its
//! description allows, and what it does not.

use std::ffi::OsStr;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::{Value, json};

use crate::api::{Answer, Api, Caller, development_partner};
use crate::build;
use crate::command::{run, run_in_view};
use crate::development;
use crate::people::{Person, new_key};
use crate::progress::step;
use crate::stack::{ServedBy, Stack, StackOptions};
use crate::workspace::Workspace;

/// What is looked at in every answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance";

/// Requests for each operation in the form that `cargo xtask test` runs: about a minute.
const SHORT_EXAMPLES: u32 = 8;

/// Where every run starts from, unless another start is given: the same requests each time.
const SEED: u32 = 1;

/// How hard it is tried.
#[derive(Debug, Clone, Args)]
pub struct Fuzz {
    /// Requests for each operation, at most
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub examples: u32,
    /// Where random choices start; the same seed asks the same
    #[arg(long, value_name = "N", default_value_t = SEED)]
    pub seed: u32,
    /// Ask what was built before
    #[arg(long)]
    pub no_build: bool,
}

/// Builds everything and fuzzes the API.
///
/// # Errors
/// When something does not build or start, or an answer is not what the description says.
pub fn fuzz(workspace: &Workspace, options: &Fuzz) -> Result<()> {
    if !options.no_build {
        build::all(workspace)?;
    }
    fuzz_built(workspace, options)
}

/// The short form, over what is built.
///
/// # Errors
/// As of [`fuzz`].
pub fn test(workspace: &Workspace) -> Result<()> {
    fuzz_built(workspace, &Fuzz { examples: SHORT_EXAMPLES, seed: SEED, no_build: true })
}

fn fuzz_built(workspace: &Workspace, options: &Fuzz) -> Result<()> {
    let python = step("Schemathesis", |step| {
        environment(workspace, |command| {
            run(step, command, "Python's packages were not installed; is python3-venv there?")
        })
    })?;
    let state_dir = workspace.target_dir.join("fuzz-state");
    if state_dir.exists() {
        std::fs::remove_dir_all(&state_dir).context("the last run's state stays")?;
    }
    std::fs::create_dir_all(&state_dir)?;
    let stack = start(workspace, state_dir)?;
    development::register_partners(&Api::new(&stack.url()))?;
    let seeded = seed(&Api::new(&stack.url()))?;
    let mut command = Command::new(python.with_file_name("schemathesis"));
    command
        .current_dir(stack.state_dir())
        .env("SCHEMATHESIS_HOOKS", "hooks")
        .env("PYTHONPATH", workspace.root.join("tests/fuzz"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .envs(seeded)
        .arg("run")
        .arg(format!("{}/openapi.json", stack.url()))
        .args(["--checks", CHECKS, "--phases", "examples,fuzzing", "--workers", "1"])
        .args(["--max-examples", &options.examples.to_string()])
        .args(["--seed", &options.seed.to_string()])
        .args(["--continue-on-failure", "--no-shrink", "--warnings", "off"])
        .args(["--suppress-health-check", "all"]);
    run_in_view(&mut command, "an answer is not what docs/openapi.json says; it is above")
}

/// A Python with what the fuzzer needs, made once.
fn environment(workspace: &Workspace, run: impl Fn(&mut Command) -> Result<()>) -> Result<PathBuf> {
    let dir = workspace.target_dir.join("fuzz-python");
    let python = dir.join("bin/python");
    if !python.exists() {
        run(Command::new("python3").args([OsStr::new("-m"), OsStr::new("venv"), dir.as_os_str()]))?;
    }
    let requirements = workspace.root.join("tests/fuzz/requirements.txt");
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
        .arg(requirements))?;
    Ok(python)
}

fn start(workspace: &Workspace, state_dir: PathBuf) -> Result<Stack> {
    let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    Stack::start(StackOptions {
        server: ServedBy::Host(workspace.native_program(build::HOST)),
        sandbox: workspace.native_program(build::BANK_SANDBOX),
        insurer_sandbox: workspace.native_program(build::INSURER_SANDBOX),
        manifest: workspace.root.join("spin.toml"),
        state_dir,
        cache_dir: workspace.host_cache_dir(),
        listen: free,
        metrics_listen: free,
        bank_listen: free,
        insurer_listen: free,
        host_arguments: Vec::new(),
        sandbox_arguments: Vec::new(),
        timer: true,
        bank_calls_back: false,
    })
}

/// Makes an account, a merchant and an order, and says in the environment's terms what
/// they are and who may ask about them.
fn seed(api: &Api) -> Result<Vec<(&'static str, String)>> {
    let partner = development_partner()?;
    let person = Person::new("张三");
    let send = |path: &str, body: Value, caller: &Caller| -> Result<Answer> {
        let answer = api.post(path, &body).by(caller).key(&new_key("fuzz")).send()?;
        anyhow::ensure!(answer.status == 201, "{path} answers {}", answer.text());
        Ok(answer)
    };
    let session = send("/v1/sessions", json!({"subject": person.subject}), &partner)?;
    let token = session.text_at("/token")?;
    let opening = json!({
        "class": "II", "name": person.name, "resident_id": person.resident_id,
        "mobile": person.mobile, "card_number": person.card_number,
    });
    let account = send("/v1/accounts", opening, &Caller::Bearer(token.clone()))?;
    let merchant = json!({"name": "Fuzz", "category": "bakery"});
    let merchant = send("/v1/merchants", merchant, &partner)?.text_at("/merchant_id")?;
    let order = json!({
        "merchant_id": merchant, "amount": {"value": "1.00", "currency": "CNY"},
        "description": "Bread", "reference": "fuzz",
    });
    Ok(vec![
        ("FEIQIAN_ACCOUNT_ID", account.text_at("/account_id")?),
        ("FEIQIAN_ORDER_ID", send("/v1/orders", order, &partner)?.text_at("/order_id")?),
        ("FEIQIAN_MERCHANT_ID", merchant),
        ("FEIQIAN_CUSTOMER_TOKEN", token),
        ("FEIQIAN_OPERATOR_TOKEN", development::OPERATOR_TOKEN.to_owned()),
        ("FEIQIAN_PARTNER_KEY_ID", development::PARTNER_KEY_ID.to_owned()),
        ("FEIQIAN_PARTNER_KEY", development::PARTNER_KEY.to_owned()),
    ])
}
