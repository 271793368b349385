//! Runs the worker beside a Spin CLI, which has no timer of its own.

use std::sync::mpsc;
use std::time::Duration;

use crate::api::{Api, Caller};
use crate::development;

/// As often as the repository's own host does it.
const PERIOD: Duration = Duration::from_secs(1);

/// A running timer; dropping it ends it.
#[derive(Debug)]
pub struct Timer {
    _stop: mpsc::Sender<()>,
}

/// Asks the application every second to finish what is left open.
pub fn start(url: &str) -> Timer {
    let api = Api::new(url);
    let operator = Caller::Bearer(development::AUTOMATION_TOKEN.to_owned());
    let (stop, stopped) = mpsc::channel();
    std::thread::spawn(move || {
        while stopped.recv_timeout(PERIOD) == Err(mpsc::RecvTimeoutError::Timeout) {
            let run = api.post("/v1/operations/worker-runs", &serde_json::json!({})).by(&operator);
            match run.send() {
                Ok(answer) if answer.status == 200 => {}
                Ok(answer) => eprintln!("the worker run answered {}", answer.status),
                Err(error) => eprintln!("the worker run failed: {error:#}"),
            }
        }
    });
    Timer { _stop: stop }
}
