//! The three books of a day: the insurer's statement, the bank's, and ours.

use feiqian_bank_api::{BankReply, BankRequest};
use feiqian_calendar::Day;
use feiqian_insurer_api::{InsurerReply, InsurerRequest, StatementKind};
use feiqian_ledger::medical::{Split, Visit, VisitMovement, VisitState};
use feiqian_ledger::{Order, VisitId};
use feiqian_money::Amount;
use std::collections::{BTreeMap, BTreeSet};

use super::Insurer as _;
use super::day::movements_of;
use crate::bank::Bank as _;
use crate::documents::load_many;
use crate::{FlowError, Platform};

/// Visits that are read at once.
const VISITS_AT_ONCE: usize = 32;

/// Differences that one answer lists: with more of them a person looks for one cause, and not
/// at each.
pub const DIFFERENCES_MAX: usize = 1_000;

/// How the three books of a day stand to each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciliation {
    /// What the insurer settled, as both say.
    pub settled: Split,
    /// What it gave back, as both say.
    pub given_back: Split,
    /// Cash of the day's visits that came from balances.
    pub from_balances: Amount,
    /// Cash of the day's visits that the bank took from cards, as both say.
    pub from_cards: Amount,
    /// Lines of the insurer that agree.
    pub insurer_matched: usize,
    /// Debits of the bank that agree.
    pub bank_matched: usize,
    /// What does not agree, at most [`DIFFERENCES_MAX`].
    pub differences: Vec<Difference>,
}

/// Something that does not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The request id of whoever has it.
    pub request_id: String,
    /// The visit, if it is known.
    pub visit: Option<VisitId>,
    /// What.
    pub kind: DifferenceKind,
    /// How much we have, the cash left out of an insurer's line.
    pub ours: Option<Amount>,
    /// How much the other party has.
    pub theirs: Option<Amount>,
}

/// What does not agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DifferenceKind {
    /// The insurer's statement has no such line.
    MissingAtInsurer,
    /// The insurer's statement has a line that we know nothing of.
    UnknownToUs,
    /// The insurer has another split.
    InsurerDiffers,
    /// The bank's statements have no such debit.
    MissingAtBank,
    /// The bank debited another amount.
    BankDiffers,
    /// A visit is settled, and its order is not paid with exactly its cash, or the other way round.
    CashDiffers,
}

impl DifferenceKind {
    /// Its name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MissingAtInsurer => "missing_at_insurer",
            Self::UnknownToUs => "unknown_to_us",
            Self::InsurerDiffers => "insurer_differs",
            Self::MissingAtBank => "missing_at_bank",
            Self::BankDiffers => "bank_differs",
            Self::CashDiffers => "cash_differs",
        }
    }
}

/// Holds the insurer's statement of a day, and the bank's, against what visits say.
///
/// The day is the insurer's. The cash of a visit is paid after the insurer has settled, within
/// half an hour or as long as the bank is asked, so the bank's statement of the next day is looked at as well.
///
/// # Errors
/// [`FlowError::BankUnavailable`], [`FlowError::InsurerUnavailable`]: one gives no statement.
pub async fn reconcile_visits<P: Platform>(
    platform: &P,
    day: Day,
) -> Result<Reconciliation, FlowError> {
    let ours = movements_of(platform, day).await?;
    let mut books = Reconciliation {
        settled: Split::ZERO,
        given_back: Split::ZERO,
        from_balances: Amount::ZERO,
        from_cards: Amount::ZERO,
        insurer_matched: 0,
        bank_matched: 0,
        differences: Vec::new(),
    };
    compare_insurer(platform, day, &ours, &mut books).await?;
    let debits = bank_debits(platform, day).await?;
    let commits = ours.iter().filter(|movement| movement.kind == StatementKind::Commit);
    let visits: Vec<&VisitId> =
        commits.map(|movement| &movement.visit).collect::<BTreeSet<_>>().into_iter().collect();
    for visits in visits.chunks(VISITS_AT_ONCE) {
        compare_cash(platform, visits, &debits, &mut books).await?;
    }
    books.differences.truncate(DIFFERENCES_MAX);
    Ok(books)
}

async fn compare_insurer<P: Platform>(
    platform: &P,
    day: Day,
    ours: &[VisitMovement],
    books: &mut Reconciliation,
) -> Result<(), FlowError> {
    let request = InsurerRequest::Statement { day: day.to_string() };
    let InsurerReply::Statement { lines } = platform.insurer().request(request).await else {
        return Err(FlowError::InsurerUnavailable);
    };
    let mut theirs: BTreeMap<&str, _> =
        lines.iter().map(|line| (line.request_id.as_str(), line)).collect();
    for movement in ours {
        let line = theirs.remove(movement.request_id.as_str());
        let split = line.map(|line| Split::unchecked(&line.split));
        let same = line.is_some_and(|line| line.kind == movement.kind);
        if same && split == Some(movement.split) {
            let sum = match movement.kind {
                StatementKind::Commit => &mut books.settled,
                StatementKind::Reverse => &mut books.given_back,
            };
            *sum = sum.checked_add(&movement.split)?;
            books.insurer_matched += 1;
            continue;
        }
        books.differences.push(Difference {
            request_id: movement.request_id.clone(),
            visit: Some(movement.visit.clone()),
            kind: match split {
                Some(_) => DifferenceKind::InsurerDiffers,
                None => DifferenceKind::MissingAtInsurer,
            },
            ours: Some(movement.split.insurers()?),
            theirs: split.map(|split| split.insurers()).transpose()?,
        });
    }
    for line in theirs.into_values() {
        books.differences.push(Difference {
            request_id: line.request_id.clone(),
            visit: None,
            kind: DifferenceKind::UnknownToUs,
            ours: None,
            theirs: Some(Split::unchecked(&line.split).insurers()?),
        });
    }
    Ok(())
}

/// What the bank debited on a day and the next, by request id.
async fn bank_debits<P: Platform>(
    platform: &P,
    day: Day,
) -> Result<BTreeMap<String, Amount>, FlowError> {
    let mut debits = BTreeMap::new();
    for day in [Some(day), day.next()].into_iter().flatten() {
        let request = BankRequest::Statement { day: day.to_string() };
        let BankReply::Statement { lines } = platform.bank().request(request).await else {
            return Err(FlowError::BankUnavailable);
        };
        let lines = lines.into_iter().filter(|line| line.kind == "debit");
        debits.extend(lines.map(|line| (line.request_id, line.amount.amount)));
    }
    Ok(debits)
}

async fn compare_cash<P: Platform>(
    platform: &P,
    ids: &[&VisitId],
    debits: &BTreeMap<String, Amount>,
    books: &mut Reconciliation,
) -> Result<(), FlowError> {
    let keys: Vec<String> = ids.iter().map(|id| Visit::key(id)).collect();
    let visits: Vec<Option<Visit>> = load_many(platform, &keys).await?;
    let visits: Vec<Visit> = visits.into_iter().flatten().collect();
    let order_of = |visit: &Visit| visit.confirmed().and_then(|by| by.order.clone());
    let keys: Vec<String> =
        visits.iter().filter_map(order_of).map(|order| Order::key(&order)).collect();
    let orders: Vec<Option<Order>> = load_many(platform, &keys).await?;
    let orders: BTreeMap<_, Order> =
        orders.into_iter().flatten().map(|order| (order.id.clone(), order)).collect();
    for visit in &visits {
        let order = order_of(visit).and_then(|id| orders.get(&id));
        compare_visit(visit, order, debits, books)?;
    }
    Ok(())
}

fn compare_visit(
    visit: &Visit,
    order: Option<&Order>,
    debits: &BTreeMap<String, Amount>,
    books: &mut Reconciliation,
) -> Result<(), FlowError> {
    let cash = visit.split()?.cash;
    let paid = order.filter(|order| order.payment().is_some()).map(|order| order.amount);
    let due = match visit.state {
        VisitState::Settled { .. } if cash.is_positive() => Some(cash),
        // Its cash may be paid, and not noted yet.
        VisitState::AwaitingCash(_) => paid.map(|_| cash),
        _ => None,
    };
    let mut differ = |request_id: &str, kind, ours, theirs| {
        let (request_id, visit) = (request_id.to_owned(), Some(visit.id.clone()));
        books.differences.push(Difference { request_id, visit, kind, ours, theirs });
    };
    if paid != due {
        differ(visit.id.as_str(), DifferenceKind::CashDiffers, due, paid);
    }
    let Some((order, payment)) = order.and_then(|order| Some((order, order.payment()?))) else {
        return Ok(());
    };
    let by_card = payment.card.as_ref().map_or(Amount::ZERO, |part| part.amount);
    if by_card.is_positive() {
        let operation = payment.operation.as_str();
        match debits.get(operation) {
            Some(debited) if *debited == by_card => {
                books.from_cards = books.from_cards.checked_add(by_card)?;
                books.bank_matched += 1;
            }
            Some(debited) => {
                differ(operation, DifferenceKind::BankDiffers, Some(by_card), Some(*debited));
            }
            None => differ(operation, DifferenceKind::MissingAtBank, Some(by_card), None),
        }
    }
    let from_balance = order.amount.checked_sub(by_card)?;
    books.from_balances = books.from_balances.checked_add(from_balance)?;
    Ok(())
}
