//! What identifies people is in no answer, no log and no document.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use feiqian_tests::{App, AppOptions};
use serde_json::Value;

/// A transcript that is kept.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The bodies of requests and those of answers, as the demo shows them.
fn bodies(transcript: &str) -> (Vec<Value>, Vec<String>) {
    let body = |shown: &str| -> String {
        // What is indented less is the story.
        let lines = shown.lines().skip(1).take_while(|line| line.starts_with("      "));
        lines.skip_while(|line| *line != "      {").collect()
    };
    let exchanges = transcript.split("    → ").skip(1);
    let (requests, answers): (Vec<_>, Vec<_>) =
        exchanges.map(|exchange| exchange.split_once("    ← ").unwrap()).unzip();
    let requests = requests.into_iter().map(body).filter(|body| !body.is_empty());
    (
        requests.map(|body| serde_json::from_str(&body).unwrap()).collect(),
        answers.into_iter().map(body).collect(),
    )
}

/// What the people of the demo said about themselves.
fn personal(requests: &[Value]) -> BTreeSet<String> {
    let mut said = BTreeSet::new();
    for body in requests {
        let mut fields = vec!["resident_id", "mobile", "card_number"];
        if body["resident_id"].is_string() {
            fields.push("name");
        }
        said.extend(fields.iter().filter_map(|field| body[field].as_str().map(str::to_owned)));
    }
    said
}

/// The payment codes that people were given, which are as good as money for a minute.
fn codes(answers: &[String]) -> BTreeSet<String> {
    let bodies = answers.iter().filter_map(|answer| serde_json::from_str::<Value>(answer).ok());
    let codes = bodies.filter_map(|body| body["code"].as_str().map(str::to_owned));
    codes.filter(|code| code.bytes().all(|byte| byte.is_ascii_digit())).collect()
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn what_identifies_people_is_in_no_answer_no_log_and_no_document() {
    for valkey in [false, true] {
        let app = App::start_with(AppOptions { valkey, ..AppOptions::default() });
        let kept = Kept::default();
        let (url, bank) = (app.url(), app.bank_url());
        feiqian_xtask::demo::play(&url, &bank, Box::new(kept.clone()), false).unwrap();
        app.wait_until_nothing_pending();

        let transcript = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        let (requests, answers) = bodies(&transcript);
        let personal = personal(&requests);
        assert!(personal.len() >= 10, "the demo says too little to be a test: {personal:?}");
        for secret in &personal {
            for answer in &answers {
                assert!(!answer.contains(secret.as_str()), "{secret} is in {answer}");
            }
        }
        let codes = codes(&answers);
        assert!(!codes.is_empty(), "the demo shows no code");
        let lines = app.log_lines("host.log");
        for event in ["request", "gateway"] {
            assert!(lines.iter().any(|line| line["event"] == event), "no line of {event}");
        }
        for line in lines.iter().map(Value::to_string) {
            for code in &codes {
                assert!(!line.contains(code.as_str()), "the code {code} is in {line}");
            }
        }
        let files = files_below(app.state_dir());
        assert!(files.iter().any(|file| file.ends_with("logs/host.log")), "{files:?}");
        let mut documents_seen = false;
        for file in files {
            // The bank knows its customers, and the insurer its members.
            if file.to_str().unwrap().contains("-books.db") {
                continue;
            }
            let bytes = std::fs::read(&file).unwrap();
            documents_seen |= contains(&bytes, "\"journal\"");
            for secret in &personal {
                assert!(!contains(&bytes, secret), "{secret} is in {}", file.display());
            }
        }
        assert!(documents_seen, "documents are stored as they are");
    }
}
