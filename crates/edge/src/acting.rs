//! What named operators do is written down before it is done.

use feiqian_calendar::Day;
use feiqian_flows::{Platform, note_intent, note_outcome};
use feiqian_ledger::{Intent, LogPlace, OPERATOR_LOG_SUBJECTS_MAX, PartnerId, region_of_id};

use crate::{Answer, Call, Operator, OperatorScope, Problem, ProblemCode, log, log_fault};

/// Seconds after which it is worth acting again.
const LOG_RETRY_SECONDS: u64 = 5;

/// What stands for a subject that has the form of no id: what callers make up may be anything.
const OTHER: &str = "other";

/// An operator who may do what a request asks for, and has not done it yet.
///
/// A timer and other automation act as well; what they do is no person's, comes each second,
/// and is in the log line of the request alone.
#[derive(Debug)]
#[must_use = "nothing is done, and nothing is written down, without `perform`"]
pub struct Acting<'a> {
    call: &'a Call,
    operator: &'a Operator,
    scope: OperatorScope,
    subjects: Vec<String>,
    reason: Option<String>,
}

impl<'a> Acting<'a> {
    /// What the path names is what it is about.
    pub(crate) fn new(call: &'a Call, operator: &'a Operator, scope: OperatorScope) -> Self {
        let subjects = call.parameters.iter().map(|(_, text)| subject(text)).collect();
        Self { call, operator, scope, subjects, reason: None }
    }

    /// The operator's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.operator.name
    }

    /// Names what the request is about beside what its path says: an id.
    pub fn about(mut self, id: &str) -> Self {
        self.subjects.push(subject(id));
        self
    }

    /// Says why, in the operator's words. Whatever touches a holder's account asks for it.
    pub fn because(mut self, reason: &str) -> Self {
        self.reason = Some(reason.to_owned());
        self
    }

    /// Writes down what is about to be done, does it, and writes down what came of it. An
    /// outcome that cannot be written down is told in the log, and the answer stands.
    ///
    /// # Errors
    /// `operator_log_unavailable`: it could not be written down, so nothing was done. What the
    /// work answers otherwise.
    pub async fn perform<P: Platform>(
        self,
        platform: &P,
        work: impl AsyncFnOnce() -> Result<Answer, Problem>,
    ) -> Result<Answer, Problem> {
        if self.operator.is_automation() {
            return work().await;
        }
        let request_id = &self.call.request_id;
        let intent = self.intent();
        let action = intent.action.clone();
        let place = note_intent(platform, &self.operator.name, request_id.as_str(), intent)
            .await
            .map_err(|error| {
            Problem::new(ProblemCode::OperatorLogUnavailable)
                .retry_after(LOG_RETRY_SECONDS)
                .because(error)
        })?;
        log::acted(&action, "intent", &place);
        let answered = work().await;
        let (status, code) = match &answered {
            Ok(answer) => (answer.status(), None),
            Err(problem) => (problem.status(), Some(problem.code().as_str())),
        };
        let status = status.as_u16();
        match note_outcome(platform, &place, request_id.as_str(), status, code).await {
            Ok(place) => log::acted(&action, "outcome", &place),
            Err(error) => log_fault(request_id, &outcome_of(&place), &error),
        }
        answered
    }

    fn intent(&self) -> Intent {
        Intent {
            scope: self.scope.as_str().to_owned(),
            action: format!("{} {}", self.call.method, self.call.route),
            subjects: self.subjects.iter().take(OPERATOR_LOG_SUBJECTS_MAX).cloned().collect(),
            reason: self.reason.clone(),
            body_sha256: Intent::digest_of(&self.call.body),
        }
    }
}

/// An id, a day or a partner as it stands; anything else may be what should be in no log.
fn subject(text: &str) -> String {
    let known =
        region_of_id(text).is_some() || Day::parse(text).is_ok() || PartnerId::parse(text).is_ok();
    if known { text.to_owned() } else { OTHER.to_owned() }
}

fn outcome_of(place: &LogPlace) -> String {
    let LogPlace { operator, book, sequence, .. } = place;
    format!("outcome of {operator}/{book}/{sequence}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test::{DeadStore, Desk, call};
    use crate::{Operators, auth};
    use feiqian_flows::{LogQuery, read_operator_log};
    use feiqian_ledger::{AccountId, LogEvent, LogRecord, Region};
    use feiqian_signing::OperatorToken;
    use feiqian_store::MemoryStore;
    use futures::executor::block_on;
    use http::{HeaderValue, StatusCode};
    use std::cell::Cell;

    const AUTOMATION: &str = "an-automation-token-of-32-letters";

    /// The operator alice has the token "abc".
    fn operators() -> Operators {
        let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let json = format!(r#"{{"alice":{{"token_sha256":"{hash}","scopes":["support"]}}}}"#);
        Operators::parse(&json, OperatorToken::new(AUTOMATION).unwrap()).unwrap()
    }

    fn request(token: &str) -> Call {
        let mut call = call("POST", "/v1/test/x", br#"{"pin":"864209"}"#);
        let bearer = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
        call.headers.insert(http::header::AUTHORIZATION, bearer);
        call
    }

    async fn written<P: Platform>(platform: &P) -> Vec<LogRecord> {
        let (from, until) =
            (feiqian_calendar::Timestamp::default(), feiqian_calendar::Timestamp::MAX);
        let query = LogQuery { from, until, before: None, limit: 100 };
        let part = read_operator_log(platform, "alice", &query).await.unwrap();
        part.entries.iter().rev().map(|entry| entry.read().unwrap()).collect()
    }

    #[test]
    fn what_a_person_does_is_written_down_before_and_after() {
        let (desk, operators) = (Desk::new(MemoryStore::default()), operators());
        let call = request("abc");
        let account = AccountId::derive(Region::EXAMPLE, &["a"]);
        let acting = auth::acting(&call, &operators, OperatorScope::Support).unwrap();
        let acting = acting.about(account.as_str()).about("6216261000000000018").because("asked");
        let work = async || {
            assert_eq!(
                written(&desk).await.len(),
                1,
                "the intent is there before anything is done"
            );
            Err(ProblemCode::AccountNotFound.into())
        };
        let answered = block_on(acting.perform(&desk, work)).map(drop).unwrap_err();
        assert_eq!(answered.code(), ProblemCode::AccountNotFound);
        let records = block_on(written(&desk));
        let LogEvent::Intent(intent) = &records[0].event else { panic!("{records:?}") };
        assert_eq!(intent.action, "POST /v1/test/:id");
        assert_eq!(intent.subjects, [account.as_str(), "other"]);
        assert_eq!(intent.reason.as_deref(), Some("asked"));
        assert_eq!(intent.body_sha256.as_ref().map(String::len), Some(64));
        assert!(!format!("{records:?}").contains("864209"));
        let code = Some("account_not_found".to_owned());
        assert_eq!(records[1].event, LogEvent::Outcome { of: 1, status: 404, code });
    }

    #[test]
    fn what_cannot_be_written_down_is_not_done() {
        let (desk, operators) = (Desk::new(DeadStore), operators());
        let call = request("abc");
        let done = Cell::new(false);
        let acting = auth::acting(&call, &operators, OperatorScope::Support).unwrap();
        let work = async || {
            done.set(true);
            Ok(Answer::empty(StatusCode::NO_CONTENT))
        };
        let refused = block_on(acting.perform(&desk, work)).map(drop).unwrap_err();
        assert_eq!(refused.code(), ProblemCode::OperatorLogUnavailable);
        assert_eq!((refused.status().as_u16(), done.get()), (503, false));
    }

    #[test]
    fn what_runs_by_itself_is_no_persons_doing() {
        let (desk, operators) = (Desk::new(DeadStore), operators());
        let call = request(AUTOMATION);
        let acting = auth::acting(&call, &operators, OperatorScope::Worker).unwrap();
        let work = async || Ok(Answer::empty(StatusCode::NO_CONTENT));
        assert_eq!(block_on(acting.perform(&desk, work)).unwrap().status(), 204);
    }
}
