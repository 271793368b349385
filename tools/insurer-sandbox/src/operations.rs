//! What the insurer does for each request: decisions over the books, without HTTP.

mod settle;
mod split;
mod statement;

use axum::Router;
use data_encoding::HEXLOWER;
use feiqian_calendar::Timestamp;
use feiqian_insurer_api::{DeclineReason, InsurerReply, InsurerRequest};
use feiqian_sandbox::{BooksError, Party, Refusal, Server};
use rusqlite::Transaction;
use sha2::{Digest, Sha256};
use std::sync::Arc;

use crate::{books, inspect, people};

/// What the insurer answers, and how.
pub(crate) type Handled = feiqian_sandbox::Handled<InsurerReply>;

/// Bytes of a digest that a token keeps.
const TOKEN_BYTES: usize = 16;

/// A medical insurer with one person per behaviour.
#[derive(Debug, Clone, Copy, Default)]
pub struct Insurer;

impl Party for Insurer {
    type Request = InsurerRequest;

    const SCHEMA: &'static str = books::SCHEMA;

    fn look_up(
        &self,
        tx: &Transaction<'_>,
        request: &InsurerRequest,
        now: Timestamp,
    ) -> Result<Option<Handled>, Refusal> {
        Ok(Some(match request {
            InsurerRequest::Query { request_id } => settle::query(tx, request_id, now)?,
            InsurerRequest::Presettle { claim, .. } => split::presettle(tx, claim)?,
            InsurerRequest::Statement { day } => statement::statement(tx, day)?,
            _ => return Ok(None),
        }))
    }

    fn carry_out(
        &self,
        tx: &Transaction<'_>,
        request: &InsurerRequest,
        sent_before: bool,
        now: Timestamp,
    ) -> Result<Handled, BooksError> {
        match request {
            InsurerRequest::Activate { name, resident_id, .. } => activate(tx, name, resident_id),
            InsurerRequest::Commit { request_id, claim } => {
                settle::commit(tx, request_id, claim, sent_before, now)
            }
            InsurerRequest::Reverse { request_id, commit, lines } => {
                settle::reverse(tx, request_id, commit, lines, sent_before, now)
            }
            _ => Ok(declined(DeclineReason::Other)),
        }
    }

    fn routes() -> Router<Arc<Server<Self>>> {
        inspect::routes()
    }
}

fn declined(reason: DeclineReason) -> Handled {
    Handled::at_once(InsurerReply::Declined { reason })
}

/// A person's credential: the same token whoever asks, and insured in the city of the
/// resident ID.
fn activate(tx: &Transaction<'_>, name: &str, resident_id: &str) -> Result<Handled, BooksError> {
    if name == people::NO_CREDENTIAL {
        return Ok(declined(DeclineReason::NoCredential));
    }
    let digest = Sha256::digest(resident_id);
    let token = format!("ins_{}", HEXLOWER.encode(&digest[..TOKEN_BYTES]));
    let has_account = ![people::POOLED_ONLY, people::FULLY_COVERED].contains(&name);
    books::enrol(tx, &token, name, has_account)?;
    let city: String = resident_id.chars().take(4).collect();
    let region = format!("{city}00");
    Ok(Handled::at_once(InsurerReply::Credential { token, region }))
}
