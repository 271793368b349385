//! Runs the workers beside a Spin CLI, which has no timer of its own.

use std::sync::mpsc;
use std::time::Duration;

use crate::api::{Api, Caller};
use crate::development;

/// As often as the repository's own host does it.
const PERIOD: Duration = Duration::from_secs(1);

/// A running timer; dropping it ends it.
#[derive(Debug)]
pub struct Timer {
    _stops: [mpsc::Sender<()>; ROUTES.len()],
}

/// What is asked: each by a thread of its own, so that a receiver of events that is slow holds no
/// money back.
const ROUTES: [&str; 2] = ["/v1/operations/worker-runs", "/v1/operations/delivery-runs"];

/// Asks the application every second to finish what is left open, and to deliver events.
pub fn start(url: &str) -> Timer {
    Timer { _stops: ROUTES.map(|route| ask(Api::new(url), route)) }
}

fn ask(api: Api, route: &'static str) -> mpsc::Sender<()> {
    let operator = Caller::Bearer(development::AUTOMATION_TOKEN.to_owned());
    let (stop, stopped) = mpsc::channel();
    std::thread::spawn(move || {
        while stopped.recv_timeout(PERIOD) == Err(mpsc::RecvTimeoutError::Timeout) {
            match api.post(route, &serde_json::json!({})).by(&operator).send() {
                Ok(answer) if answer.status == 200 => {}
                Ok(answer) => eprintln!("{route} answered {}", answer.status),
                Err(error) => eprintln!("{route} failed: {error:#}"),
            }
        }
    });
    stop
}
