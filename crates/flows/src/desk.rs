//! What somebody who helps a holder looks for, and asks the bank about.

use feiqian_calendar::Timestamp;
use feiqian_ledger::account::{Flight, Known};
use feiqian_ledger::{Account, AccountId, Operation, OperationId, Order, OrderId};
use feiqian_store::{Pending, Store};

use crate::documents::load;
use crate::operations::operation_as_known;
use crate::pending::{PendingItem, look_at};
use crate::views::OperationView;
use crate::worker::{Progress, Settler};
use crate::{FlowError, Mark, Platform, Subject};

/// Marks that an id is looked for among. With more than that pending, something else is the
/// matter, and the list of what is pending tells.
pub const DESK_MARKS_MAX: usize = 20_000;

/// Marks about one id that are answered: an account has no more in flight.
const MARKS_SHOWN_MAX: usize = 32;

/// An order, and what is pending about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundOrder {
    /// The order.
    pub order: Order,
    /// What is pending.
    pub pending: Vec<PendingItem>,
}

/// An account, and what is under way in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundAccount {
    /// The account.
    pub account: Account,
    /// Its operations in flight.
    pub in_flight: Vec<OperationView>,
    /// What is pending.
    pub pending: Vec<PendingItem>,
}

/// An operation, and what is pending about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundOperation {
    /// Whose account.
    pub account: AccountId,
    /// The operation.
    pub operation: OperationView,
    /// How far its own document has come, if it has one: `requested` is at the bank.
    pub state: Option<&'static str>,
    /// What is pending.
    pub pending: Vec<PendingItem>,
}

/// Finds an order. Two round trips, a third if something is pending about it.
///
/// # Errors
/// [`FlowError::NotFound`].
pub async fn search_order<P: Platform>(
    platform: &P,
    id: &OrderId,
) -> Result<FoundOrder, FlowError> {
    let order: Option<Order> = load(platform, &Order::key(id)).await?;
    let order = order.ok_or(FlowError::NotFound(Subject::Order))?;
    let pending = pending_about(platform, &[id.as_str()]).await?;
    Ok(FoundOrder { order, pending })
}

/// Finds an account. Two round trips, a third if something is pending about it.
///
/// # Errors
/// [`FlowError::NotFound`].
pub async fn search_account<P: Platform>(
    platform: &P,
    id: &AccountId,
) -> Result<FoundAccount, FlowError> {
    let account: Option<Account> = load(platform, &Account::key(id)).await?;
    let account = account.ok_or(FlowError::NotFound(Subject::Account))?;
    let in_flight: Vec<OperationView> =
        account.in_flight().iter().map(OperationView::of_flight).collect();
    // Most marks name their operation alone.
    let operations = in_flight.iter().map(|operation| operation.id.as_str());
    let ids: Vec<&str> = std::iter::once(id.as_str()).chain(operations).collect();
    let pending = pending_about(platform, &ids).await?;
    Ok(FoundAccount { account, in_flight, pending })
}

/// Finds an operation by its own document, by what is pending about it, or in an account. A
/// payment that is over and recent is in its payer's account alone: name the account, or look
/// for the order.
///
/// # Errors
/// [`FlowError::NotFound`].
pub async fn search_operation<P: Platform>(
    platform: &P,
    id: &OperationId,
    account: Option<&AccountId>,
) -> Result<FoundOperation, FlowError> {
    let pending = pending_about(platform, &[id.as_str()]).await?;
    let own: Option<Operation> = operation_as_known(platform, id).await?;
    let marked = pending.iter().find_map(|item| match &item.mark {
        Some(Mark::Payment { account, .. }) => Some(account.clone()),
        _ => None,
    });
    let unknown = FlowError::NotFound(Subject::Operation);
    let owner = own.as_ref().map(|own| own.account.clone()).or(marked).or(account.cloned());
    let owner = owner.ok_or(unknown.clone())?;
    if let Some(operation) = own {
        let (state, view) = (operation.state.name(), OperationView::of_operation(&operation));
        return Ok(FoundOperation { account: owner, operation: view, state: Some(state), pending });
    }
    let document: Option<Account> = load(platform, &Account::key(&owner)).await?;
    let document = document.ok_or(unknown.clone())?;
    let operation = match document.known(id) {
        Known::Settled(settled) => OperationView::of_settled(settled),
        Known::InFlight(flight) => {
            let view = OperationView::of_flight(flight);
            match &flight.flight {
                Flight::Payment { order, .. } => {
                    let order: Option<Order> = load(platform, &Order::key(order)).await?;
                    let paid = order.is_some_and(|order| order.paid_by(id));
                    if paid { OperationView::of_paid_flight(flight) } else { view }
                }
                Flight::TopUp { .. } | Flight::Outgoing { .. } => view,
            }
        }
        Known::Unknown => return Err(unknown),
    };
    Ok(FoundOperation { account: owner, operation, state: None, pending })
}

/// What became of a query that an operator asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queried<F> {
    /// What was taken up, as it stands now; its mark may be gone.
    pub item: PendingItem,
    /// What became of it.
    pub progress: Progress<F>,
}

/// Takes up at once what is pending about a subject ([`Mark::subject`]), whenever it is due,
/// with the functions that the worker runs: the bank or the insurer is asked by the request id
/// and believed. None if nothing is pending about it. What is not finished keeps its time; doing
/// so twice, or beside the worker, is harmless.
///
/// # Errors
/// That the marks could not be listed.
pub async fn query_now<P: Platform, S: Settler>(
    platform: &P,
    settler: &S,
    subject: &str,
) -> Result<Option<Queried<S::Failure>>, FlowError> {
    let marks = marks_about(platform, &[subject]).await?;
    let mut queried = None;
    for pending in marks {
        let Some(mark) = Mark::of(&pending).filter(|mark| mark.subject() == subject) else {
            continue;
        };
        let progress = settler.settle(&mark, &pending).await;
        let item = look_at(platform, vec![pending]).await?.pop();
        queried = item.map(|item| Queried { item, progress });
    }
    Ok(queried)
}

async fn pending_about<P: Platform>(
    platform: &P,
    ids: &[&str],
) -> Result<Vec<PendingItem>, FlowError> {
    let marks = marks_about(platform, ids).await?;
    look_at(platform, marks).await
}

/// The marks whose names have one of some ids in them.
async fn marks_about<P: Platform>(platform: &P, ids: &[&str]) -> Result<Vec<Pending>, FlowError> {
    let marks = platform.store().pending_due(Timestamp::MAX, DESK_MARKS_MAX).await?;
    let about = |mark: &Pending| mark.name.split('.').any(|part| ids.contains(&part));
    Ok(marks.into_iter().filter(about).take(MARKS_SHOWN_MAX).collect())
}
