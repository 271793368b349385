//! What the bank does for each request: decisions over the books, without HTTP.

mod card;
mod code;
mod face;
mod money;
mod statement;

pub use code::{CODE, CODE_TRIES_MAX, CODE_TTL_MS};

use data_encoding::HEXLOWER;
use feiqian_bank_api::{BankReply, BankRequest};
use feiqian_calendar::Timestamp;
use rusqlite::Transaction;
use sha2::{Digest, Sha256};

use crate::books::{self, BooksError, Recorded};

/// How an answer is brought to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// As it should be.
    AtOnce,
    /// Late, but in time.
    Slow,
    /// Too late.
    Late,
    /// Too late, and nothing was done.
    Lost,
    /// As a 500.
    ServerError,
    /// With a wrong signature.
    BadSignature,
    /// As something else than JSON.
    Unreadable,
    /// With a pause in the middle of the body.
    Stalled,
}

/// What the bank answers, and how.
#[derive(Debug)]
pub(crate) struct Handled {
    pub(crate) reply: BankReply,
    pub(crate) delivery: Delivery,
}

impl Handled {
    const fn at_once(reply: BankReply) -> Self {
        Self { reply, delivery: Delivery::AtOnce }
    }
}

/// Why the bank gives no answer to a signed and readable request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// The request id was used for something else.
    #[error("the request id was used before for another request")]
    OtherContent,
    /// No such day.
    #[error("the day is not written YYYY-MM-DD, or does not exist")]
    Day,
    /// More movements than a statement may have.
    #[error("the day has more movements than one statement can list")]
    StatementTooLong,
    /// The bank's own fault.
    #[error(transparent)]
    Books(#[from] BooksError),
}

/// Carries a request out, once per request id.
pub(crate) fn handle(
    tx: &Transaction<'_>,
    request: &BankRequest,
    code_interval_ms: u64,
    now: Timestamp,
) -> Result<Handled, Refusal> {
    match request {
        BankRequest::Query { request_id } => return Ok(money::query(tx, request_id, now)?),
        BankRequest::VerifyFace { name, .. } => return Ok(Handled::at_once(face::verify(name))),
        BankRequest::Statement { day } => return statement::statement(tx, day),
        _ => {}
    }
    let text = serde_json::to_string(request).map_err(BooksError::from)?;
    let fingerprint = HEXLOWER.encode(&Sha256::digest(&text));
    let request_id = request.request_id();
    if let Some(recorded) = books::find_request(tx, request_id)? {
        if recorded.fingerprint != fingerprint {
            return Err(Refusal::OtherContent);
        }
        return Ok(Handled::at_once(recorded.reply));
    }
    let lost = books::find_lost(tx, request_id)?;
    if lost.as_ref().is_some_and(|earlier| *earlier != fingerprint) {
        return Err(Refusal::OtherContent);
    }
    let handled = match request {
        BankRequest::VerifyCard { elements, .. } => card::verify(elements),
        BankRequest::SendCode { elements, .. } => {
            code::send(tx, request_id, elements, code_interval_ms, now)?
        }
        BankRequest::CheckCode { code_request_id, code, .. } => {
            code::check(tx, code_request_id, code, now)?
        }
        BankRequest::ReportAbnormal { .. } => Handled::at_once(BankReply::ReportTaken),
        _ => money::transfer(tx, request, lost.is_some(), now)?,
    };
    if handled.delivery == Delivery::Lost {
        books::insert_lost(tx, request_id, &fingerprint)?;
    } else {
        let operation = request.operation().to_owned();
        let reply = handled.reply.clone();
        let recorded = Recorded { operation, fingerprint, request: text, reply };
        books::insert_request(tx, request_id, &recorded)?;
    }
    Ok(handled)
}
