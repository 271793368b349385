//! The program itself: its arguments, its signals, and being killed.

use feiqian_gateway_api::GATEWAY_HEALTH_PATH;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const KEY: &str = crate::support::KEY;

/// A running program, which is killed if a test fails.
struct Program {
    child: Child,
    url: String,
}

impl Program {
    fn start(books: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_feiqian-bank-sandbox"))
            .args(["--listen", "127.0.0.1:0", "--code-interval-seconds", "0", "--books"])
            .arg(books)
            .env("FEIQIAN_BANK_KEY", KEY)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        Self { child, url }
    }

    fn signal(&mut self, name: &str) {
        let killed = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(killed.unwrap().success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn it_says_where_it_listens_and_ends_on_either_signal() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["TERM", "INT"] {
        let mut program = Program::start(&folder.path().join("new folder").join("books.db"));
        let health = format!("{}{GATEWAY_HEALTH_PATH}", program.url);
        assert!(reqwest::get(health).await.unwrap().status().is_success());
        program.signal(name);
        assert!(program.child.wait().unwrap().success(), "{name}");
    }
}

#[tokio::test]
async fn what_was_answered_survives_being_killed() {
    use crate::support::{SETTLED, debit, query};
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("books.db");
    let mut program = Program::start(&books);
    let client = crate::support::Client::new(&program.url);
    let agreement = client.bind(feiqian_bank_sandbox::cards::OK).await;
    for number in 0..20 {
        let id = format!("d{number}");
        assert_eq!(client.reply(&debit(&id, &agreement, 100)).await, SETTLED);
    }
    program.signal("KILL");
    program.child.wait().unwrap();

    let program = Program::start(&books);
    let client = crate::support::Client::new(&program.url);
    for number in 0..20 {
        assert_eq!(client.reply(&query(&format!("d{number}"))).await, SETTLED);
    }
    let totals = client.inspect("/sandbox/totals").await;
    assert_eq!(totals["debits"]["count"], 20);
}

#[test]
fn a_wrong_key_or_a_taken_port_ends_it_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let first = Program::start(&folder.path().join("first.db"));
    let taken = first.url.strip_prefix("http://").unwrap();
    for (listen, key, reason) in
        [("127.0.0.1:0", "c2hvcnQ=", "at least 32 bytes"), (taken, KEY, "cannot listen on")]
    {
        let mut child = Command::new(env!("CARGO_BIN_EXE_feiqian-bank-sandbox"))
            .args(["--listen", listen, "--key", key, "--books"])
            .arg(folder.path().join("second.db"))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(!child.wait().unwrap().success());
        assert!(said.contains(reason), "{said}");
    }
}
