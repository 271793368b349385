//! Lines for the host's log. Never personal data, never a body.

use std::fmt;

use feiqian_ledger::LogPlace;
use feiqian_telemetry::{Level, Line, RequestId, write};
use http::{Method, StatusCode};
use serde::Serialize;
use serde_json::json;

use crate::problem::Logged;
use crate::scope::{self, Scope};

/// What stands for a path that no route has, and for a method that HTTP does not define: what
/// callers make up is not repeated.
const OTHER: &str = "other";

/// How a request ended, once its answer is made.
pub(crate) struct Ended<'a> {
    pub(crate) route: Option<&'static str>,
    pub(crate) method: &'a Method,
    pub(crate) status: StatusCode,
    pub(crate) problem: Option<Logged>,
    pub(crate) duration_ms: u64,
}

/// The fields of the line that each request has.
#[derive(Serialize)]
struct Request<'a> {
    route: &'static str,
    method: &'static str,
    status: u16,
    outcome: &'static str,
    #[serde(flatten)]
    problem: Option<Logged>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    subjects: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bank: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    insurer: Option<&'a str>,
    duration_ms: u64,
}

/// Writes the one line of a request.
pub(crate) fn request(scope: &Scope, ended: Ended<'_>) {
    let level = level(ended.status, ended.problem.as_ref());
    let fields = fields(scope, ended);
    write(&Line::new(level, "request", (scope.now)(), &scope.ids, &fields));
}

fn fields<'a>(scope: &'a Scope, ended: Ended<'_>) -> Request<'a> {
    Request {
        route: ended.route.unwrap_or(OTHER),
        method: name_of(ended.method),
        status: ended.status.as_u16(),
        outcome: outcome(ended.status),
        problem: ended.problem,
        subjects: scope.subjects.take(),
        operator: scope.operator.get().map(String::as_str),
        bank: scope.bank.get(),
        insurer: scope.insurer.get(),
        duration_ms: ended.duration_ms,
    }
}

fn level(status: StatusCode, problem: Option<&Logged>) -> Level {
    if status.is_server_error() {
        Level::Error
    } else if problem.is_some_and(Logged::has_cause) {
        Level::Warn
    } else {
        Level::Info
    }
}

/// What a status says of the request: `processing` waits for an outside party, `limited` came
/// too often, `refused` moved nothing, `error` is the service's own.
fn outcome(status: StatusCode) -> &'static str {
    match status.as_u16() {
        202 => "processing",
        200..=399 => "succeeded",
        429 => "limited",
        400..=499 => "refused",
        _ => "error",
    }
}

fn name_of(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => OTHER,
    }
}

/// The fields of a line about an entry in an operator's log. With it the entry's hash leaves the
/// region, so that a chain that is written anew is found out.
#[derive(Serialize)]
struct Acted<'a> {
    operator: &'a str,
    action: &'a str,
    stage: &'static str,
    book: u8,
    sequence: u64,
    hash: &'a str,
}

/// Writes a line about an entry in an operator's log: an intent or its outcome.
pub(crate) fn acted(action: &str, stage: &'static str, place: &LogPlace) {
    let Some(scope) = scope::current() else { return };
    let LogPlace { operator, book, sequence, hash } = place;
    let (book, sequence, hash) = (*book, *sequence, hash.as_str());
    let fields = Acted { operator, action, stage, book, sequence, hash };
    write(&Line::new(Level::Info, "action", (scope.now)(), &scope.ids, &fields));
}

/// The fields of a line about a fault.
#[derive(Serialize)]
struct Fault<'a> {
    what: &'a str,
    cause: String,
}

/// Writes a line about what failed after, or beside, an answer. `what` names the step or
/// the mark; neither it nor the error may hold personal data.
pub fn log_fault(request_id: &RequestId, what: &str, fault: &impl fmt::Display) {
    match scope::current() {
        Some(scope) => in_scope(&scope, what, fault.to_string()),
        None => write(&json!({
            "level": Level::Error, "event": "fault", "request_id": request_id.as_str(),
            "what": what, "cause": fault.to_string(),
        })),
    }
}

/// Writes a line about another component that does not answer as it should.
#[cfg(feature = "spin")]
pub(crate) fn sibling_fault(component: &str, cause: &str) {
    if let Some(scope) = scope::current() {
        in_scope(&scope, component, cause.to_owned());
    }
}

fn in_scope(scope: &Scope, what: &str, cause: String) {
    let fault = Fault { what, cause };
    write(&Line::new(Level::Error, "fault", (scope.now)(), &scope.ids, &fault));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Problem, ProblemCode};
    use feiqian_calendar::Timestamp;
    use feiqian_telemetry::Ids;
    use http::HeaderMap;
    use serde_json::Value;

    fn line(method: &Method, status: u16, problem: Option<&Problem>) -> Value {
        let ids = Ids::of("payment", &HeaderMap::new(), |bytes| bytes.fill(1));
        let scope = Scope::new(ids, Timestamp::default);
        scope.bank.set(Some("unknown"));
        scope.subjects.borrow_mut().push("ord_1".to_owned());
        let status = StatusCode::from_u16(status).unwrap();
        let problem = problem.map(Problem::logged);
        let route = Some("/v1/orders/:order_id/payments");
        let ended = Ended { route, method, status, problem, duration_ms: 7 };
        serde_json::to_value(fields(&scope, ended)).unwrap()
    }

    #[test]
    fn a_line_says_how_a_request_ended() {
        let paid = json!({
            "route": "/v1/orders/:order_id/payments", "method": "POST", "status": 202,
            "outcome": "processing", "subjects": ["ord_1"], "bank": "unknown", "duration_ms": 7,
        });
        assert_eq!(line(&Method::POST, 202, None), paid);
        let problem = Problem::new(ProblemCode::LimitExceeded).with("rule", "class_ii.out.day");
        let refused = line(&Method::POST, 422, Some(&problem));
        assert_eq!(refused["outcome"], "refused");
        assert_eq!(refused["code"], "limit_exceeded");
        assert_eq!(refused["rule"], "class_ii.out.day");
    }

    #[test]
    fn what_a_caller_makes_up_is_not_repeated() {
        let method = Method::from_bytes(b"JOHN-DOE").unwrap();
        assert_eq!(line(&method, 405, None)["method"], "other");
    }

    #[test]
    fn a_cause_is_worth_a_look_and_a_fault_of_ours_an_alarm() {
        let of = |code: ProblemCode, because: bool| {
            let problem = Problem::new(code);
            let problem = if because { problem.because("why") } else { problem };
            level(problem.status(), Some(&problem.logged()))
        };
        assert_eq!(of(ProblemCode::PinIncorrect, false), Level::Info);
        assert_eq!(of(ProblemCode::PinIncorrect, true), Level::Warn);
        assert_eq!(of(ProblemCode::StoreUnavailable, true), Level::Error);
    }
}
