use feiqian_calendar::Timestamp;
use feiqian_store::{Pending, Store};

use crate::activation::resume_opening;
use crate::marks::{Mark, RETRY_AFTER_MS};
use crate::payment::settle_payment;
use crate::top_up::settle_top_up;
use crate::{FlowError, Platform, Policy, Vault};

/// Marks that one run of the worker takes up: a run stays within a request's time even
/// when each of them asks a slow bank.
pub const WORKER_BATCH_MAX: usize = 32;

/// What a run of the worker did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkerReport {
    /// Marks whose operation came to its end.
    pub finished: usize,
    /// Marks that wait for an outside party and were put off.
    pub postponed: usize,
    /// What went wrong with the others, which were put off as well.
    pub failures: Vec<(Pending, FlowError)>,
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

/// Takes up to [`WORKER_BATCH_MAX`] due marks and brings each operation to its end with
/// the same functions that its request would have run. Two runs at once are harmless.
///
/// # Errors
/// That the marks could not be listed or put off. A mark whose operation fails is put off
/// and reported; the run goes on.
pub async fn run_worker<P: Platform>(
    platform: &P,
    policy: &Policy,
    vault: &Vault,
) -> Result<WorkerReport, FlowError> {
    let due = platform.store().pending_due(platform.now(), WORKER_BATCH_MAX).await?;
    let mut report = WorkerReport::default();
    for pending in due {
        let Some((mark, tries)) = Mark::parse(&pending) else {
            let error = FlowError::Inconsistent(format!("{} is no mark", pending.name));
            report.failures.push((pending, error));
            continue;
        };
        let outcome = match &mark {
            Mark::Opening(id) => resume_opening(platform, policy, vault, id, &pending).await,
            Mark::Payment { .. } => settle_payment(platform, &pending).await,
            Mark::TopUp(_) => settle_top_up(platform, &pending).await,
        };
        match outcome {
            Ok(()) => report.finished += 1,
            Err(error) => {
                postpone(platform, &pending, &mark, tries).await?;
                match error {
                    FlowError::BankUnavailable => report.postponed += 1,
                    error => report.failures.push((pending, error)),
                }
            }
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
