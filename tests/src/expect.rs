//! What an answer must be.

use std::time::{Duration, Instant};

use feiqian_xtask::api::Answer;
use serde_json::Value;

/// How long [`eventually`] waits. Whatever a case waits for takes well below a second
/// on a machine at rest; a loaded one may take many times that.
const EVENTUALLY_LIMIT: Duration = Duration::from_secs(60);

/// How often [`eventually`] looks.
const EVENTUALLY_PERIOD: Duration = Duration::from_millis(100);

/// Looks until `look` finds something, and fails with its last word when it never does.
#[track_caller]
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Result<T, String>) -> T {
    let deadline = Instant::now() + EVENTUALLY_LIMIT;
    loop {
        match look() {
            Ok(found) => return found,
            Err(last) if Instant::now() >= deadline => {
                panic!("{what}: not within {} s, last: {last}", EVENTUALLY_LIMIT.as_secs())
            }
            Err(_) => std::thread::sleep(EVENTUALLY_PERIOD),
        }
    }
}

/// Holds answers against what they must be.
pub trait AnswerExt {
    /// Fails unless the answer has this status; hands it back.
    #[track_caller]
    #[must_use = "use `assert_status` when nothing of the answer matters"]
    fn ok(self, status: u16) -> Answer;

    /// Fails unless the answer has this status.
    #[track_caller]
    fn assert_status(&self, status: u16);

    /// Fails unless the answer is a problem document with this status and code.
    #[track_caller]
    fn assert_problem(&self, status: u16, code: &str);

    /// A value in the body by JSON pointer; null when it is not there.
    fn at(&self, pointer: &str) -> Value;

    /// A text in the body by JSON pointer.
    #[track_caller]
    fn text_of(&self, pointer: &str) -> String;
}

impl AnswerExt for Answer {
    fn ok(self, status: u16) -> Answer {
        self.assert_status(status);
        self
    }

    fn assert_status(&self, status: u16) {
        assert_eq!(self.status, status, "{}", self.text());
    }

    fn assert_problem(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.at("/code")), (status, code.into()), "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text());
        assert_eq!(self.at("/status"), status, "{}", self.text());
        assert_eq!(self.text_of("/type"), format!("https://feiqian.example/problems/{code}"));
        for member in ["/title", "/detail", "/next_step"] {
            assert!(!self.text_of(member).is_empty(), "{member} in {}", self.text());
        }
        assert!(!self.header("request-id").is_empty(), "a problem without Request-Id");
    }

    fn at(&self, pointer: &str) -> Value {
        self.json().pointer(pointer).cloned().unwrap_or_default()
    }

    fn text_of(&self, pointer: &str) -> String {
        match self.at(pointer) {
            Value::String(text) => text,
            other => panic!("{pointer} is {other}, no text, in {} {}", self.status, self.text()),
        }
    }
}
