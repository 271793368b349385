//! The bank's books of a day against ours: every movement that bank clearing has, and every one
//! that the bank's statement has.

use std::collections::{BTreeMap, BTreeSet};

use feiqian_bank_api::{BankReply, BankRequest, StatementLine};
use feiqian_calendar::{Calendar, Day, Timestamp};
use feiqian_ledger::{
    Entry, EntryKind, InternalAccount, InternalName, Operation, OperationId, OperationState, SHARDS,
};
use feiqian_money::Amount;
use feiqian_store::Store;

use crate::bank::Bank as _;
use crate::documents::load_many;
use crate::history::JournalReader;
use crate::marks::Mark;
use crate::{FlowError, Platform};

/// Our movements of three days that one reconciliation compares, at most: what three statements
/// of a bank hold that gives 20,000 lines a day.
pub const RECONCILED_MAX: u64 = 60_000;

/// Differences that one answer lists: with more of them a person looks for one cause, and not at
/// each.
pub const BANK_DIFFERENCES_MAX: usize = 1_000;

/// Entries that are read at once: a few hundred KB.
const ENTRIES_AT_ONCE: u64 = 1_024;

/// Marks that are looked through for what is under way.
const MARKS_MAX: usize = 1_000;

/// How the bank's books of a day stand to ours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BankReconciliation {
    /// What agrees, by the kind of our entries: how many, and how much they are together.
    pub matched: BTreeMap<&'static str, Matched>,
    /// Lines of the bank's day that agree with an entry of the day before or after.
    pub on_another_day: usize,
    /// How many differences there are.
    pub found: usize,
    /// The first [`BANK_DIFFERENCES_MAX`] of them.
    pub differences: Vec<BankDifference>,
}

/// Movements of one kind that agree.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Matched {
    /// How many.
    pub count: usize,
    /// How much together, above zero whichever way it went.
    pub amount: Amount,
}

/// Something that does not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankDifference {
    /// The request id of whoever has it.
    pub request_id: String,
    /// What.
    pub kind: BankDifferenceKind,
    /// What it is with us.
    pub movement: Option<EntryKind>,
    /// What the bank calls it.
    pub line: Option<String>,
    /// How much we have, above zero.
    pub ours: Option<Amount>,
    /// How much the bank has.
    pub theirs: Option<Amount>,
}

/// What does not agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BankDifferenceKind {
    /// We have booked it, and the bank's statements do not have it.
    MissingAtBank,
    /// The bank has it, and it is under way with us: the worker books it once the bank says so.
    NotBooked,
    /// The bank has it, and with us it has failed.
    FailedWithUs,
    /// The bank has it, and we do not.
    MissingWithUs,
    /// The amounts differ.
    AmountDiffers,
    /// It went the other way.
    DirectionDiffers,
    /// The bank has the same request a second time.
    Repeated,
}

impl BankDifferenceKind {
    /// Its name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MissingAtBank => "missing_at_bank",
            Self::NotBooked => "not_booked",
            Self::FailedWithUs => "failed_with_us",
            Self::MissingWithUs => "missing_with_us",
            Self::AmountDiffers => "amount_differs",
            Self::DirectionDiffers => "direction_differs",
            Self::Repeated => "repeated",
        }
    }
}

/// The bank's statements around a day.
#[derive(Debug, Default)]
struct Theirs {
    /// The first line of each request id.
    lines: BTreeMap<String, StatementLine>,
    /// The request ids of the day itself.
    of_day: BTreeSet<String>,
    /// Lines whose request id came before, if one of them is of the day.
    repeated: Vec<StatementLine>,
}

/// Holds the bank's statement of a day against what bank clearing has of it: top ups,
/// withdrawals, what cards paid and were refunded, deposits, and payouts of merchants.
///
/// The bank's day is its own and a movement is booked here when the bank's word arrives, so
/// either is looked for in the other's day before and after as well. What one has more than a
/// day later than the other is a difference of both days.
///
/// # Errors
/// [`FlowError::BankUnavailable`] if the bank gives no statement, [`FlowError::DayTooLarge`] if
/// there are more than [`RECONCILED_MAX`] movements.
pub async fn reconcile_bank<P: Platform>(
    platform: &P,
    calendar: Calendar,
    day: Day,
) -> Result<BankReconciliation, FlowError> {
    let first = day.previous().unwrap_or(day);
    let last = day.next().unwrap_or(day);
    let ours = booked(platform, calendar.start_of(first), end_of(calendar, last)).await?;
    let theirs = statements(platform, calendar, [first, day, last], day).await?;
    let mut books = BankReconciliation::default();
    let mut known: BTreeMap<&str, Day> = BTreeMap::new();
    for entry in &ours {
        let at = calendar.day(entry.at);
        known.insert(entry.operation.as_str(), at);
        if at == day {
            compare(&mut books, entry, theirs.lines.get(entry.operation.as_str()))?;
        }
    }
    for line in &theirs.repeated {
        books.differ(&line.request_id, BankDifferenceKind::Repeated, None, Some(line));
    }
    let mut missing = Vec::new();
    for id in &theirs.of_day {
        match known.get(id.as_str()) {
            Some(at) if *at == day => {}
            Some(_) => books.on_another_day += 1,
            None => missing.extend(theirs.lines.get(id)),
        }
    }
    let known = what_is_known(platform, &missing).await?;
    for line in missing {
        let kind = known.get(&line.request_id).copied();
        let kind = kind.unwrap_or(BankDifferenceKind::MissingWithUs);
        books.differ(&line.request_id, kind, None, Some(line));
    }
    Ok(books)
}

fn end_of(calendar: Calendar, day: Day) -> Timestamp {
    day.next().map_or(Timestamp::MAX, |next| calendar.start_of(next))
}

/// What bank clearing has from an instant on and before another.
async fn booked<P: Platform>(
    platform: &P,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<Entry>, FlowError> {
    let name = InternalName::BankClearing;
    let keys: Vec<String> = (0..SHARDS).map(|shard| InternalAccount::key(&name, shard)).collect();
    // A shard that no account uses is not there.
    let shards: Vec<Option<InternalAccount>> = load_many(platform, &keys).await?;
    let mut entries = Vec::new();
    for shard in shards.iter().flatten() {
        let owner = InternalAccount::owner(&name, shard.shard);
        let reader = JournalReader::of(platform, &owner, &shard.journal);
        let (before, last) = (reader.count_before(from).await?, reader.count_before(until).await?);
        if entries.len() as u64 + (last - before) > RECONCILED_MAX {
            return Err(FlowError::DayTooLarge);
        }
        let mut read = before;
        while read < last {
            let end = last.min(read + ENTRIES_AT_ONCE);
            entries.extend(reader.entries(read + 1..=end).await?);
            read = end;
        }
    }
    Ok(entries)
}

/// The bank's statements of some days, those that have begun.
async fn statements<P: Platform>(
    platform: &P,
    calendar: Calendar,
    days: [Day; 3],
    day: Day,
) -> Result<Theirs, FlowError> {
    let today = calendar.day(platform.now());
    let mut theirs = Theirs::default();
    let begun: BTreeSet<Day> = days.into_iter().filter(|day| *day <= today).collect();
    for of in begun {
        let request = BankRequest::Statement { day: of.to_string() };
        let BankReply::Statement { lines } = platform.bank().request(request).await else {
            return Err(FlowError::BankUnavailable);
        };
        for line in lines {
            let came_before = theirs.lines.contains_key(&line.request_id);
            if came_before && (of == day || theirs.of_day.contains(&line.request_id)) {
                theirs.repeated.push(line);
                continue;
            }
            if of == day {
                theirs.of_day.insert(line.request_id.clone());
            }
            theirs.lines.entry(line.request_id.clone()).or_insert(line);
        }
    }
    Ok(theirs)
}

/// What an entry of bank clearing is in the bank's statement, and how much.
fn expected(entry: &Entry) -> Result<(&'static str, Amount), FlowError> {
    let is_paid_out = entry.amount.is_positive();
    let kind = match entry.kind {
        EntryKind::Deposit => "deposit",
        _ if is_paid_out => "credit",
        _ => "debit",
    };
    let amount = if is_paid_out { entry.amount } else { entry.amount.checked_neg()? };
    Ok((kind, amount))
}

fn compare(
    books: &mut BankReconciliation,
    entry: &Entry,
    line: Option<&StatementLine>,
) -> Result<(), FlowError> {
    let (kind, amount) = expected(entry)?;
    let difference = match line {
        None => BankDifferenceKind::MissingAtBank,
        Some(line) if line.kind != kind => BankDifferenceKind::DirectionDiffers,
        Some(line) if line.amount.amount != amount => BankDifferenceKind::AmountDiffers,
        Some(_) => {
            let matched = books.matched.entry(entry.kind.as_str()).or_default();
            matched.count += 1;
            matched.amount = matched.amount.checked_add(amount)?;
            return Ok(());
        }
    };
    books.differ(entry.operation.as_str(), difference, Some((entry.kind, amount)), line);
    Ok(())
}

impl BankReconciliation {
    fn differ(
        &mut self,
        request_id: &str,
        kind: BankDifferenceKind,
        ours: Option<(EntryKind, Amount)>,
        theirs: Option<&StatementLine>,
    ) {
        self.found += 1;
        if self.differences.len() < BANK_DIFFERENCES_MAX {
            self.differences.push(BankDifference {
                request_id: request_id.to_owned(),
                kind,
                movement: ours.map(|(movement, _)| movement),
                line: theirs.map(|line| line.kind.clone()),
                ours: ours.map(|(_, amount)| amount),
                theirs: theirs.map(|line| line.amount.amount),
            });
        }
    }
}

/// What we know of lines that are not booked, by request id: what documents of operations say,
/// and that payments with a mark are under way.
async fn what_is_known<P: Platform>(
    platform: &P,
    lines: &[&StatementLine],
) -> Result<BTreeMap<String, BankDifferenceKind>, FlowError> {
    let ids: Vec<OperationId> = lines
        .iter()
        .take(BANK_DIFFERENCES_MAX)
        .filter_map(|line| OperationId::parse(&line.request_id).ok())
        .collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let keys: Vec<String> = ids.iter().map(Operation::key).collect();
    let operations: Vec<Option<Operation>> = load_many(platform, &keys).await?;
    let written = operations.into_iter().flatten().filter_map(|operation| {
        let kind = match operation.state {
            OperationState::Failed { .. } => BankDifferenceKind::FailedWithUs,
            // Its entry is of a day further off.
            OperationState::Succeeded { .. } => return None,
            _ => BankDifferenceKind::NotBooked,
        };
        Some((operation.id.to_string(), kind))
    });
    let marks = platform.store().pending_due(Timestamp::MAX, MARKS_MAX).await?;
    let marked = marks.iter().filter_map(Mark::parse).map(|(mark, _)| mark.subject().to_owned());
    Ok(marked.map(|id| (id, BankDifferenceKind::NotBooked)).chain(written).collect())
}
