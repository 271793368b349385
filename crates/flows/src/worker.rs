use std::fmt;

use feiqian_store::{Pending, Store};

use crate::activation::settle_opening;
use crate::adjustments::settle_adjustment;
use crate::marks::{Mark, RETRY_AFTER_MS, STUCK_AFTER_TRIES, replace_mark};
use crate::medical::{settle_visit, settle_visit_refund};
use crate::operations::settle_operation;
use crate::payment::settle_payment;
use crate::refund::settle_refund;
use crate::reports::settle_report;
use crate::settlements::settle_merchant;
use crate::{FlowError, Platform, Policy, Vault};

/// Marks that one run of the worker takes up: a run stays within a request's time even
/// when each of them asks a slow bank.
pub const WORKER_BATCH_MAX: usize = 32;

/// What became of a mark that was taken up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress<F> {
    /// Its operation came to its end, and the mark is gone.
    Finished,
    /// It waits for an outside party; the mark is still there.
    Waiting(F),
    /// Its operation could not be brought to its end; the mark is still there.
    Failed(F),
}

/// Why an operation has not come to its end.
pub trait Reason: fmt::Display {
    /// The same in one word of `[a-z_]`, at most 32 characters, for the mark.
    fn word(&self) -> &str;
}

/// Brings what marks are about to its end.
///
/// The worker knows when a mark is due; whoever started an operation knows how it ends.
pub trait Settler {
    /// Why an operation has not come to its end.
    type Failure: Reason;

    /// Takes up one mark. Taking up the same one twice, also at once, is harmless.
    async fn settle(&self, mark: &Mark, pending: &Pending) -> Progress<Self::Failure>;
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

    async fn settle(&self, mark: &Mark, pending: &Pending) -> Progress<FlowError> {
        let Self { platform, policy, vault } = self;
        progress(match mark {
            Mark::Opening(_) => settle_opening(*platform, policy, vault, pending).await,
            Mark::Report { .. } => settle_report(*platform, policy.calendar, pending).await,
            Mark::Payment { .. } => settle_payment(*platform, pending).await,
            Mark::TopUp(_) | Mark::Withdrawal(_) | Mark::Transfer(_) | Mark::Deposit(_) => {
                settle_operation(*platform, policy, pending).await
            }
            Mark::Adjustment(_) => settle_adjustment(*platform, pending).await,
            Mark::Refund { .. } => settle_refund(*platform, policy, pending).await,
            Mark::Visit(_) => settle_visit(*platform, policy, pending).await,
            Mark::VisitRefund { .. } => settle_visit_refund(*platform, policy, pending).await,
            Mark::Settlement(_) => {
                settle_merchant(*platform, policy.calendar, vault, pending).await
            }
        })
    }
}

/// What an attempt to settle a mark comes to: an unclear answer of the bank is a wait.
#[must_use]
pub fn progress(outcome: Result<(), FlowError>) -> Progress<FlowError> {
    match outcome {
        Ok(()) => Progress::Finished,
        Err(error @ (FlowError::BankUnavailable | FlowError::InsurerUnavailable)) => {
            Progress::Waiting(error)
        }
        Err(error) => Progress::Failed(error),
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
    /// Those of both whose tries have come to [`STUCK_AFTER_TRIES`] or more.
    pub stuck: Vec<Pending>,
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
    let mut report =
        WorkerReport { finished: 0, postponed: 0, failures: Vec::new(), stuck: Vec::new() };
    for pending in due {
        let Some((mark, tries)) = Mark::parse(&pending) else {
            let failure = Failure::NoMark(pending.name.clone());
            report.failures.push((pending, failure));
            continue;
        };
        let progress = settler.settle(&mark, &pending).await;
        if let Progress::Waiting(why) | Progress::Failed(why) = &progress {
            let tries = tries.saturating_add(1);
            postpone(platform, &pending, &mark, tries, why.word()).await?;
            if tries >= STUCK_AFTER_TRIES {
                report.stuck.push(pending.clone());
            }
        }
        match progress {
            Progress::Finished => report.finished += 1,
            Progress::Waiting(_) => report.postponed += 1,
            Progress::Failed(why) => report.failures.push((pending, Failure::Unsettled(why))),
        }
    }
    Ok(report)
}

/// Sets a mark anew for later.
async fn postpone<P: Platform>(
    platform: &P,
    pending: &Pending,
    mark: &Mark,
    tries: u32,
    reason: &str,
) -> Result<(), FlowError> {
    let last = RETRY_AFTER_MS.len() - 1;
    let before = usize::try_from(tries.saturating_sub(1)).unwrap_or(last);
    let wait = RETRY_AFTER_MS[before.min(last)];
    let next = mark.postponed(platform.now().plus_millis(wait), tries, reason);
    replace_mark(platform, pending, &next).await
}
