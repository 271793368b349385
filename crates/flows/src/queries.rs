use feiqian_ledger::account::Known;
use feiqian_ledger::{
    Account, AccountId, CustomerId, Entry, Operation, OperationId, Order, OrderState, PAGE_ENTRIES,
    Page, Refusal,
};
use feiqian_limits::{Movement, Proposal};

use crate::accounts::load_account;
use crate::documents::{load, load_many};
use crate::views::OperationView;
use crate::{FlowError, Platform, Policy, Subject};

/// Entries in one answer, at the most (RULES section 6).
pub const ENTRIES_LIMIT_MAX: usize = 100;

/// A part of an account's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntriesPage {
    /// Newest first.
    pub entries: Vec<Entry>,
    /// Whether there are older ones; they are before the last one here.
    pub has_more: bool,
}

/// The entries before a sequence number, or the newest ones, newest first. Two store
/// round trips at the most: the account, then every page that is needed.
///
/// # Errors
/// [`FlowError::NotFound`] for an account that is not the customer's, or that the store's
/// data is not consistent.
pub async fn entries<P: Platform>(
    platform: &P,
    customer: &CustomerId,
    id: &AccountId,
    before: Option<u64>,
    limit: usize,
) -> Result<EntriesPage, FlowError> {
    let account = load_account(platform, customer, id).await?;
    let newest = account.journal.length();
    let end = before.map_or(newest, |before| before.saturating_sub(1).min(newest));
    let limit = limit.clamp(1, ENTRIES_LIMIT_MAX) as u64;
    let start = end.saturating_sub(limit);
    let mut found: Vec<Entry> = Vec::new();
    if start < end {
        let spilled = account.journal.pages() * PAGE_ENTRIES as u64;
        if start < spilled {
            let last = Page::number_of(end.min(spilled));
            let keys: Vec<String> = (Page::number_of(start + 1)..=last)
                .map(|number| Page::key(id.as_str(), number))
                .collect();
            for page in load_many::<P, Page>(platform, &keys).await? {
                let page = page.ok_or(FlowError::DocumentMissing)?;
                found.extend(page.entries);
            }
        }
        found.extend(account.journal.entries().iter().cloned());
        found.retain(|entry| entry.sequence > start && entry.sequence <= end);
        found.reverse();
    }
    Ok(EntriesPage { entries: found, has_more: start > 0 })
}

/// An operation of the customer's account.
///
/// # Errors
/// [`FlowError::NotFound`] if the account is not the customer's or knows no such operation.
pub async fn find_operation<P: Platform>(
    platform: &P,
    customer: &CustomerId,
    account: &AccountId,
    id: &OperationId,
) -> Result<OperationView, FlowError> {
    let document = load_account(platform, customer, account).await?;
    let unknown = FlowError::NotFound(Subject::Operation);
    match document.known(id) {
        Known::Settled(settled) => Ok(OperationView::of_settled(settled)),
        Known::InFlight(flight) => {
            let view = OperationView::of_flight(flight);
            let Some(order) = &view.order else { return Ok(view) };
            let order: Option<Order> = load(platform, &Order::key(order)).await?;
            let paid = order.is_some_and(|order| order.paid_by(id));
            Ok(if paid { OperationView::of_paid_flight(flight) } else { view })
        }
        Known::Unknown => {
            let operation: Option<Operation> = load(platform, &Operation::key(id)).await?;
            let own = operation.filter(|operation| operation.account == *account);
            own.map(|operation| OperationView::of_operation(&operation)).ok_or(unknown)
        }
    }
}

/// A way to pay an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// From the account's balance.
    Balance,
}

/// A way to pay an order, and why it is not available if it is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MethodOffer {
    /// Which.
    pub method: Method,
    /// Why it cannot be used now.
    pub unavailable: Option<Refusal>,
}

/// The ways in which an account could pay an order now.
#[must_use]
pub fn offer_methods<P: Platform>(
    platform: &P,
    policy: &Policy,
    account: &Account,
    order: &Order,
) -> Vec<MethodOffer> {
    let now = platform.now();
    let day = account.business_day(now, policy.calendar);
    let unavailable = match &order.state {
        OrderState::Paid(_) => Some(Refusal::OrderAlreadyPaid),
        OrderState::Closed { .. } => Some(Refusal::OrderClosed),
        OrderState::Open if now >= order.expires_at => Some(Refusal::OrderExpired),
        OrderState::Open => account
            .check_active()
            .and_then(|()| if account.has_pin() { Ok(()) } else { Err(Refusal::PinNotSet) })
            .and_then(|()| {
                Proposal::new(Movement::Payment, order.amount, day)
                    .map_err(|_| Refusal::OrderAmountDiffers)
                    .and_then(|proposal| account.check_limits(&proposal, policy.rules))
            })
            .and_then(|()| {
                let covered = account.balance() >= order.amount;
                if covered { Ok(()) } else { Err(Refusal::InsufficientBalance) }
            })
            .err(),
    };
    vec![MethodOffer { method: Method::Balance, unavailable }]
}
