//! `cargo xtask up` as a person uses it: started, read, pasted from, and stopped.
//!
//! The components and the native programs must be built; `cargo xtask test` does that.

#[cfg(test)]
mod support;

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::process::Signal;
use support::{Up, assert_gone, free_address, last_words, paste, up_command, xtask};

#[test]
fn up_serves_what_it_prints_until_ctrl_c_and_keeps_its_state() {
    let state = tempfile::tempdir().unwrap();
    let mut up = Up::start(up_command(state.path()).args(["--listen", "127.0.0.1:0"]));
    for route in ["/healthz", "/v1/orders/...", "http://bank-connector.spin.internal (private)"] {
        assert!(up.printed.iter().any(|line| line.trim().starts_with(route)), "{route}");
    }
    let answers = paste(&up.printed);
    assert!(answers[0].contains(r#""status":"ok""#), "{answers:?}");
    assert!(answers[1].contains(r#""value":"0.00""#), "{answers:?}");
    let url = up.told("application");
    let bank = format!("http://{}", up.servers()[1]);
    let demo = xtask().args(["demo", "--url", &url, "--bank-url", &bank]).output().unwrap();
    assert!(demo.status.success(), "{}", String::from_utf8_lossy(&demo.stdout));

    let servers = up.servers();
    up.signal(Signal::INT);
    assert!(up.ended().success(), "Ctrl-C is the ordinary end");
    assert_gone(servers);

    // What was pasted before finds its account again, at the port that it names.
    let _again = Up::start(up_command(state.path()).args(["--listen", &servers[0].to_string()]));
    let answers = paste(&up.printed);
    assert!(answers[1].contains(r#""value":"0.00""#), "{answers:?}");
}

#[test]
fn servers_end_even_when_up_is_killed() {
    let state = tempfile::tempdir().unwrap();
    let mut up = Up::start(up_command(state.path()).args(["--listen", "127.0.0.1:0"]));
    let servers = up.servers();
    up.signal(Signal::KILL);
    assert!(!up.ended().success());
    assert_gone(servers);
}

#[test]
fn what_hinders_up_is_said_in_a_sentence_with_the_way_out() {
    let state = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let words = last_words(up_command(state.path()).args(["--listen", &address]));
    assert!(words.contains("is in use") && words.contains("--listen"), "{words}");

    let free = free_address().to_string();
    let missing = ["--listen", &free, "--spin", "/nonexistent/spin"];
    let words = last_words(up_command(state.path()).args(missing));
    assert!(words.contains("/nonexistent/spin is not installed"), "{words}");
    assert!(words.contains("Spin CLI"), "{words}");
}

#[test]
fn a_spin_cli_is_given_what_the_application_needs() {
    let dir = tempfile::tempdir().unwrap();
    // Stands for Spin: takes its options, and serves by the host, which knows them too.
    let spin = dir.path().join("spin");
    let host = Path::new(env!("CARGO_BIN_EXE_feiqian-xtask")).with_file_name("feiqian-host");
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = up ] || exit 64\nshift\nexec {} \"$@\" --metrics-listen 127.0.0.1:0\n",
        host.display()
    );
    std::fs::write(&spin, script).unwrap();
    std::fs::set_permissions(&spin, PermissionsExt::from_mode(0o755)).unwrap();

    let state = dir.path().join("state");
    let listen = free_address().to_string();
    let mut up = Up::start(up_command(&state).args(["--listen", &listen, "--spin"]).arg(&spin));
    let answers = paste(&up.printed);
    assert!(answers[1].contains(r#""value":"0.00""#), "{answers:?}");
    assert!(state.join("spin/default.db").exists() && state.join("spin/pending.db").exists());
    let servers = up.servers();
    up.signal(Signal::TERM);
    assert!(up.ended().success());
    assert_gone(servers);
}
