//! The program itself, and being killed.

use crate::support::{Client, KEY, claim, commit, query};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running program, which is killed when it is dropped.
struct Program(Child, Client);

impl Program {
    fn start(books: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_feiqian-insurer-sandbox"))
            .args(["--listen", "127.0.0.1:0", "--books"])
            .arg(books)
            .env("FEIQIAN_INSURER_KEY", KEY)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let client = Client::new(line.trim().strip_prefix("listening on ").unwrap());
        Self(child, client)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn what_was_answered_survives_being_killed() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("new folder").join("books.db");
    let program = Program::start(&books);
    let token = program.1.activate("张三", "11010519491231002X").await;
    let told = program.1.reply(&commit("c", &claim(&token, &[1_000]))).await;
    drop(program);
    let program = Program::start(&books);
    assert_eq!(program.1.reply(&query("c")).await, told);
    assert_eq!(program.1.inspect("/sandbox/people").await["people"][0]["name"], "孙无证");
}
