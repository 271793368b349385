//! Money that others send from a bank to an account.

use feiqian_bank_api::{BankReply, BankRequest, Deposit};
use feiqian_ledger::account::{Credit, Outcome};
use feiqian_ledger::{
    Account, AccountId, EntryKind, Fingerprint, InternalName, Movement, Operation, OperationId,
    OperationKind, OperationState, Refusal,
};
use feiqian_limits::Movement as Limited;
use feiqian_money::Amount;
use feiqian_store::{Pending, Store};

use crate::accounts::check_fingerprint;
use crate::arbiter::Arbiter;
use crate::credits::credit_account;
use crate::documents::{create, load};
use crate::internal::post_internal;
use crate::marks::{Mark, RESUME_AFTER_MS};
use crate::operations::{account_of, operation_of, step};
use crate::{Bank, FlowError, Platform, Policy};

/// What a look for deposits came to.
#[derive(Debug, Default)]
pub struct DepositRun {
    /// Deposits that were settled, taken or refused, and of which the bank knows that.
    pub settled: usize,
    /// Deposits that were left, each with why; the worker or the next look goes on.
    pub left: Vec<(String, FlowError)>,
}

/// Asks the bank for deposits that wait, and settles each. The bank lists one until it is told
/// what became of it, under its own number: whoever looks, and however often, finds the same
/// operation by that number.
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. the operation is written down, by the bank's number | nothing has happened; the next look goes on. Within this step the number may stay in progress for good: then the bank keeps the deposit, and gives it back in its own time |
/// | 2. the pending mark is set | [`settle_deposit`] by the worker |
/// | 3. [`settle_deposit`] | the worker |
///
/// # Errors
/// [`FlowError::BankUnavailable`] if there is no clear answer. What becomes of one deposit
/// stops no other.
pub async fn collect_deposits<P: Platform>(
    platform: &P,
    policy: &Policy,
) -> Result<DepositRun, FlowError> {
    let BankReply::Deposits { deposits } = platform.bank().request(BankRequest::Deposits).await
    else {
        return Err(FlowError::BankUnavailable);
    };
    let mut run = DepositRun::default();
    for deposit in deposits {
        let reference = deposit.reference.clone();
        match take_deposit(platform, policy, deposit).await {
            Ok(()) => run.settled += 1,
            Err(error) => run.left.push((reference, error)),
        }
    }
    Ok(run)
}

async fn take_deposit<P: Platform>(
    platform: &P,
    policy: &Policy,
    deposit: Deposit,
) -> Result<(), FlowError> {
    let id = OperationId::derive(platform.region(), &["deposit", &deposit.reference]);
    let Ok(account) = AccountId::parse(&deposit.account) else {
        // There never will be an account of that name.
        return tell_bank(platform, &id, deposit.reference, false).await;
    };
    let Deposit { reference, amount, payer, .. } = deposit;
    let amount = amount.amount;
    let minor = amount.minor().to_string();
    let fingerprint = Fingerprint::of(&[account.as_str(), &minor, &payer]);
    let kind = OperationKind::Deposit { reference, payer };
    let (now, state) = (platform.now(), OperationState::Created);
    let operation = Operation::new(id, account, kind, amount, fingerprint, now, state);
    if let Some(known) = create(platform, &Operation::key(&operation.id), &operation).await? {
        check_fingerprint(&known.fingerprint, &operation.fingerprint)?;
    }
    let mark = Mark::of_operation(&operation)?.pending(now.plus_millis(RESUME_AFTER_MS), 0);
    platform.store().pending_add(&mark).await?;
    settle_deposit(platform, policy, &mark).await
}

/// Brings a deposit to its end, from wherever it stands.
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. the operation is requested, or failed if there is no such account: *one swap decides*, should one be opened meanwhile | again from here |
/// | 2. the account takes the credit or refuses it, for good, by the rule for money from others (RULES section 1), and remembers that | it answers the same again |
/// | 3. the operation notes which: paid out or failed, *the commit point* | the account may forget it: 4, or 6 |
/// | 4. bank clearing is debited and remembers the operation | posted already: 5 |
/// | 5. the operation has succeeded | the shard may forget it: 6 |
/// | 6. the bank is told, by the operation's id | told again: a repeat is the same answer |
/// | 7. the mark goes | |
///
/// # Errors
/// [`FlowError::BankUnavailable`] while it is not known whether the bank was told,
/// [`FlowError::Contended`] while the account remembers as many credits as it can: the mark stays.
pub async fn settle_deposit<P: Platform>(
    platform: &P,
    policy: &Policy,
    pending: &Pending,
) -> Result<(), FlowError> {
    let Some((Mark::Deposit(id), _)) = Mark::parse(pending) else {
        return Err(FlowError::Inconsistent(format!("{} is no deposit's mark", pending.name)));
    };
    let mut operation = operation_of(platform, &id).await?;
    let OperationKind::Deposit { reference, payer } = operation.kind.clone() else {
        return Err(FlowError::Inconsistent(format!("{id} is no deposit")));
    };
    if operation.state == OperationState::Created {
        let account: Option<Account> = load(platform, &Account::key(&operation.account)).await?;
        let (at, reason) = (platform.now(), Refusal::PayeeRefuses);
        let refused = OperationState::Failed { at, reason };
        let next = account.map_or(refused, |_| OperationState::Requested);
        operation = step(platform, &id, next).await?;
    }
    if operation.state == OperationState::Requested {
        operation = credit(platform, policy, &operation, payer).await?;
    }
    if let OperationState::PaidOut { entry, .. } = operation.state.clone() {
        book(platform, &operation).await?;
        let at = platform.now();
        operation = step(platform, &id, OperationState::Succeeded { at, entry }).await?;
    }
    let taken = match operation.state {
        OperationState::Succeeded { .. } => true,
        OperationState::Failed { .. } => false,
        // Another has just gone on with it.
        _ => return Err(FlowError::Contended),
    };
    tell_bank(platform, &id, reference, taken).await?;
    Ok(platform.store().pending_done(pending).await?)
}

/// Steps 2 and 3.
async fn credit<P: Platform>(
    platform: &P,
    policy: &Policy,
    operation: &Operation,
    payer: String,
) -> Result<Operation, FlowError> {
    let now = platform.now();
    let arbiter = Arbiter::Operation(operation.id.clone());
    let credit = Credit {
        operation: operation.id.clone(),
        kind: EntryKind::Deposit,
        amount: operation.amount,
        by_card: Amount::ZERO,
        counterparty: payer,
        arbiter: arbiter.key(),
        movement: Limited::TransferIn,
        gives_back: None,
        now,
        day: policy.calendar.day(now),
    };
    let outcome = credit_account(platform, policy, &operation.account, &arbiter, &credit).await?;
    let at = platform.now();
    let next = match outcome {
        // Another has noted it since.
        None => return operation_of(platform, &operation.id).await,
        Some(Outcome::Succeeded { entry }) => OperationState::PaidOut { at, entry },
        Some(Outcome::Refused { reason }) => OperationState::Failed { at, reason },
    };
    step(platform, &operation.id, next).await
}

/// Step 4.
async fn book<P: Platform>(platform: &P, operation: &Operation) -> Result<(), FlowError> {
    let movement = Movement {
        operation: operation.id.clone(),
        kind: EntryKind::Deposit,
        amount: operation.amount.checked_neg()?,
        by_card: Amount::ZERO,
        at: platform.now(),
        counterparty: operation.account.to_string(),
    };
    let shard = account_of(platform, operation).await?.clearing_shard;
    let arbiter = Arbiter::Operation(operation.id.clone());
    post_internal(platform, &InternalName::BankClearing, shard, &movement, &arbiter).await?;
    Ok(())
}

/// Step 6.
async fn tell_bank<P: Platform>(
    platform: &P,
    id: &OperationId,
    reference: String,
    taken: bool,
) -> Result<(), FlowError> {
    let answer = BankRequest::AnswerDeposit { request_id: id.to_string(), reference, taken };
    match platform.bank().request(answer).await {
        BankReply::DepositAnswered => Ok(()),
        _ => Err(FlowError::BankUnavailable),
    }
}
