use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_ledger::{
    Account, EntryKind, InternalName, Movement, OperationId, OperationKind, OperationState,
};
use feiqian_money::Amount;
use feiqian_store::{Pending, Store};

use super::advance;
use crate::arbiter::Arbiter;
use crate::bank::Attempt;
use crate::documents::load;
use crate::internal::post_internal;
use crate::marks::Mark;
use crate::operations::{account_of, complete, no_card_move, operation_of, step};
use crate::places::leave_places;
use crate::views::OperationStatus;
use crate::{FlowError, Platform, Policy};

/// Brings a top up or a withdrawal to its end, from wherever it stands: asks the bank,
/// credits or releases the account, books the bank's side, notes the end.
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. steps 4 to 7 of [`top_up`](crate::top_up) or [`withdraw`](crate::withdraw) | again from here |
/// | 2. the bank clearing shard is posted and remembers the operation | posted already: 3 |
/// | 3. the operation has succeeded | the shard may forget it: 4 |
/// | 4. a withdrawal's debit leaves flight; the last one closes the account | 5 |
/// | 5. the places of the holder's for a closed account are given back | again |
/// | 6. the mark goes | |
///
/// # Errors
/// [`FlowError::BankUnavailable`] while the bank's answer is not known: the mark stays.
pub async fn settle_card_move<P: Platform>(
    platform: &P,
    policy: &Policy,
    pending: &Pending,
) -> Result<(), FlowError> {
    let Some((Mark::TopUp(id) | Mark::Withdrawal(id), _)) = Mark::parse(pending) else {
        let why = format!("{} is no top up's or withdrawal's mark", pending.name);
        return Err(FlowError::Inconsistent(why));
    };
    let view = advance(platform, &id, Attempt::Later).await?;
    match (view.status, view.entry) {
        (OperationStatus::Processing | OperationStatus::Waiting, _) => {
            return Err(FlowError::BankUnavailable);
        }
        (OperationStatus::Failed, _) | (OperationStatus::Succeeded, None) => {}
        (OperationStatus::Succeeded, Some(entry)) => {
            book(platform, &id).await?;
            let at = platform.now();
            let operation = step(platform, &id, OperationState::Succeeded { at, entry }).await?;
            complete(platform, &operation).await?;
            if matches!(operation.kind, OperationKind::Withdrawal { is_last: true, .. }) {
                leave_places(platform, policy, &account_of(platform, &operation).await?).await?;
            }
        }
    }
    Ok(platform.store().pending_done(pending).await?)
}

/// Step 2: what the bank took from the card or paid to it.
async fn book<P: Platform>(platform: &P, id: &OperationId) -> Result<(), FlowError> {
    let operation = operation_of(platform, id).await?;
    let (kind, amount) = match operation.kind {
        OperationKind::TopUp { .. } => (EntryKind::TopUp, operation.amount.checked_neg()?),
        OperationKind::Withdrawal { .. } if mutant(Mutant::PaidOutUnbooked) => return Ok(()),
        OperationKind::Withdrawal { .. } => (EntryKind::Withdrawal, operation.amount),
        OperationKind::Payment { .. }
        | OperationKind::Transfer(_)
        | OperationKind::Deposit { .. }
        | OperationKind::Adjustment(_) => return Err(no_card_move(id)),
    };
    let movement = Movement {
        operation: id.clone(),
        kind,
        amount,
        by_card: Amount::ZERO,
        at: platform.now(),
        counterparty: operation.account.to_string(),
    };
    let account: Option<Account> = load(platform, &Account::key(&operation.account)).await?;
    let shard = account.ok_or(FlowError::DocumentMissing)?.clearing_shard;
    let arbiter = Arbiter::Operation(id.clone());
    post_internal(platform, &InternalName::BankClearing, shard, &movement, &arbiter).await?;
    Ok(())
}
