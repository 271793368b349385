use feiqian_ledger::{Account, EntryKind, InternalName, Movement, OperationId, OperationState};
use feiqian_store::{Pending, Store};

use super::{Attempt, advance, operation_of, step};
use crate::documents::load;
use crate::internal::{Arbiter, post_internal};
use crate::marks::Mark;
use crate::views::OperationStatus;
use crate::{FlowError, Platform};

/// Brings a top up to its end, from wherever it stands: asks the bank, credits the
/// account, books the bank's side, notes the end.
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. steps 4 to 7 of [`top_up`](crate::top_up) | again from here |
/// | 2. the bank clearing shard is posted and remembers the operation | posted already: 3 |
/// | 3. the operation has succeeded | the shard may forget it: 4 |
/// | 4. the mark goes | |
///
/// # Errors
/// [`FlowError::BankUnavailable`] while the bank's answer is not known: the mark stays.
pub async fn settle_top_up<P: Platform>(platform: &P, pending: &Pending) -> Result<(), FlowError> {
    let Some((Mark::TopUp(id), _)) = Mark::parse(pending) else {
        return Err(FlowError::Inconsistent(format!("{} is no top up's mark", pending.name)));
    };
    let view = advance(platform, &id, Attempt::Later).await?;
    match (view.status, view.entry) {
        (OperationStatus::Processing, _) => return Err(FlowError::BankUnavailable),
        (OperationStatus::Failed, _) | (OperationStatus::Succeeded, None) => {}
        (OperationStatus::Succeeded, Some(entry)) => {
            book_debit(platform, &id).await?;
            let at = platform.now();
            step(platform, &id, OperationState::Succeeded { at, entry }).await?;
        }
    }
    Ok(platform.store().pending_done(pending).await?)
}

async fn book_debit<P: Platform>(platform: &P, id: &OperationId) -> Result<(), FlowError> {
    let operation = operation_of(platform, id).await?;
    let movement = Movement {
        operation: id.clone(),
        kind: EntryKind::TopUp,
        amount: operation.amount.checked_neg()?,
        at: platform.now(),
        counterparty: operation.account.to_string(),
    };
    let account: Option<Account> = load(platform, &Account::key(&operation.account)).await?;
    let shard = account.ok_or(FlowError::DocumentMissing)?.clearing_shard;
    let arbiter = Arbiter::Operation(id.clone());
    post_internal(platform, &InternalName::BankClearing, shard, &movement, &arbiter).await
}
