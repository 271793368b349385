mod settle;

pub use settle::settle_top_up;

use feiqian_bank_api::{BankReply, BankRequest, DeclineReason, MoneyStatus};
use feiqian_calendar::Timestamp;
use feiqian_identity::Pin;
use feiqian_ledger::account::{Authorisation, Known, Outcome, PinVerifier, StartTopUp};
use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_ledger::{
    Account, AccountId, CardId, CustomerId, EntryRef, Fingerprint, Operation, OperationId,
    OperationKind, OperationState, Refusal,
};
use feiqian_money::{Amount, Money};
use feiqian_signing::PinPepper;
use feiqian_store::{Pending, Store};

use crate::accounts::{change_account, check_fingerprint, check_owner, load_account};
use crate::documents::{Decision, change, create, load};
use crate::marks::{Mark, RESUME_AFTER_MS, RETRY_AFTER_MS};
use crate::pin::verifier;
use crate::views::{OperationStatus, OperationView};
use crate::{Bank, FlowError, Platform, Policy};

/// A customer's request to top up from a bound card.
#[derive(Debug, Clone)]
pub struct TopUpRequest {
    /// Whose session asks.
    pub customer: CustomerId,
    /// The idempotency key.
    pub key: String,
    /// The account.
    pub account: AccountId,
    /// The card.
    pub card: CardId,
    /// How much, above zero.
    pub amount: Amount,
    /// The PIN.
    pub pin: Pin,
}

/// A top up that the bank has carried out or is still at, and what is left to do after
/// the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToppedUp {
    /// The answer: succeeded, or processing while the bank's answer is not known.
    pub operation: OperationView,
    /// Whether an earlier request with the same key had got this far.
    pub replayed: bool,
    /// The mark to settle by [`settle_top_up`] once the answer is out; none if the worker
    /// has to wait for the bank, or it is settled.
    pub unsettled: Option<Pending>,
}

/// Tops up from a bound card.
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. the operation is written down | nothing has happened; the same request goes on |
/// | 2. the pending mark is set | the worker refuses the operation for good, in the account |
/// | 3. the account is swapped: PIN, limits, in flight | the worker goes on at 4 |
/// | 4. the operation is requested: *from now on the bank may be asked* | 5 |
/// | 5. the bank is asked, by the operation's id | asked again: a repeat is the same request |
/// | 6. the operation is debited or failed: *the commit point* | 7 |
/// | 7. the account is credited, out of flight | 8 |
/// | 8. the answer | [`settle_top_up`] by the worker |
///
/// An unclear answer in 5 leaves the operation requested and answers *processing*; the
/// worker asks the bank until it knows.
///
/// # Errors
/// As [`pay_order`](crate::pay_order).
pub async fn top_up<P: Platform>(
    platform: &P,
    policy: &Policy,
    pepper: &PinPepper,
    request: TopUpRequest,
) -> Result<ToppedUp, FlowError> {
    let now = platform.now();
    let id = OperationId::derive(&[request.account.as_str(), "top_up", &request.key]);
    let fingerprint =
        Fingerprint::of(&[request.card.as_str(), &request.amount.minor().to_string()]);
    // Before anything is written for it, the account must be the caller's.
    load_account(platform, &request.customer, &request.account).await?;
    let operation = Operation::new(
        id.clone(),
        request.account.clone(),
        OperationKind::TopUp { card: request.card.clone() },
        request.amount,
        fingerprint.clone(),
        now,
        OperationState::Created,
    );
    let existing = create(platform, &Operation::key(&id), &operation).await?;
    let replayed = existing.is_some();
    let operation = existing.unwrap_or(operation);
    check_fingerprint(&operation.fingerprint, &fingerprint)?;
    let mark = Mark::TopUp(id).pending(now.plus_millis(RESUME_AFTER_MS), 0);
    if operation.state == OperationState::Created {
        if !mutant(Mutant::TopUpUnmarked) {
            platform.store().pending_add(&mark).await?;
        }
        let verifier = verifier(pepper, &request.account, &request.pin);
        authorise(platform, policy, &operation, &request.customer, &verifier, now).await?;
    }
    let view = advance(platform, &operation.id, Attempt::First).await?;
    if let Some(refusal) = view.failure {
        platform.store().pending_done(&mark).await?;
        return Err(FlowError::Refused { refusal, replayed });
    }
    let unsettled = match view.status {
        OperationStatus::Processing => {
            ask_soon(platform, &mark).await?;
            None
        }
        OperationStatus::Succeeded | OperationStatus::Failed => {
            (!operation.state.is_final()).then_some(mark)
        }
    };
    Ok(ToppedUp { operation: view, replayed, unsettled })
}

/// Lets the worker ask the bank soon, instead of once a request would surely be over: this
/// one is. Dying in between leaves the later mark.
async fn ask_soon<P: Platform>(platform: &P, mark: &Pending) -> Result<(), FlowError> {
    let due = platform.now().plus_millis(RETRY_AFTER_MS[0]);
    let soon = Pending { due, name: mark.name.clone() };
    platform.store().pending_add(&soon).await?;
    Ok(platform.store().pending_done(mark).await?)
}

/// Step 3. The account keeps its refusal under the operation; the operation follows it.
async fn authorise<P: Platform>(
    platform: &P,
    policy: &Policy,
    operation: &Operation,
    customer: &CustomerId,
    pin: &PinVerifier,
    now: Timestamp,
) -> Result<(), FlowError> {
    let OperationKind::TopUp { card } = &operation.kind else {
        return Err(FlowError::Inconsistent(format!("{} is no top up", operation.id)));
    };
    let verdict = change_account(platform, &operation.account, async |account| {
        check_owner(account, customer)?;
        if account.known(&operation.id) != Known::Unknown {
            return Ok(Decision::Keep(None));
        }
        // The account was read before the operation is: a request that slept here finds
        // the operation gone on, even when the account has forgotten it.
        if state_of(platform, &operation.id).await? != OperationState::Created {
            return Ok(Decision::Keep(None));
        }
        let command = StartTopUp {
            operation: operation.id.clone(),
            fingerprint: operation.fingerprint.clone(),
            card: card.clone(),
            amount: operation.amount,
            pin,
            now,
            day: account.business_day(now, policy.calendar),
        };
        Ok(Decision::Write(match account.start_top_up(command, policy.rules)? {
            Authorisation::Given => None,
            Authorisation::Refused(refusal) => Some(refusal),
        }))
    })
    .await?;
    if let Some(reason) = verdict {
        step(platform, &operation.id, OperationState::Failed { at: now, reason }).await?;
    }
    Ok(())
}

async fn state_of<P: Platform>(
    platform: &P,
    id: &OperationId,
) -> Result<OperationState, FlowError> {
    Ok(operation_of(platform, id).await?.state)
}

async fn operation_of<P: Platform>(platform: &P, id: &OperationId) -> Result<Operation, FlowError> {
    let operation: Option<Operation> = load(platform, &Operation::key(id)).await?;
    operation.ok_or(FlowError::DocumentMissing)
}

/// Takes a step of an operation if it still can be taken; gives where it stands.
async fn step<P: Platform>(
    platform: &P,
    id: &OperationId,
    next: OperationState,
) -> Result<Operation, FlowError> {
    change(platform, &Operation::key(id), async |operation: &mut Operation| {
        let taken = operation.advance(next.clone());
        let now = operation.clone();
        Ok(if taken { Decision::Write(now) } else { Decision::Keep(now) })
    })
    .await
}

/// What the mutants take for an answer of the bank.
const MUTANT_REFUSAL: MoneyStatus = MoneyStatus::Rejected { reason: DeclineReason::Other };

/// Whether the bank may have been asked before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attempt {
    /// By this very request at the most: send it.
    First,
    /// Perhaps: query, and send again only what the bank has never seen.
    Later,
}

/// Steps 4 to 7, from wherever the operation stands. Ends with the operation succeeded,
/// failed, or processing while the bank's answer is not known.
async fn advance<P: Platform>(
    platform: &P,
    id: &OperationId,
    attempt: Attempt,
) -> Result<OperationView, FlowError> {
    let mut operation = operation_of(platform, id).await?;
    let mut attempt = attempt;
    if operation.state == OperationState::Created && mutant(Mutant::AskedBeforeRequested) {
        operation = ask_bank(platform, &operation, attempt).await?;
    }
    if operation.state == OperationState::Created {
        operation = request_or_refuse(platform, &operation).await?;
    } else if operation.state == OperationState::Requested {
        attempt = Attempt::Later;
    }
    if operation.state == OperationState::Requested {
        operation = ask_bank(platform, &operation, attempt).await?;
    }
    let view = OperationView::of_operation(&operation);
    match &operation.state {
        OperationState::Debited { .. } => {
            let entry = credit(platform, &operation).await?;
            Ok(OperationView { status: OperationStatus::Succeeded, entry: Some(entry), ..view })
        }
        OperationState::Failed { reason, .. } => {
            release(platform, &operation, reason).await?;
            Ok(view)
        }
        OperationState::Created | OperationState::Requested | OperationState::Succeeded { .. } => {
            Ok(view)
        }
    }
}

/// Step 4: only what the account has in flight may go to the bank. What it has refused,
/// or never authorised, fails.
async fn request_or_refuse<P: Platform>(
    platform: &P,
    operation: &Operation,
) -> Result<Operation, FlowError> {
    let now = platform.now();
    let next = change_account(platform, &operation.account, async |account| {
        let failed = |reason: &Refusal| OperationState::Failed { at: now, reason: reason.clone() };
        Ok(match account.known(&operation.id) {
            Known::InFlight(_) => Decision::Keep(OperationState::Requested),
            Known::Settled(settled) => match &settled.outcome {
                Outcome::Refused { reason } => Decision::Keep(failed(reason)),
                // It has gone on since it was read; there is nothing to add.
                Outcome::Succeeded { .. } => Decision::Keep(OperationState::Created),
            },
            Known::Unknown
                if state_of(platform, &operation.id).await? != OperationState::Created =>
            {
                // It has gone on since; there is nothing to add.
                Decision::Keep(OperationState::Created)
            }
            Known::Unknown => {
                abandon(account, operation, now);
                Decision::Write(failed(&Refusal::Abandoned))
            }
        })
    })
    .await?;
    step(platform, &operation.id, next).await
}

fn abandon(account: &mut Account, operation: &Operation, now: Timestamp) {
    let Operation { id, kind, fingerprint, amount, .. } = operation.clone();
    account.abandon(id, kind, fingerprint, amount, now);
}

/// Steps 5 and 6.
async fn ask_bank<P: Platform>(
    platform: &P,
    operation: &Operation,
    attempt: Attempt,
) -> Result<Operation, FlowError> {
    if attempt == Attempt::Later {
        let query = BankRequest::Query { request_id: operation.id.to_string() };
        let status = match platform.bank().request(query).await {
            BankReply::Money { status } => status,
            _ => return Ok(operation.clone()),
        };
        if status == MoneyStatus::NotFound && mutant(Mutant::NotFoundIsFailed) {
            return take(platform, operation, &MUTANT_REFUSAL).await;
        }
        // What the bank has not seen may be on its way still, so it is not failed but sent
        // again under the same id: whichever arrives first counts, and only once.
        if status != MoneyStatus::NotFound {
            return take(platform, operation, &status).await;
        }
    }
    let OperationKind::TopUp { card } = &operation.kind else {
        return Err(FlowError::Inconsistent(format!("{} is no top up", operation.id)));
    };
    let account: Option<Account> = load(platform, &Account::key(&operation.account)).await?;
    let account = account.ok_or(FlowError::DocumentMissing)?;
    let Ok(card) = account.card(card) else {
        return Err(FlowError::Inconsistent(format!("{} has lost its card", operation.id)));
    };
    let debit = BankRequest::Debit {
        request_id: match attempt {
            Attempt::Later if mutant(Mutant::NewRequestId) => format!("{}.again", operation.id),
            _ => operation.id.to_string(),
        },
        agreement: card.agreement.clone(),
        amount: Money::from(operation.amount),
    };
    let status = match platform.bank().request(debit).await {
        BankReply::Money { status } => status,
        BankReply::Declined { reason } => MoneyStatus::Rejected { reason },
        _ if mutant(Mutant::UnknownIsFailed) => MUTANT_REFUSAL,
        _ => MoneyStatus::Processing,
    };
    take(platform, operation, &status).await
}

/// Notes what the bank says. Only a clear yes or no moves the operation on.
async fn take<P: Platform>(
    platform: &P,
    operation: &Operation,
    status: &MoneyStatus,
) -> Result<Operation, FlowError> {
    let at = platform.now();
    let declined = |reason: DeclineReason| OperationState::Failed {
        at,
        reason: Refusal::CardDeclined { reason },
    };
    match status {
        MoneyStatus::Settled => step(platform, &operation.id, OperationState::Debited { at }).await,
        MoneyStatus::Rejected { reason } => step(platform, &operation.id, declined(*reason)).await,
        MoneyStatus::Processing | MoneyStatus::NotFound => Ok(operation.clone()),
    }
}

/// Step 7. Crediting again gives the same entry.
async fn credit<P: Platform>(platform: &P, operation: &Operation) -> Result<EntryRef, FlowError> {
    let now = platform.now();
    change_account(platform, &operation.account, async |account| {
        if let Some(entry) = account.credit_top_up(&operation.id, now)? {
            return Ok(Decision::Write(entry));
        }
        if let Known::Settled(settled) = account.known(&operation.id)
            && let Outcome::Succeeded { entry } = &settled.outcome
        {
            return Ok(Decision::Keep(entry.clone()));
        }
        // The account forgets an outcome only once it stands in a document of its own.
        let key = Operation::outcome_key(&operation.id);
        match load(platform, &key).await?.map(|outcome: Operation| outcome.state) {
            Some(OperationState::Succeeded { entry, .. }) => Ok(Decision::Keep(entry)),
            _ => Err(FlowError::Inconsistent(format!("{} has lost its credit", operation.id))),
        }
    })
    .await
}

/// Gives up what a failed top up held in the account.
async fn release<P: Platform>(
    platform: &P,
    operation: &Operation,
    reason: &Refusal,
) -> Result<(), FlowError> {
    if mutant(Mutant::FailureNotReleased) {
        return Ok(());
    }
    change_account(platform, &operation.account, async |account| {
        let held = matches!(account.known(&operation.id), Known::InFlight(_));
        account.fail_top_up(&operation.id, reason.clone());
        Ok(if held { Decision::Write(()) } else { Decision::Keep(()) })
    })
    .await
}
