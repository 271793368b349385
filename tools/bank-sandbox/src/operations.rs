//! What the bank does for each request: decisions over the books, without HTTP.

mod card;
mod code;
mod deposit;
mod face;
mod money;
mod statement;

pub use code::{CODE, CODE_TRIES_MAX, CODE_TTL_MS};

use axum::Router;
use feiqian_bank_api::{BankReply, BankRequest};
use feiqian_calendar::Timestamp;
use feiqian_sandbox::{Delivery, Party, Refusal, Server};
use rusqlite::Transaction;
use std::sync::Arc;
use std::time::Duration;

use crate::books::{self, BooksError};
use crate::callbacks::Callbacks;
use crate::inspect;

/// What the bank answers, and how.
pub(crate) type Handled = feiqian_sandbox::Handled<BankReply>;

/// A bank with one card number per behaviour.
#[derive(Debug, Clone)]
pub struct Bank {
    /// Shortest time between two codes for one card (RULES section 3: 60 s).
    pub code_interval: Duration,
    /// Who is told of debits and credits, if anybody is.
    pub callbacks: Option<Callbacks>,
}

impl Default for Bank {
    fn default() -> Self {
        Self { code_interval: Duration::from_secs(60), callbacks: None }
    }
}

impl Party for Bank {
    type Request = BankRequest;

    const SCHEMA: &'static str = books::SCHEMA;

    fn look_up(
        &self,
        tx: &Transaction<'_>,
        request: &BankRequest,
        now: Timestamp,
    ) -> Result<Option<Handled>, Refusal> {
        Ok(Some(match request {
            BankRequest::Query { request_id } => money::query(tx, request_id, now)?,
            BankRequest::VerifyFace { name, .. } => Handled::at_once(face::verify(name)),
            BankRequest::Statement { day } => statement::statement(tx, day)?,
            BankRequest::Deposits => deposit::list(tx)?,
            _ => return Ok(None),
        }))
    }

    fn carry_out(
        &self,
        tx: &Transaction<'_>,
        request: &BankRequest,
        sent_before: bool,
        now: Timestamp,
    ) -> Result<Handled, BooksError> {
        Ok(match request {
            BankRequest::VerifyCard { elements, .. } => card::verify(elements),
            BankRequest::SendCode { request_id, elements } => {
                let interval_ms = u64::try_from(self.code_interval.as_millis()).unwrap_or(u64::MAX);
                code::send(tx, request_id, elements, interval_ms, now)?
            }
            BankRequest::CheckCode { code_request_id, code, .. } => {
                code::check(tx, code_request_id, code, now)?
            }
            BankRequest::AnswerDeposit { request_id, reference, taken } => {
                deposit::answer(tx, request_id, reference, *taken, now)?
            }
            BankRequest::ReportAbnormal { .. } => Handled::at_once(BankReply::ReportTaken),
            _ => money::transfer(tx, request, sent_before, now)?,
        })
    }

    fn answered(&self, request: &BankRequest, reply: &BankReply) {
        if let Some(callbacks) = &self.callbacks {
            callbacks.tell(request, reply);
        }
    }

    fn routes() -> Router<Arc<Server<Self>>> {
        inspect::routes()
    }
}
