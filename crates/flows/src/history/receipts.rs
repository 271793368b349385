use feiqian_ledger::{
    Account, AccountId, CustomerId, OperationId, Receipt, ReceiptClaim, ReceiptFault,
};

use super::reader::JournalReader;
use crate::accounts::load_account;
use crate::documents::load;
use crate::{FlowError, Platform, Subject, find_operation};

/// The receipt of an operation that moved money.
///
/// # Errors
/// [`FlowError::NotFound`] for an account that is not the customer's, an operation that it
/// does not know, or one without an entry: it has not ended, or moved nothing.
pub async fn operation_receipt<P: Platform>(
    platform: &P,
    customer: &CustomerId,
    account: &AccountId,
    id: &OperationId,
) -> Result<Receipt, FlowError> {
    let operation = find_operation(platform, customer, account, id).await?;
    let entry = operation.entry.ok_or(FlowError::NotFound(Subject::Receipt))?;
    entry_receipt(platform, customer, account, entry.sequence).await
}

/// The receipt of an entry.
///
/// # Errors
/// [`FlowError::NotFound`] for an account that is not the customer's or has no such entry.
pub async fn entry_receipt<P: Platform>(
    platform: &P,
    customer: &CustomerId,
    account: &AccountId,
    sequence: u64,
) -> Result<Receipt, FlowError> {
    let account = load_account(platform, customer, account).await?;
    let receipt = receipt_of(platform, &account, sequence).await?;
    receipt.ok_or(FlowError::NotFound(Subject::Entry))
}

/// What is wrong with a receipt, held against the journal that it names: nothing if it is
/// as it was given out. Whoever has a receipt may ask.
///
/// # Errors
/// That the store did not answer, or that the journal itself is not consistent.
pub async fn check_receipt<P: Platform>(
    platform: &P,
    claim: &ReceiptClaim,
) -> Result<Vec<ReceiptFault>, FlowError> {
    let account: Option<Account> = load(platform, &Account::key(&claim.account)).await?;
    let Some(account) = account else { return Ok(vec![ReceiptFault::Hash]) };
    let receipt = receipt_of(platform, &account, claim.sequence).await?;
    Ok(receipt.map_or_else(|| vec![ReceiptFault::Hash], |receipt| receipt.faults_of(claim)))
}

/// The receipt of an entry, if there is such a one: its hash is computed again.
async fn receipt_of<P: Platform>(
    platform: &P,
    account: &Account,
    sequence: u64,
) -> Result<Option<Receipt>, FlowError> {
    let range = sequence.saturating_sub(1).max(1)..=sequence;
    let mut found = JournalReader::new(platform, account).entries(range).await?.into_iter();
    let (before, entry) = match (found.next(), found.next()) {
        (Some(before), Some(entry)) => (Some(before), entry),
        (Some(entry), None) if entry.sequence == sequence => (None, entry),
        _ => return Ok(None),
    };
    let previous = before.map(|entry| entry.hash);
    if (sequence > 1) != previous.is_some() || entry.hash != entry.expected_hash(previous.as_ref())
    {
        let account = &account.id;
        return Err(FlowError::Inconsistent(format!("entry {sequence} of {account} is broken")));
    }
    Ok(Some(Receipt { account: account.id.clone(), entry, previous }))
}
