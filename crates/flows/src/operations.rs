//! What top ups, withdrawals and transfers share: the operation's document, which arbitrates.

use feiqian_calendar::Timestamp;
use feiqian_ledger::account::{
    Authorisation, Debit, Destination, Flight, Known, Outcome, PinVerifier, SendOut, StartTopUp,
};
use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_ledger::{
    Account, AccountId, CustomerId, Document, EntryRef, MAKER_LOOKS_MAX, Operation, OperationId,
    OperationKind, OperationState, Refusal, Speed, UNWRITTEN_TRIES_MAX,
};
use feiqian_store::{Created, Pause as _, Pending, Store};

use crate::accounts::{change_account, check_fingerprint, check_owner, load_account};
use crate::card_move::settle_card_move;
use crate::confirmation::Confirmation;
use crate::deposits::settle_deposit;
use crate::documents::{Decision, change, load, load_many};
use crate::marks::{Mark, RESUME_AFTER_MS, RETRY_AFTER_MS};
use crate::platform::Backoff;
use crate::sending::{Sending, check_sender};
use crate::transfer::settle_transfer;
use crate::{FlowError, Platform, Policy};

/// Brings a top up, a withdrawal, a transfer or a deposit to its end, by its mark.
///
/// # Errors
/// As [`settle_card_move`], [`settle_transfer`] and [`settle_deposit`].
pub async fn settle_operation<P: Platform>(
    platform: &P,
    policy: &Policy,
    pending: &Pending,
) -> Result<(), FlowError> {
    match Mark::parse(pending) {
        Some((Mark::Transfer(_), _)) => settle_transfer(platform, policy, pending).await,
        Some((Mark::Deposit(_), _)) => settle_deposit(platform, policy, pending).await,
        _ => settle_card_move(platform, policy, pending).await,
    }
}

/// Who asks for an operation, and what stands for them.
pub(crate) struct Holder<'a> {
    /// Whose session asks.
    pub(crate) customer: &'a CustomerId,
    /// The PIN as presented.
    pub(crate) pin: PinVerifier,
    /// What they were shown, if that was asked for.
    pub(crate) confirmation: Option<Confirmation>,
}

/// An operation that a request stands for, written down now or before.
pub(crate) struct Begun {
    /// It.
    pub(crate) operation: Operation,
    /// Whether an earlier request with the same key wrote it down.
    pub(crate) replayed: bool,
    /// Its mark, due once a request would surely be over.
    pub(crate) mark: Pending,
}

/// Writes an operation of the customer's account down and authorises it by the account, if
/// that has not been done: steps 1 to 3 of what moves money by an operation's document.
pub(crate) async fn begin<P: Platform>(
    platform: &P,
    policy: &Policy,
    holder: &Holder<'_>,
    operation: Operation,
) -> Result<Begun, FlowError> {
    let now = operation.created_at;
    // Before anything is written for it, the account must be the caller's.
    load_account(platform, holder.customer, &operation.account).await?;
    let key = Operation::key(&operation.id);
    let existing = match platform.store().create(&key, &operation.encode()?).await? {
        Created::Created => None,
        Created::Exists(bytes) => Some(Operation::decode(&bytes)?),
        Created::InProgress { tries } => {
            return Err(give_up_unwritten(platform, &operation, tries).await?);
        }
    };
    let replayed = existing.is_some();
    let known = existing.unwrap_or_else(|| operation.clone());
    check_fingerprint(&known.fingerprint, &operation.fingerprint)?;
    let mark = Mark::of_operation(&known)?.pending(now.plus_millis(RESUME_AFTER_MS), 0);
    if known.state == OperationState::Created {
        if !mutant(Mutant::TopUpUnmarked) {
            platform.store().pending_add(&mark).await?;
        }
        authorise(platform, policy, &known, holder, now).await?;
    }
    Ok(Begun { operation: known, replayed, mark })
}

/// What to answer for an operation that another request has begun to write down: that it is in
/// progress, and after some tries, since its maker may have died, that it is refused for good.
/// The account says so, without which a maker that only slept can do nothing.
async fn give_up_unwritten<P: Platform>(
    platform: &P,
    operation: &Operation,
    tries: u64,
) -> Result<FlowError, FlowError> {
    // Many tries may also have come at once.
    if tries >= UNWRITTEN_TRIES_MAX && is_written_soon(platform, &operation.id).await? {
        return Ok(FlowError::InProgress);
    }
    let refused = change_account(platform, &operation.account, async |account| {
        let refused = |refusal, replayed| Some(FlowError::Refused { refusal, replayed });
        Ok(match account.known(&operation.id) {
            Known::Settled(settled) => Decision::Keep(match &settled.outcome {
                Outcome::Refused { reason } => refused(reason.clone(), true),
                Outcome::Succeeded { .. } => None,
            }),
            Known::InFlight(_) => Decision::Keep(None),
            Known::Unknown if tries < UNWRITTEN_TRIES_MAX => Decision::Keep(None),
            // The account was read before: what has been written since then is found here, and
            // what is written later finds the refusal.
            Known::Unknown
                if platform.store().read(&Operation::key(&operation.id)).await?.is_some() =>
            {
                Decision::Keep(None)
            }
            Known::Unknown if mutant(Mutant::GivenUpUnkept) => {
                Decision::Keep(refused(Refusal::Abandoned, false))
            }
            Known::Unknown => {
                abandon(account, operation, operation.created_at);
                Decision::Write(refused(Refusal::Abandoned, false))
            }
        })
    })
    .await?;
    Ok(refused.unwrap_or(FlowError::InProgress))
}

/// Whether an operation is written down within some looks.
async fn is_written_soon<P: Platform>(platform: &P, id: &OperationId) -> Result<bool, FlowError> {
    for look in (1..).take(MAKER_LOOKS_MAX) {
        Backoff(platform).pause(look).await;
        if platform.store().read(&Operation::key(id)).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The operation that a request of an account stands for.
pub(crate) fn operation_id(account: &AccountId, kind: &str, key: &str) -> OperationId {
    OperationId::derive(account.region(), &[account.as_str(), kind, key])
}

/// Lets the worker ask the bank soon, instead of once a request would surely be over: this
/// one is. Dying in between leaves the later mark.
pub(crate) async fn ask_soon<P: Platform>(platform: &P, mark: &Pending) -> Result<(), FlowError> {
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
    holder: &Holder<'_>,
    now: Timestamp,
) -> Result<(), FlowError> {
    let verdict = change_account(platform, &operation.account, async |account| {
        check_owner(account, holder.customer)?;
        if account.known(&operation.id) != Known::Unknown {
            return Ok(Decision::Keep(None));
        }
        // The account was read before the operation is: a request that slept here finds
        // the operation gone on, even when the account has forgotten it.
        match state_of(platform, &operation.id).await? {
            OperationState::Created => {
                start(policy, account, operation, holder, now).map(Decision::Write)
            }
            OperationState::Failed { reason, .. } => Ok(Decision::Keep(Some(reason))),
            _ => Ok(Decision::Keep(None)),
        }
    })
    .await?;
    if let Some(reason) = verdict {
        step(platform, &operation.id, OperationState::Failed { at: now, reason }).await?;
    }
    Ok(())
}

/// Lets the account decide on an operation; gives why it refuses.
fn start(
    policy: &Policy,
    account: &mut Account,
    operation: &Operation,
    holder: &Holder<'_>,
    now: Timestamp,
) -> Result<Option<Refusal>, FlowError> {
    let Operation { id, fingerprint, amount, kind, .. } = operation.clone();
    let Holder { pin, confirmation, .. } = holder;
    let day = account.business_day(now, policy.calendar);
    let to = match kind.clone() {
        OperationKind::TopUp { card } => {
            let operation = id;
            let command = StartTopUp { operation, fingerprint, card, amount, pin, now, day };
            return Ok(match account.start_top_up(command, policy.rules)? {
                Authorisation::Given => None,
                Authorisation::Refused(refusal) => Some(refusal),
            });
        }
        OperationKind::Withdrawal { card, is_last: false } => Destination::Card(card),
        OperationKind::Withdrawal { card, is_last: true } => Destination::LastCard(card),
        OperationKind::Transfer(transfer) => Destination::Account(transfer),
        OperationKind::Payment { .. }
        | OperationKind::Deposit { .. }
        | OperationKind::Adjustment(_) => {
            return Err(no_arbiter(&id));
        }
    };
    let sending = Sending { operation: &id, to: &to, amount, day };
    let strength = match check_sender(confirmation.as_ref(), account, &sending, now, policy.rules) {
        Ok(strength) => strength,
        Err(refusal) => {
            account.refuse(id, kind, fingerprint, amount, refusal.clone(), now);
            return Ok(Some(refusal));
        }
    };
    let confirmed = confirmation.is_some();
    let operation = id.clone();
    let command =
        SendOut { operation, fingerprint, to, amount, pin, strength, confirmed, now, day };
    Ok(match account.send_out(command, policy.rules)? {
        Debit::Posted(_) => None,
        Debit::Refused(refusal) => Some(refusal),
    })
}

/// A payment's document decides nothing, its order does; and no holder asks for a deposit or an
/// adjustment.
pub(crate) fn no_arbiter(id: &OperationId) -> FlowError {
    FlowError::Inconsistent(format!("{id} is decided elsewhere"))
}

/// What the bank has no part in.
pub(crate) fn no_card_move(id: &OperationId) -> FlowError {
    FlowError::Inconsistent(format!("{id} moves nothing by a card"))
}

async fn state_of<P: Platform>(
    platform: &P,
    id: &OperationId,
) -> Result<OperationState, FlowError> {
    let operation = operation_as_known(platform, id).await?;
    Ok(operation.ok_or(FlowError::DocumentMissing)?.state)
}

/// An operation by its document. One that was given up before that was made stays refused as its
/// account has archived it, whatever a maker that had only slept has written since.
pub(crate) async fn operation_as_known<P: Platform>(
    platform: &P,
    id: &OperationId,
) -> Result<Option<Operation>, FlowError> {
    let keys = [Operation::key(id), Operation::outcome_key(id)];
    let mut found = load_many::<_, Operation>(platform, &keys).await?.into_iter().flatten();
    Ok(match (found.next(), found.next()) {
        (Some(Operation { state: OperationState::Created, .. }), given_up @ Some(_)) => given_up,
        (operation, _) => operation,
    })
}

/// Reads an operation that must be there.
pub(crate) async fn operation_of<P: Platform>(
    platform: &P,
    id: &OperationId,
) -> Result<Operation, FlowError> {
    let operation: Option<Operation> = load(platform, &Operation::key(id)).await?;
    operation.ok_or(FlowError::DocumentMissing)
}

/// Takes a step of an operation if it still can be taken; gives where it stands.
pub(crate) async fn step<P: Platform>(
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

/// Step 4: only what the account has in flight may go on. What it has refused, or never
/// authorised, fails.
pub(crate) async fn request_or_refuse<P: Platform>(
    platform: &P,
    operation: &Operation,
) -> Result<Operation, FlowError> {
    let now = platform.now();
    let next = change_account(platform, &operation.account, async |account| {
        let failed = |reason: &Refusal| OperationState::Failed { at: now, reason: reason.clone() };
        Ok(match account.known(&operation.id) {
            Known::InFlight(_) => Decision::Keep(authorised(&operation.kind)),
            Known::Settled(settled) => match &settled.outcome {
                Outcome::Refused { reason } => Decision::Keep(failed(reason)),
                // It has gone on since it was read; there is nothing to add.
                Outcome::Succeeded { .. } => Decision::Keep(OperationState::Created),
            },
            Known::Unknown => match state_of(platform, &operation.id).await? {
                OperationState::Created => {
                    abandon(account, operation, now);
                    Decision::Write(failed(&Refusal::Abandoned))
                }
                given_up @ OperationState::Failed { .. } => Decision::Keep(given_up),
                // It has gone on since; there is nothing to add.
                _ => Decision::Keep(OperationState::Created),
            },
        })
    })
    .await?;
    step(platform, &operation.id, next).await
}

/// What an authorised operation is: a delayed transfer waits, everything else goes on.
fn authorised(kind: &OperationKind) -> OperationState {
    match kind {
        OperationKind::Transfer(transfer) if transfer.speed != Speed::AtOnce => {
            OperationState::Waiting
        }
        _ => OperationState::Requested,
    }
}

fn abandon(account: &mut Account, operation: &Operation, now: Timestamp) {
    let Operation { id, kind, fingerprint, amount, .. } = operation.clone();
    account.abandon(id, kind, fingerprint, amount, now);
}

/// Gives up what a failed top up held in the account; gives back what it had sent out.
pub(crate) async fn release<P: Platform>(
    platform: &P,
    operation: &Operation,
    reason: &Refusal,
) -> Result<(), FlowError> {
    if mutant(Mutant::FailureNotReleased) {
        return Ok(());
    }
    let now = platform.now();
    change_account(platform, &operation.account, async |account| {
        let held = matches!(account.known(&operation.id), Known::InFlight(_));
        account.fail_top_up(&operation.id, reason.clone());
        account.reverse_outgoing(&operation.id, reason.clone(), now)?;
        Ok(if held { Decision::Write(()) } else { Decision::Keep(()) })
    })
    .await
}

/// Reads the account of an operation.
pub(crate) async fn account_of<P: Platform>(
    platform: &P,
    operation: &Operation,
) -> Result<Account, FlowError> {
    let account: Option<Account> = load(platform, &Account::key(&operation.account)).await?;
    account.ok_or(FlowError::DocumentMissing)
}

/// The debit of an operation that has sent money out; none if it has left flight.
pub(crate) async fn debit_in_flight<P: Platform>(
    platform: &P,
    operation: &Operation,
) -> Result<Option<EntryRef>, FlowError> {
    let account = account_of(platform, operation).await?;
    Ok(match account.known(&operation.id) {
        Known::InFlight(flight) => match &flight.flight {
            Flight::Outgoing { entry, .. } => Some(entry.clone()),
            Flight::Payment { .. } | Flight::TopUp { .. } => None,
        },
        Known::Settled(_) | Known::Unknown => None,
    })
}

/// Ends the debit of an operation whose money has arrived. A top up has none.
pub(crate) async fn complete<P: Platform>(
    platform: &P,
    operation: &Operation,
) -> Result<(), FlowError> {
    if matches!(operation.kind, OperationKind::TopUp { .. }) {
        return Ok(());
    }
    let now = platform.now();
    change_account(platform, &operation.account, async |account| {
        let ended = account.complete_outgoing(&operation.id, now);
        Ok(if ended { Decision::Write(()) } else { Decision::Keep(()) })
    })
    .await
}
