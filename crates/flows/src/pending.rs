//! What is pending, and why, for operators.

use feiqian_calendar::Timestamp;
use feiqian_ledger::account::Known;
use feiqian_ledger::audit::Documents;
use feiqian_ledger::medical::Visit;
use feiqian_ledger::{Account, AccountId, Merchant, Operation, OperationId, Order, OrderId};
use feiqian_store::{Pending, Store};
use std::collections::BTreeMap;

use crate::marks::{Mark, STUCK_AFTER_TRIES};
use crate::{FlowError, Platform};

/// A mark as operators see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingItem {
    /// The mark's name in the store.
    pub name: String,
    /// What it is about; none if it is no mark of this code.
    pub mark: Option<Mark>,
    /// When the worker takes it up.
    pub due: Timestamp,
    /// How often it has.
    pub tries: u32,
    /// Why it did not finish it the last time.
    pub last_reason: Option<String>,
    /// How far it has come; none if nothing of it is stored.
    pub state: Option<&'static str>,
    /// When it was asked for, as far as that is known.
    pub since: Option<Timestamp>,
}

impl PendingItem {
    /// The kind's name, for operators.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.mark.as_ref().map_or("unknown", Mark::kind)
    }

    /// Whether somebody should look: it has been tried [`STUCK_AFTER_TRIES`] times.
    #[must_use]
    pub const fn is_stuck(&self) -> bool {
        self.tries >= STUCK_AFTER_TRIES
    }
}

/// The marks that exist, the longest due first, at most `limit`, each with what the
/// documents say of it.
///
/// # Errors
/// That the store did not answer.
pub async fn list_pending<P: Platform>(
    platform: &P,
    limit: usize,
) -> Result<Vec<PendingItem>, FlowError> {
    let marks = platform.store().pending_due(Timestamp::MAX, limit).await?;
    look_at(platform, marks).await
}

/// What the documents say of marks.
pub(crate) async fn look_at<P: Platform>(
    platform: &P,
    marks: Vec<Pending>,
) -> Result<Vec<PendingItem>, FlowError> {
    if marks.is_empty() {
        return Ok(Vec::new());
    }
    let mut keys: Vec<String> =
        marks.iter().filter_map(Mark::parse).flat_map(|(mark, _)| documents_of(&mark)).collect();
    keys.sort_unstable();
    keys.dedup();
    let values = platform.store().read_many(&keys).await?;
    let mut documents = Documents::default();
    keys.into_iter().zip(values).for_each(|(key, value)| documents.keep(key, value));
    Ok(marks.into_iter().map(|pending| item(pending, &documents)).collect())
}

/// What is pending of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PendingTotal {
    /// Marks.
    pub count: u64,
    /// Of these, the ones that somebody should look at.
    pub stuck: u64,
    /// How long the oldest has been under way, milliseconds; of those whose beginning is known.
    pub oldest_ms: u64,
}

/// What is pending, by the kind's name; `unknown` for marks that are none of this code.
#[must_use]
pub fn total_pending(
    items: &[PendingItem],
    now: Timestamp,
) -> BTreeMap<&'static str, PendingTotal> {
    let mut totals: BTreeMap<&'static str, PendingTotal> = BTreeMap::new();
    for item in items {
        let total = totals.entry(item.kind()).or_default();
        let age_ms = item.since.map_or(0, |since| now.millis_since(since));
        total.count += 1;
        total.stuck += u64::from(item.is_stuck());
        total.oldest_ms = total.oldest_ms.max(age_ms);
    }
    totals
}

fn item(pending: Pending, documents: &Documents) -> PendingItem {
    let (mark, tries) = Mark::parse(&pending).unzip();
    let progress = mark.as_ref().and_then(|mark| progress(mark, documents)).unzip();
    PendingItem {
        last_reason: Mark::last_reason(&pending).map(str::to_owned),
        mark,
        due: pending.due,
        tries: tries.unwrap_or_default(),
        state: progress.0,
        since: progress.1,
        name: pending.name,
    }
}

/// The keys of the documents that say how far it has come.
fn documents_of(mark: &Mark) -> Vec<String> {
    match mark {
        Mark::Opening(account) | Mark::Report { account, .. } => vec![Account::key(account)],
        Mark::Payment { account, order, .. } => vec![Account::key(account), Order::key(order)],
        Mark::TopUp(operation)
        | Mark::Withdrawal(operation)
        | Mark::Transfer(operation)
        | Mark::Deposit(operation)
        | Mark::Adjustment(operation) => {
            vec![Operation::key(operation)]
        }
        Mark::Refund { order, .. } => vec![Order::key(order)],
        Mark::Visit(visit) | Mark::VisitRefund { visit, .. } => vec![Visit::key(visit)],
        Mark::Settlement(merchant) => vec![Merchant::key(merchant)],
    }
}

/// How far it has come, and since when it is under way.
fn progress(mark: &Mark, documents: &Documents) -> Option<(&'static str, Timestamp)> {
    match mark {
        Mark::Opening(account) => {
            let account: Account = documents.get(&Account::key(account))?;
            let state = if account.opening_card().is_some() { "opening" } else { "ended" };
            Some((state, account.created_at))
        }
        Mark::Report { account, case, .. } => {
            let account: Account = documents.get(&Account::key(account))?;
            let case = account.case(case)?;
            Some((if case.told_at.is_some() { "told" } else { "opened" }, case.opened_at))
        }
        Mark::Payment { account, order, operation } => {
            payment(account, order, operation, documents)
        }
        Mark::TopUp(operation)
        | Mark::Withdrawal(operation)
        | Mark::Transfer(operation)
        | Mark::Deposit(operation)
        | Mark::Adjustment(operation) => {
            let operation: Operation = documents.get(&Operation::key(operation))?;
            Some((operation.state.name(), operation.created_at))
        }
        Mark::Refund { order, refund } => {
            let order: Order = documents.get(&Order::key(order))?;
            let refund = order.refund(refund)?;
            let mut states = refund.parts().iter().map(|part| part.state.name());
            Some((states.next_back().unwrap_or("refused"), refund.at))
        }
        Mark::Visit(visit) => {
            let visit: Visit = documents.get(&Visit::key(visit))?;
            Some((visit.status(), visit.confirmed().map_or(visit.created_at, |by| by.at)))
        }
        Mark::Settlement(merchant) => {
            let merchant: Merchant = documents.get(&Merchant::key(merchant))?;
            let closing = merchant.settling.as_ref().and_then(|settling| settling.current());
            let under_way = closing.map(|closing| (closing.stage.name(), closing.closed_at));
            Some(under_way.unwrap_or(("waiting", merchant.created_at)))
        }
        Mark::VisitRefund { visit, refund } => {
            let visit: Visit = documents.get(&Visit::key(visit))?;
            visit.refund(refund).map(|refund| (refund.status(), refund.at))
        }
    }
}

fn payment(
    account: &AccountId,
    order: &OrderId,
    operation: &OperationId,
    documents: &Documents,
) -> Option<(&'static str, Timestamp)> {
    let account: Account = documents.get(&Account::key(account))?;
    let order: Option<Order> = documents.get(&Order::key(order));
    let paid = order.as_ref().and_then(Order::payment).filter(|p| p.operation == *operation);
    match (account.known(operation), paid) {
        (Known::InFlight(flight), None) => Some(("debited", flight.at)),
        (Known::InFlight(flight), Some(paid)) if paid.credited => Some(("credited", flight.at)),
        (Known::InFlight(flight), Some(_)) => Some(("paid", flight.at)),
        (Known::Settled(settled), _) => Some(("ended", settled.at)),
        (Known::Unknown, _) => None,
    }
}
