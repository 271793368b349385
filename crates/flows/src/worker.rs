use std::fmt;

use feiqian_calendar::Timestamp;
use feiqian_store::{Pending, Store};

use crate::activation::settle_opening;
use crate::card_move::settle_card_move;
use crate::marks::{Mark, RETRY_AFTER_MS};
use crate::payment::settle_payment;
use crate::refund::settle_refund;
use crate::{FlowError, Platform, Policy, Vault};

/// Marks that one run of the worker takes up: a run stays within a request's time even
/// when each of them asks a slow bank.
pub const WORKER_BATCH_MAX: usize = 32;

/// What became of a mark that was taken up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Its operation came to its end, and the mark is gone.
    Finished,
    /// It waits for an outside party; the mark is still there.
    Waiting,
}

/// Brings what marks are about to its end.
///
/// The worker knows when a mark is due; whoever started an operation knows how it ends.
pub trait Settler {
    /// Why an operation could not be brought to its end. The mark is still there.
    type Failure: fmt::Display;

    /// Takes up one mark. Taking up the same one twice, also at once, is harmless.
    ///
    /// # Errors
    /// [`Self::Failure`]; the worker puts the mark off and reports it.
    async fn settle(&self, mark: &Mark, pending: &Pending) -> Result<Progress, Self::Failure>;
}

/// Settles every mark with the functions that its request would have run.
#[derive(Debug)]
pub struct InProcess<'a, P> {
    /// What the flows run on.
    pub platform: &'a P,
    /// What the region decides.
    pub policy: &'a Policy,
    /// The keys to personal data.
    pub vault: &'a Vault,
}

impl<P: Platform> Settler for InProcess<'_, P> {
    type Failure = FlowError;

    async fn settle(&self, mark: &Mark, pending: &Pending) -> Result<Progress, FlowError> {
        let Self { platform, policy, vault } = self;
        progress(match mark {
            Mark::Opening(_) => settle_opening(*platform, policy, vault, pending).await,
            Mark::Payment { .. } => settle_payment(*platform, pending).await,
            Mark::TopUp(_) | Mark::Withdrawal(_) => settle_card_move(*platform, pending).await,
            Mark::Refund { .. } => settle_refund(*platform, policy, pending).await,
        })
    }
}

/// What an attempt to settle a mark comes to: an unclear answer of the bank is a wait.
///
/// # Errors
/// Every other error.
pub fn progress(outcome: Result<(), FlowError>) -> Result<Progress, FlowError> {
    match outcome {
        Ok(()) => Ok(Progress::Finished),
        Err(FlowError::BankUnavailable) => Ok(Progress::Waiting),
        Err(error) => Err(error),
    }
}

/// What a run of the worker did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerReport<F> {
    /// Marks whose operation came to its end.
    pub finished: usize,
    /// Marks that wait for an outside party and were put off.
    pub postponed: usize,
    /// What went wrong with the others, which were put off as well.
    pub failures: Vec<(Pending, Failure<F>)>,
}

/// What went wrong with a mark.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure<F> {
    /// It is no mark of this code. It stays, for code that knows it and for the operator.
    #[error("{0} is no mark")]
    NoMark(String),
    /// Its operation could not be brought to its end.
    #[error("{0}")]
    Unsettled(F),
}

/// A mark as operators see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingItem {
    /// When the worker takes it up.
    pub due: Timestamp,
    /// How often it has.
    pub tries: u32,
    /// What it is about; none if it is no mark of this code.
    pub mark: Option<Mark>,
    /// The mark's name in the store.
    pub name: String,
}

/// Takes up to [`WORKER_BATCH_MAX`] due marks and lets `settler` bring each operation to
/// its end. Two runs at once are harmless.
///
/// # Errors
/// That the marks could not be listed or put off. A mark whose operation fails is put off
/// and reported; the run goes on.
pub async fn run_worker<P: Platform, S: Settler>(
    platform: &P,
    settler: &S,
) -> Result<WorkerReport<S::Failure>, FlowError> {
    let due = platform.store().pending_due(platform.now(), WORKER_BATCH_MAX).await?;
    let mut report = WorkerReport { finished: 0, postponed: 0, failures: Vec::new() };
    for pending in due {
        let Some((mark, tries)) = Mark::parse(&pending) else {
            let failure = Failure::NoMark(pending.name.clone());
            report.failures.push((pending, failure));
            continue;
        };
        let outcome = settler.settle(&mark, &pending).await;
        if !matches!(outcome, Ok(Progress::Finished)) {
            postpone(platform, &pending, &mark, tries).await?;
        }
        match outcome {
            Ok(Progress::Finished) => report.finished += 1,
            Ok(Progress::Waiting) => report.postponed += 1,
            Err(failure) => report.failures.push((pending, Failure::Unsettled(failure))),
        }
    }
    Ok(report)
}

/// Sets a mark anew for later, then drops the old one: dying in between leaves both, and
/// the second to be taken up finds nothing to do.
async fn postpone<P: Platform>(
    platform: &P,
    pending: &Pending,
    mark: &Mark,
    tries: u32,
) -> Result<(), FlowError> {
    let last = RETRY_AFTER_MS.len() - 1;
    let wait = RETRY_AFTER_MS[usize::try_from(tries).unwrap_or(last).min(last)];
    let next = mark.pending(platform.now().plus_millis(wait), tries.saturating_add(1));
    platform.store().pending_add(&next).await?;
    Ok(platform.store().pending_done(pending).await?)
}

/// The marks that exist, the longest due first, at most `limit`.
///
/// # Errors
/// That the store did not answer.
pub async fn list_pending<P: Platform>(
    platform: &P,
    limit: usize,
) -> Result<Vec<PendingItem>, FlowError> {
    let marks = platform.store().pending_due(Timestamp::MAX, limit).await?;
    Ok(marks
        .into_iter()
        .map(|pending| {
            let parsed = Mark::parse(&pending);
            let tries = parsed.as_ref().map_or(0, |(_, tries)| *tries);
            let mark = parsed.map(|(mark, _)| mark);
            PendingItem { due: pending.due, tries, mark, name: pending.name }
        })
        .collect())
}
