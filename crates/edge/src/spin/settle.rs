use std::fmt;

use bytes::Bytes;
use feiqian_flows::{Progress, Reason};
use feiqian_store::Pending;
use serde::Deserialize;
use spin_sdk::wasip3::http::types::Method;

use super::{sibling, wire};
use crate::settlement::{SETTLEMENTS_PATH, SettlementBody};
use crate::{MAX_BODY_BYTES, ProblemCode};

/// Says that the operation has ended.
const NO_CONTENT: u16 = 204;

/// Says that the mark should be taken up again, and that this is no fault.
const UNAVAILABLE: u16 = 503;

/// Characters of an unexpected answer that are worth a place in a log.
const SHOWN_CHARS_MAX: usize = 200;

/// The longest code that is taken for one ([`Reason::word`]).
const CODE_CHARS_MAX: usize = 32;

/// Why a component has not finished an operation.
#[derive(Debug)]
pub struct Unsettled {
    code: String,
    text: String,
}

impl Unsettled {
    fn new(code: &str, text: String) -> Self {
        Self { code: code.to_owned(), text }
    }
}

impl fmt::Display for Unsettled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Reason for Unsettled {
    fn word(&self) -> &str {
        &self.code
    }
}

/// What is read of a problem.
#[derive(Deserialize)]
struct Coded {
    code: String,
}

/// Lets the component that set a mark bring its operation to its end.
pub async fn settle_at(component: &str, pending: &Pending) -> Progress<Unsettled> {
    let body = SettlementBody { mark: pending.to_key() };
    let sent = match serde_json::to_vec(&body) {
        Ok(body) => {
            sibling::send(component, Method::Post, SETTLEMENTS_PATH, Bytes::from(body)).await
        }
        Err(error) => return Progress::Failed(Unsettled::new("no_answer", error.to_string())),
    };
    let response = match sent {
        Ok(response) => response,
        Err(error) => {
            let text = format!("{component} does not answer: {error:?}");
            return Progress::Failed(Unsettled::new("no_answer", text));
        }
    };
    let status = response.get_status_code();
    if status == NO_CONTENT {
        return Progress::Finished;
    }
    let body = wire::response_body(response, MAX_BODY_BYTES).await.unwrap_or_default();
    let why = Unsettled::new(&code_of(&body), shown(component, status, &body));
    if status == UNAVAILABLE || why.code == ProblemCode::BankUnavailable.as_str() {
        Progress::Waiting(why)
    } else {
        Progress::Failed(why)
    }
}

fn shown(component: &str, status: u16, body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let shown: String = text.chars().take(SHOWN_CHARS_MAX).collect();
    format!("{component} answers {status}: {shown}")
}

/// The code of a problem, if it is one.
fn code_of(body: &[u8]) -> String {
    let code = feiqian_json::from_slice(body).map(|Coded { code }| code).unwrap_or_default();
    let plain = code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if (1..=CODE_CHARS_MAX).contains(&code.len()) && plain { code } else { "no_problem".to_owned() }
}
