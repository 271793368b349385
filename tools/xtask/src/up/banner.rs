//! What `up` prints once everything answers.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Result, bail};
use console::style;
use serde_json::json;

use crate::api::{Api, development_partner};
use crate::cli::Up;
use crate::development;
use crate::manifest::Manifest;
use crate::people::{Person, new_key};
use crate::stack::Stack;
use crate::workspace::Workspace;

/// The URLs, the route table, and three lines to paste.
pub fn text(workspace: &Workspace, stack: &Stack, options: &Up, state: &Path) -> Result<String> {
    let mut text = String::new();
    let heading = |text: &str| style(text.to_owned()).bold();
    writeln!(text)?;
    writeln!(text, "{}", heading("Feiqian is up"))?;
    writeln!(text, "  application     {}", stack.url())?;
    // With port 0 the kernel chose one, which the host's log tells.
    if options.spin.is_none() && options.metrics_listen.port() != 0 {
        writeln!(text, "  metrics         http://{}/metrics", options.metrics_listen)?;
    }
    writeln!(text, "  bank sandbox    {}/sandbox/cards", stack.bank_url())?;
    writeln!(text, "  insurer sandbox {}/sandbox/people", stack.insurer_url())?;
    writeln!(text, "  state and logs  {}", state.display())?;
    writeln!(text, "  operator token  {} (development only)", development::OPERATOR_TOKEN)?;

    writeln!(text, "\n{}", heading("Routes"))?;
    let routes = Manifest::read(&workspace.root.join("spin.toml"))?.routes();
    let width = routes.iter().map(|line| line.route.len()).max().unwrap_or_default();
    for line in routes {
        writeln!(text, "  {:width$}  {}", line.route, line.component)?;
    }

    writeln!(text, "\n{}", heading("Try it (the token lasts 15 minutes)"))?;
    for line in curl_lines(&stack.url())? {
        writeln!(text, "\n{line}")?;
    }
    writeln!(text, "\nIn another terminal: `cargo xtask demo`. Ctrl-C stops everything.")?;
    Ok(text)
}

/// Health, opening an account, and its balance, as they can be pasted into a shell.
fn curl_lines(url: &str) -> Result<[String; 3]> {
    let person = Person::new("张三");
    let session = Api::new(url)
        .post("/v1/sessions", &json!({"subject": person.subject}))
        .by(&development_partner()?)
        .send()?;
    if session.status != 201 {
        bail!("no session could be opened: {} {}", session.status, session.text());
    }
    let token = session.text_at("/token")?;
    let account = json!({
        "class": "II",
        "name": person.name,
        "resident_id": person.resident_id,
        "mobile": person.mobile,
        "card_number": person.card_number,
    });
    let key = new_key("up");
    Ok([
        format!("curl -sS {url}/healthz; echo"),
        format!(
            "ACCOUNT=$(curl -sS {url}/v1/accounts -H 'Authorization: Bearer {token}' \
             -H 'Idempotency-Key: \"{key}\"' -H 'Content-Type: application/json' \
             -d '{account}' | tee /dev/stderr | sed -E 's/.*\"account_id\":\"([^\"]*)\".*/\\1/'); echo"
        ),
        format!(
            "curl -sS {url}/v1/accounts/$ACCOUNT/balance -H 'Authorization: Bearer {token}'; echo"
        ),
    ])
}
