use feiqian_ledger::account::{Known, SecurityPage};
use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_ledger::{
    Account, AccountId, CustomerId, Document, Fingerprint, Operation, OperationId, Page, Refusal,
};
use feiqian_store::Store;

use crate::documents::{Decision, Written, change_known, load};
use crate::views::OperationView;
use crate::{FlowError, Platform, Subject};

/// Reads an account for the customer whose it is.
///
/// # Errors
/// [`FlowError::NotFound`] if there is none, or it is another customer's.
pub async fn load_account<P: Platform>(
    platform: &P,
    customer: &CustomerId,
    id: &AccountId,
) -> Result<Account, FlowError> {
    let account: Option<Account> = load(platform, &Account::key(id)).await?;
    account.filter(|account| account.customer == *customer).ok_or(NOT_FOUND)
}

const NOT_FOUND: FlowError = FlowError::NotFound(Subject::Account);

/// Refuses to touch another customer's account.
pub(crate) fn check_owner(account: &Account, customer: &CustomerId) -> Result<(), FlowError> {
    if account.customer == *customer { Ok(()) } else { Err(NOT_FOUND) }
}

/// Changes an account; makes room in it first where it is full.
pub(crate) async fn change_account<P: Platform, T>(
    platform: &P,
    id: &AccountId,
    decide: impl AsyncFnMut(&mut Account) -> Result<Decision<T>, FlowError>,
) -> Result<T, FlowError> {
    let (answer, _written) = change_known_account(platform, id, None, decide).await?;
    Ok(answer)
}

/// As [`change_account`] of an account of which it may be known what lies in the store; gives what
/// has been written.
pub(crate) async fn change_known_account<P: Platform, T>(
    platform: &P,
    id: &AccountId,
    known: Option<Written<Account>>,
    mut decide: impl AsyncFnMut(&mut Account) -> Result<Decision<T>, FlowError>,
) -> Result<(T, Option<Written<Account>>), FlowError> {
    change_known(platform, &Account::key(id), known, async |account: &mut Account| {
        make_room(platform, account).await?;
        decide(account).await
    })
    .await
}

/// Makes room in an account's document where it is full: what leaves it is written out before,
/// all in one round trip. Dying after the write is harmless, since each is the same whoever
/// writes it.
async fn make_room<P: Platform>(platform: &P, account: &mut Account) -> Result<(), FlowError> {
    let mut leaving = Vec::new();
    if let Some(page) = account.journal.full_page() {
        if !mutant(Mutant::PageNotWritten) {
            leaving.push((Page::key(account.id.as_str(), page.number), page.encode()?));
        }
        account.journal.drop_page(&page);
    }
    for (key, outcome) in account.outcomes_to_archive() {
        if !mutant(Mutant::OutcomeNotArchived) {
            leaving.push((key, outcome.encode()?));
        }
    }
    account.drop_archived_outcomes();
    if let Some((number, page)) = account.security.full_page() {
        leaving.push((SecurityPage::key(&account.id, number), page.encode()?));
        account.security.drop_page();
    }
    if !leaving.is_empty() {
        platform.store().put_many(&leaving).await?;
    }
    Ok(())
}

/// What became of an operation that the account may have seen before.
///
/// # Errors
/// [`FlowError::KeyReused`] if it was another request.
pub(crate) async fn earlier<P: Platform>(
    platform: &P,
    account: &Account,
    operation: &OperationId,
    fingerprint: &Fingerprint,
) -> Result<Option<OperationView>, FlowError> {
    if mutant(Mutant::KeyIgnored) {
        return Ok(None);
    }
    let view = match account.known(operation) {
        Known::InFlight(flight) => {
            check_fingerprint(&flight.fingerprint, fingerprint)?;
            Some(OperationView::of_flight(flight))
        }
        Known::Settled(settled) => {
            let view = OperationView::of_settled(settled);
            if view.failure != Some(Refusal::Abandoned) {
                check_fingerprint(&settled.fingerprint, fingerprint)?;
            }
            Some(view)
        }
        Known::Unknown if account.has_archived_outcomes() => {
            let archived: Option<Operation> = load(platform, &Operation::key(operation)).await?;
            let view = archived.as_ref().map(OperationView::of_operation);
            if let (Some(archived), Some(view)) = (&archived, &view)
                && view.failure != Some(Refusal::Abandoned)
            {
                check_fingerprint(&archived.fingerprint, fingerprint)?;
            }
            view
        }
        Known::Unknown => None,
    };
    Ok(view)
}

/// Refuses an idempotency key that stands for another request.
pub(crate) fn check_fingerprint(known: &Fingerprint, now: &Fingerprint) -> Result<(), FlowError> {
    if known == now || mutant(Mutant::FingerprintIgnored) {
        Ok(())
    } else {
        Err(FlowError::KeyReused)
    }
}
