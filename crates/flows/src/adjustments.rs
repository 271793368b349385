//! Adjustments of customers' accounts, which one operator proposes and another approves.

use feiqian_calendar::Timestamp;
use feiqian_ledger::account::{Adjust, Outcome};
use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_ledger::{
    ADJUSTMENT_LIFETIME_MS, Account, AccountId, Adjustment, AdjustmentDirection, EntryKind,
    Fingerprint, InternalName, Movement, Operation, OperationId, OperationKind, OperationState,
    Refusal,
};
use feiqian_money::Amount;
use feiqian_store::{Pending, Store};

use crate::accounts::check_fingerprint;
use crate::arbiter::Arbiter;
use crate::credits::receive;
use crate::documents::{Decision, change, create, load};
use crate::internal::{post_internal, shard_for};
use crate::marks::{Mark, RESUME_AFTER_MS, replace_mark};
use crate::operations::{operation_of, step};
use crate::{FlowError, Platform, Subject};

/// How long the mark of an adjustment that was not approved stands before it is looked at again,
/// milliseconds: an approver may have died, or only sleep and approve yet.
const UNDECIDED_AFTER_MS: u64 = 30 * 60 * 1000;

/// An operator's proposal to adjust an account.
#[derive(Debug, Clone)]
pub struct ProposeAdjustmentRequest {
    /// The operator's name.
    pub maker: String,
    /// The idempotency key.
    pub key: String,
    /// The account.
    pub account: AccountId,
    /// Which way the money goes.
    pub direction: AdjustmentDirection,
    /// How much, above zero and at most [`ADJUSTMENT_MAX`](feiqian_ledger::ADJUSTMENT_MAX).
    pub amount: Amount,
    /// Why, for operators: at most [`TEXT_CHARS_MAX`](feiqian_ledger::TEXT_CHARS_MAX) characters.
    pub reason: String,
    /// What it refers to, as the holder will see it: as long at the most.
    pub reference: String,
}

/// A proposed adjustment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposed {
    /// It, as it stands now.
    pub operation: Operation,
    /// Whether an earlier request with the same key had got this far.
    pub replayed: bool,
}

/// An adjustment that was decided about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// It, as it stands now.
    pub operation: Operation,
    /// Whether the same operator had decided the same before.
    pub replayed: bool,
}

/// Where an adjustment stands, for operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdjustmentStatus {
    /// It waits for another operator.
    Proposed,
    /// It is approved; its money has not moved on both sides yet.
    Approved,
    /// Its money has moved.
    Succeeded,
    /// It was approved, and the account refused it: nothing has moved, and nothing will.
    Failed,
    /// Another operator rejected it.
    Rejected,
    /// Nobody decided about it in its time.
    Expired,
}

impl AdjustmentStatus {
    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Approved => "approved",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
        }
    }
}

/// Where an adjustment stands at an instant.
#[must_use]
pub fn adjustment_status(operation: &Operation, now: Timestamp) -> AdjustmentStatus {
    let over = operation.adjustment().is_some_and(|adjustment| now >= adjustment.expires_at);
    match &operation.state {
        OperationState::Created if over => AdjustmentStatus::Expired,
        OperationState::Created | OperationState::Waiting => AdjustmentStatus::Proposed,
        OperationState::Requested
        | OperationState::Debited { .. }
        | OperationState::PaidOut { .. } => AdjustmentStatus::Approved,
        OperationState::Succeeded { .. } => AdjustmentStatus::Succeeded,
        OperationState::Failed { reason: Refusal::AdjustmentRejected, .. } => {
            AdjustmentStatus::Rejected
        }
        OperationState::Failed { reason: Refusal::AdjustmentExpired, .. } => {
            AdjustmentStatus::Expired
        }
        OperationState::Failed { .. } => AdjustmentStatus::Failed,
    }
}

/// Writes down that an operator proposes to adjust an account. No money moves by it.
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. the account is read | nothing has happened |
/// | 2. a shard of the adjustments account exists | it stays, empty |
/// | 3. the operation is written down, by the maker and the key | asking again finds it. Within this step the id may stay in progress for good: a new key proposes anew |
///
/// # Errors
/// [`FlowError::NotFound`] if there is no such account, [`FlowError::KeyReused`],
/// [`FlowError::InProgress`].
pub async fn propose_adjustment<P: Platform>(
    platform: &P,
    request: ProposeAdjustmentRequest,
) -> Result<Proposed, FlowError> {
    let ProposeAdjustmentRequest { maker, key, account, direction, amount, reason, reference } =
        request;
    let document: Option<Account> = load(platform, &Account::key(&account)).await?;
    document.ok_or(FlowError::NotFound(Subject::Account))?;
    let shard = shard_for(platform, &InternalName::Adjustments, account.as_str()).await?;
    let id = OperationId::derive(account.region(), &["adjustment", &maker, &key]);
    let minor = amount.minor().to_string();
    let fingerprint =
        Fingerprint::of(&[account.as_str(), direction.as_str(), &minor, &reason, &reference]);
    let now = platform.now();
    let expires_at = now.plus_millis(ADJUSTMENT_LIFETIME_MS);
    let adjustment =
        Adjustment { direction, reason, reference, maker, shard, expires_at, decision: None };
    let kind = OperationKind::Adjustment(Box::new(adjustment));
    let state = OperationState::Created;
    let operation = Operation::new(id, account, kind, amount, fingerprint, now, state);
    match create(platform, &Operation::key(&operation.id), &operation).await? {
        None => Ok(Proposed { operation, replayed: false }),
        Some(known) => {
            check_fingerprint(&known.fingerprint, &operation.fingerprint)?;
            Ok(Proposed { operation: known, replayed: true })
        }
    }
}

/// Reads an adjustment.
///
/// # Errors
/// [`FlowError::NotFound`] if there is none with this id.
pub async fn load_adjustment<P: Platform>(
    platform: &P,
    id: &OperationId,
) -> Result<Operation, FlowError> {
    let operation: Option<Operation> = load(platform, &Operation::key(id)).await?;
    operation
        .filter(|operation| operation.adjustment().is_some())
        .ok_or(FlowError::NotFound(Subject::Adjustment))
}

/// Lets an operator approve an adjustment or reject it. What is approved moves its money before
/// the answer, or later by the worker.
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. the adjustment is read, and could be decided so | nothing has happened |
/// | 2. to approve it: the pending mark is set | [`settle_adjustment`] by the worker, which moves nothing that is not approved |
/// | 3. the operation is swapped: approved or rejected, *the decision* | approved: the worker goes on |
/// | 4. [`settle_adjustment`] | the worker |
///
/// A mark stays until the adjustment is over, so that an approver who only slept between 2 and 3
/// leaves no approved adjustment behind that nobody finishes.
///
/// # Errors
/// [`FlowError::NotFound`]; [`FlowError::Refused`] for its maker, after another decision, and
/// after its time. After [`FlowError::StoreUnavailable`] or [`FlowError::Contended`] it may be
/// decided: asking again tells.
pub async fn decide_adjustment<P: Platform>(
    platform: &P,
    checker: &str,
    id: &OperationId,
    approved: bool,
) -> Result<Decided, FlowError> {
    let mut seen = load_adjustment(platform, id).await?;
    if let Err(refusal) = seen.decide_adjustment(checker, approved, platform.now()) {
        return refuse(platform, id, refusal).await;
    }
    let due = platform.now().plus_millis(RESUME_AFTER_MS);
    let mark = Mark::Adjustment(id.clone()).pending(due, 0);
    if approved && !seen.state.is_final() && !mutant(Mutant::AdjustmentUnmarked) {
        platform.store().pending_add(&mark).await?;
    }
    let decided = change(platform, &Operation::key(id), async |operation: &mut Operation| {
        let decided = operation.decide_adjustment(checker, approved, platform.now());
        let now = operation.clone();
        Ok(if decided == Ok(true) {
            Decision::Write(decided.map(|news| (now, news)))
        } else {
            Decision::Keep(decided.map(|news| (now, news)))
        })
    })
    .await?;
    let (operation, news) = match decided {
        Ok(decided) => decided,
        Err(refusal) => return refuse(platform, id, refusal).await,
    };
    let replayed = !news;
    if operation.state.is_final() {
        return Ok(Decided { operation, replayed });
    }
    match settle_adjustment(platform, &mark).await {
        // The mark stands: the worker goes on with it.
        Ok(()) | Err(FlowError::Contended) => {}
        Err(error) => return Err(error),
    }
    Ok(Decided { operation: operation_of(platform, id).await?, replayed })
}

/// Answers a refusal. That it is too late is written down, so that it stays so.
async fn refuse<P: Platform>(
    platform: &P,
    id: &OperationId,
    refusal: Refusal,
) -> Result<Decided, FlowError> {
    if refusal == Refusal::AdjustmentExpired {
        expire(platform, id).await?;
    }
    Err(refusal.into())
}

async fn expire<P: Platform>(platform: &P, id: &OperationId) -> Result<Operation, FlowError> {
    change(platform, &Operation::key(id), async |operation: &mut Operation| {
        let news = operation.expire_adjustment(platform.now());
        let now = operation.clone();
        Ok(if news { Decision::Write(now) } else { Decision::Keep(now) })
    })
    .await
}

/// Brings an approved adjustment to its end, from wherever it stands.
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. the account takes it or refuses it, for good, and remembers that | it answers the same again |
/// | 2. the operation notes which: paid out or failed, *the commit point* | the account may forget it: 3, or 5 |
/// | 3. the adjustments account has the other side and remembers the operation | posted already: 4 |
/// | 4. the operation has succeeded | the shard may forget it: 5 |
/// | 5. the mark goes | |
///
/// The account comes first, since it may refuse; a shard of a system account cannot.
///
/// The mark of one that nobody has approved stands until that is over: an approver sets it first,
/// and may sleep before the approval.
///
/// # Errors
/// [`FlowError::Contended`] while the account remembers as much as it can: the mark stays.
pub async fn settle_adjustment<P: Platform>(
    platform: &P,
    pending: &Pending,
) -> Result<(), FlowError> {
    let Some((Mark::Adjustment(id), _)) = Mark::parse(pending) else {
        return Err(FlowError::Inconsistent(format!("{} is no adjustment's mark", pending.name)));
    };
    let mut operation = expire(platform, &id).await?;
    if mutant(Mutant::AdjustedUnapproved) {
        operation = step(platform, &id, OperationState::Requested).await?;
    }
    if operation.state == OperationState::Created {
        let due = platform.now().plus_millis(UNDECIDED_AFTER_MS);
        return replace_mark(platform, pending, &Mark::Adjustment(id).pending(due, 0)).await;
    }
    if operation.state == OperationState::Requested {
        operation = adjust(platform, &operation).await?;
    }
    if let OperationState::PaidOut { entry, .. } = operation.state.clone() {
        book(platform, &operation).await?;
        let at = platform.now();
        operation = step(platform, &id, OperationState::Succeeded { at, entry }).await?;
    }
    if !operation.state.is_final() {
        // Another has just gone on with it.
        return Err(FlowError::Contended);
    }
    Ok(platform.store().pending_done(pending).await?)
}

fn terms(operation: &Operation) -> Result<(&Adjustment, Amount), FlowError> {
    operation
        .adjustment()
        .zip(operation.adjusts_by())
        .ok_or_else(|| FlowError::Inconsistent(format!("{} is no adjustment", operation.id)))
}

/// Steps 1 and 2.
async fn adjust<P: Platform>(platform: &P, operation: &Operation) -> Result<Operation, FlowError> {
    let (adjustment, amount) = terms(operation)?;
    let arbiter = Arbiter::Operation(operation.id.clone());
    let adjust = Adjust {
        operation: operation.id.clone(),
        amount,
        reference: adjustment.reference.clone(),
        arbiter: arbiter.key(),
        now: platform.now(),
    };
    let outcome = receive(platform, &operation.account, &arbiter, &operation.id, |account| {
        Ok(account.adjust(adjust.clone())?)
    })
    .await?;
    let at = platform.now();
    let next = match outcome {
        // Another has noted it since.
        None => return operation_of(platform, &operation.id).await,
        Some(Outcome::Succeeded { entry }) => OperationState::PaidOut { at, entry },
        Some(Outcome::Refused { reason }) => OperationState::Failed { at, reason },
    };
    step(platform, &operation.id, next).await
}

/// Step 3.
async fn book<P: Platform>(platform: &P, operation: &Operation) -> Result<(), FlowError> {
    if mutant(Mutant::AdjustmentUnbooked) {
        return Ok(());
    }
    let (adjustment, amount) = terms(operation)?;
    let movement = Movement {
        operation: operation.id.clone(),
        kind: EntryKind::Adjustment,
        amount: amount.checked_neg()?,
        by_card: Amount::ZERO,
        at: platform.now(),
        counterparty: operation.account.to_string(),
    };
    let arbiter = Arbiter::Operation(operation.id.clone());
    post_internal(platform, &InternalName::Adjustments, adjustment.shard, &movement, &arbiter)
        .await?;
    Ok(())
}
