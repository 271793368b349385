//! The program itself: how it starts, refuses to, and stops.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::support::{arguments, manifest};

const PROGRAM: &str = env!("CARGO_BIN_EXE_feiqian-host");

/// Longest wait for a byte: a program that hangs must fail, not block.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// Starts the program on a manifest and waits for it to end.
fn refuse(manifest: &str, more: &[&str]) -> String {
    let directory = tempfile::tempdir().unwrap();
    let arguments = arguments(directory.path(), manifest, more);
    let output: Output =
        Command::new(PROGRAM).args(&arguments[1..]).env("RUST_BACKTRACE", "0").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    let last = stderr.lines().last().unwrap().to_owned();
    assert!(last.starts_with("feiqian-host: "), "{stderr}");
    last
}

struct Program {
    child: Child,
    address: String,
    metrics_address: String,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts the program and reads where it listens.
fn start(directory: &Path, more: &[&str]) -> Program {
    let arguments = arguments(directory, &manifest(&[]), more);
    let mut child = Command::new(PROGRAM)
        .args(&arguments[1..])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    let metrics_address = loop {
        let line = log.next().unwrap().unwrap();
        if let Some((_, rest)) = line.split_once("metrics on http://") {
            break rest.split('/').next().unwrap().to_owned();
        }
    };
    // Read on, so that the program never waits for its log.
    std::thread::spawn(move || log.map_while(Result::ok).for_each(drop));
    let mut line = String::new();
    let stdout = child.stdout.as_mut().unwrap();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on http://");
    let address = address.unwrap().to_owned();
    Program { child, address, metrics_address }
}

fn ask(address: &str, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(READ_TIMEOUT)).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

fn answer(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_port_in_use_is_named_with_the_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let line = refuse(&manifest(&[]), &["--listen", &address.to_string()]);
    let port = address.port();
    let expected = format!(
        "port {port} is in use by another program; stop it or pass --listen 127.0.0.1:PORT"
    );
    assert!(line.contains(&expected), "{line}");
}

#[test]
fn a_component_that_is_not_built_is_named() {
    let source = crate::support::probe().display().to_string();
    let manifest = manifest(&[]).replace(&source, "absent.wasm");
    let line = refuse(&manifest, &[]);
    assert!(line.contains("cargo xtask build"), "{line}");
}

#[test]
fn a_required_variable_without_a_value_is_named() {
    let manifest =
        manifest(&[]).replace("[variables]", "[variables]\nbank_key = { required = true }");
    let line = refuse(&manifest, &[]);
    assert!(line.contains("bank_key"), "{line}");
}

#[test]
fn a_label_that_spin_would_not_know_is_named() {
    let manifest = manifest(&[]).replace("[\"default\"]", "[\"default\", \"pending\"]");
    let line = refuse(&manifest, &[]);
    assert!(line.contains("pending") && line.contains("--runtime-config-file"), "{line}");
}

#[test]
fn a_chaining_target_without_a_trigger_is_named() {
    let line = refuse(&manifest(&["http://absent.spin.internal"]), &[]);
    assert!(line.contains("absent.spin.internal"), "{line}");
}

#[test]
fn an_import_that_is_not_implemented_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let odd = r#"(component (import "spin:sqlite/sqlite@3.1.0" (instance (export "f" (func)))))"#;
    let wasm = directory.path().join("odd.wasm");
    std::fs::write(&wasm, wat::parse_str(odd).unwrap()).unwrap();
    let source = crate::support::probe().display().to_string();
    let manifest = manifest(&[]).replace(&source, wasm.to_str().unwrap());
    let line = refuse(&manifest, &[]);
    assert!(line.contains("spin:sqlite/sqlite@3.1.0"), "{line}");
    assert!(line.contains("component hidden"), "{line}");
}

#[test]
fn sigterm_lets_a_request_in_flight_finish() {
    let directory = tempfile::tempdir().unwrap();
    let mut program = start(directory.path(), &["--shutdown-timeout", "20s"]);
    let slow = ask(&program.address, "/probe/sleep?ms=4000");
    let in_flight = "\nfeiqian_host_requests_in_flight 1\n";
    let deadline = Instant::now() + READ_TIMEOUT;
    while !answer(ask(&program.metrics_address, "/metrics")).contains(in_flight) {
        assert!(Instant::now() < deadline, "the slow request was never in flight");
    }
    let terminate = ["-TERM", &program.child.id().to_string()].map(str::to_owned);
    assert!(Command::new("kill").args(terminate).status().unwrap().success());
    assert!(answer(slow).starts_with("HTTP/1.1 200"));
    assert!(program.child.wait().unwrap().success());
}

#[test]
fn a_killed_host_has_lost_nothing_that_was_answered() {
    let directory = tempfile::tempdir().unwrap();
    let mut answered = 0;
    for _ in 0..2 {
        let mut program = start(directory.path(), &[]);
        for _ in 0..10 {
            let answer = answer(ask(&program.address, "/probe/count-up"));
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            answered += 1;
        }
        // SIGKILL: no handler runs.
        program.child.kill().unwrap();
        program.child.wait().unwrap();
    }
    let program = start(directory.path(), &[]);
    let counted = answer(ask(&program.address, "/probe/ticks"));
    assert!(counted.contains(&answered.to_string()), "{counted}");
}
