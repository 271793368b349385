use data_encoding::HEXLOWER;
use feiqian_calendar::Timestamp;
use feiqian_gateway_api::GatewayRequest;
use rusqlite::Transaction;
use sha2::{Digest, Sha256};
use std::sync::Arc;

use crate::books::BooksError;
use crate::requests::{Recorded, find_lost, find_request, insert_lost, insert_request};
use crate::server::Server;

/// How an answer is brought to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
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

/// What a party answers, and how.
#[derive(Debug)]
pub struct Handled<R> {
    /// The answer.
    pub reply: R,
    /// Its way.
    pub delivery: Delivery,
}

impl<R> Handled<R> {
    /// An answer as it should be.
    pub const fn at_once(reply: R) -> Self {
        Self { reply, delivery: Delivery::AtOnce }
    }
}

/// Why a party gives no answer to a signed and readable request.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The request id was used for something else.
    #[error("the request id was used before for another request")]
    OtherContent,
    /// No such day.
    #[error("the day is not written YYYY-MM-DD, or does not exist")]
    Day,
    /// More movements than a statement may have.
    #[error("the day has more movements than one statement can list")]
    StatementTooLong,
    /// The party's own fault.
    #[error(transparent)]
    Books(#[from] BooksError),
}

/// A request's reply.
pub(crate) type Reply<P> = <<P as Party>::Request as GatewayRequest>::Reply;

/// An outside party: what it does with requests, over its books.
pub trait Party: Send + Sync + Sized + 'static {
    /// What it takes.
    type Request: GatewayRequest<Reply: Send> + Send + 'static;

    /// The tables of its own, beside those of requests.
    const SCHEMA: &'static str;

    /// Answers what is not written down, since it does nothing: questions. None for the rest.
    ///
    /// # Errors
    /// Why there is no answer.
    fn look_up(
        &self,
        tx: &Transaction<'_>,
        request: &Self::Request,
        now: Timestamp,
    ) -> Result<Option<Handled<Reply<Self>>>, Refusal>;

    /// Carries out a request that was never carried out. `sent_before` says that an attempt of
    /// it was lost on purpose.
    ///
    /// # Errors
    /// That the books cannot be used.
    fn carry_out(
        &self,
        tx: &Transaction<'_>,
        request: &Self::Request,
        sent_before: bool,
        now: Timestamp,
    ) -> Result<Handled<Reply<Self>>, BooksError>;

    /// Hears of a request that was answered, once that is written down: what a party tells of
    /// itself goes out here. It must not wait.
    fn answered(&self, _request: &Self::Request, _reply: &Reply<Self>) {}

    /// The routes for people and tests below `/sandbox/`.
    fn routes() -> axum::Router<Arc<Server<Self>>>;
}

/// Carries a request out, once per request id.
pub(crate) fn handle<P: Party>(
    party: &P,
    tx: &Transaction<'_>,
    request: &P::Request,
    now: Timestamp,
) -> Result<Handled<Reply<P>>, Refusal> {
    if let Some(handled) = party.look_up(tx, request, now)? {
        return Ok(handled);
    }
    let text = serde_json::to_string(request).map_err(BooksError::from)?;
    let fingerprint = HEXLOWER.encode(&Sha256::digest(&text));
    let request_id = request.request_id();
    if let Some(recorded) = find_request(tx, request_id)? {
        if recorded.fingerprint != fingerprint {
            return Err(Refusal::OtherContent);
        }
        return Ok(Handled::at_once(recorded.reply));
    }
    let lost = find_lost(tx, request_id)?;
    if lost.as_ref().is_some_and(|earlier| *earlier != fingerprint) {
        return Err(Refusal::OtherContent);
    }
    let handled = party.carry_out(tx, request, lost.is_some(), now)?;
    if handled.delivery == Delivery::Lost {
        insert_lost(tx, request_id, &fingerprint)?;
    } else {
        let operation = request.operation().to_owned();
        let reply = handled.reply.clone();
        let recorded = Recorded { operation, fingerprint, request: text, reply };
        insert_request(tx, request_id, &recorded)?;
    }
    Ok(handled)
}
