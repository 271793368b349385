//! Writing down what operators do, before they do it, and reading it back.

use feiqian_calendar::Timestamp;
use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_ledger::{
    Document, Intent, LogEntry, LogEvent, LogHash, LogPlace, OPERATOR_LOG_BOOKS_MAX,
    OPERATOR_LOG_PAGE_ENTRIES, OperatorLog, OperatorLogPage,
};
use feiqian_store::Store;

use crate::documents::{Decision, change, create, load, load_many};
use crate::{FlowError, Platform};

/// Entries of an operator's log in one answer, at the most: four pages of reads.
pub const LOG_ENTRIES_MAX: usize = 100;

/// Writes down what an operator is about to do. Whoever does it waits for this: what cannot be
/// written down is not done.
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. the intent is in the chain | it was not done, or nobody knows: the entry has no outcome |
/// | 2. it is done | the same; what it was about tells |
/// | 3. the outcome is in the chain ([`note_outcome`]) | |
///
/// Two store round trips, a third for each full page.
///
/// # Errors
/// That the store did not answer, or that too many others write to the same chain. The intent
/// may stand there all the same.
pub async fn note_intent<P: Platform>(
    platform: &P,
    operator: &str,
    request_id: &str,
    intent: Intent,
) -> Result<LogPlace, FlowError> {
    let event = LogEvent::Intent(intent);
    for book in 0..OPERATOR_LOG_BOOKS_MAX {
        match note(platform, operator, book, request_id, &event).await {
            Err(FlowError::DocumentMissing) => {}
            other => return other,
        }
        let mut log = OperatorLog::new(operator, book);
        let place = append(&mut log, platform.now(), request_id, &event)?;
        match create(platform, &OperatorLog::key(operator, book), &log).await {
            Ok(None) => return Ok(place),
            Ok(Some(_)) => return note(platform, operator, book, request_id, &event).await,
            // Its maker is at it, or died: the next book is as good.
            Err(FlowError::InProgress) => {}
            Err(error) => return Err(error),
        }
    }
    Err(FlowError::Contended)
}

/// Writes down what came of an intent: the status of the answer, and the problem's code.
///
/// # Errors
/// As [`note_intent`]. What was done stays done.
pub async fn note_outcome<P: Platform>(
    platform: &P,
    intent: &LogPlace,
    request_id: &str,
    status: u16,
    code: Option<&str>,
) -> Result<LogPlace, FlowError> {
    let code = code.map(str::to_owned);
    let event = LogEvent::Outcome { of: intent.sequence, status, code };
    note(platform, &intent.operator, intent.book, request_id, &event).await
}

async fn note<P: Platform>(
    platform: &P,
    operator: &str,
    book: u8,
    request_id: &str,
    event: &LogEvent,
) -> Result<LogPlace, FlowError> {
    change(platform, &OperatorLog::key(operator, book), async |log: &mut OperatorLog| {
        if let Some(page) = log.full_page() {
            // Before the swap that drops it; the same whoever writes it.
            if !mutant(Mutant::LogPageNotWritten) {
                platform.store().put(&page.own_key(), &page.encode()?).await?;
            }
            log.drop_page(&page);
        }
        let place = append(log, platform.now(), request_id, event)?;
        if mutant(Mutant::ActedUnwritten) {
            return Ok(Decision::Keep(place));
        }
        Ok(Decision::Write(place))
    })
    .await
}

fn append(
    log: &mut OperatorLog,
    at: Timestamp,
    request_id: &str,
    event: &LogEvent,
) -> Result<LogPlace, FlowError> {
    log.append(at, request_id, event.clone())
        .map_err(|error| FlowError::Inconsistent(error.to_string()))
}

/// Which part of an operator's log to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogQuery {
    /// Entries from this instant on.
    pub from: Timestamp,
    /// Entries before this instant.
    pub until: Timestamp,
    /// Where to go on: a book, and the number before which.
    pub before: Option<(u8, u64)>,
    /// How many at the most, 1 to [`LOG_ENTRIES_MAX`].
    pub limit: usize,
}

/// How far a book of an operator's log has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogHead {
    /// Which book.
    pub book: u8,
    /// How many entries it has.
    pub length: u64,
    /// The hash of the newest.
    pub hash: Option<LogHash>,
}

/// A part of one book of an operator's log, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPart {
    /// Every book that there is.
    pub heads: Vec<LogHead>,
    /// The book that the entries are of.
    pub book: u8,
    /// The hash that the oldest of the entries is chained to.
    pub before: Option<String>,
    /// The entries, without a gap.
    pub entries: Vec<LogEntry>,
    /// Where to go on, if there may be more.
    pub next: Option<(u8, u64)>,
}

/// Reads a part of an operator's log: one round trip for the books, one for each halving of the
/// pages to find the day, and one for the pages of the answer.
///
/// # Errors
/// That the store did not answer, or that a page is not there. An operator who has done nothing
/// has no books.
pub async fn read_operator_log<P: Platform>(
    platform: &P,
    operator: &str,
    query: &LogQuery,
) -> Result<LogPart, FlowError> {
    let keys: Vec<String> =
        (0..OPERATOR_LOG_BOOKS_MAX).map(|book| OperatorLog::key(operator, book)).collect();
    let logs: Vec<OperatorLog> = load_many(platform, &keys).await?.into_iter().flatten().collect();
    let head = |log: &OperatorLog| LogHead {
        book: log.book(),
        length: log.length(),
        hash: log.head().cloned(),
    };
    let heads = logs.iter().map(head).collect();
    let (book, before) = query.before.unwrap_or((0, u64::MAX));
    let mut left = logs.iter().filter(|log| log.book() >= book);
    let Some(log) = left.next() else {
        return Ok(LogPart { heads, book, before: None, entries: vec![], next: None });
    };
    let reader = Reader { platform, log };
    let before = if log.book() == book { before } else { u64::MAX };
    let (before, entries, goes_on) = reader.part(query, before).await?;
    let first = entries.last().map(LogEntry::read).transpose();
    let first = first.map_err(|error| FlowError::Inconsistent(error.to_string()))?;
    let next = match first {
        Some(first) if goes_on => Some((log.book(), first.sequence)),
        _ => left.next().map(|log| (log.book(), u64::MAX)),
    };
    Ok(LogPart { heads, book: log.book(), before, entries, next })
}

struct Reader<'a, P> {
    platform: &'a P,
    log: &'a OperatorLog,
}

impl<P: Platform> Reader<'_, P> {
    /// Entries newest first, what the oldest is chained to, and whether older ones may follow.
    async fn part(
        &self,
        query: &LogQuery,
        before: u64,
    ) -> Result<(Option<String>, Vec<LogEntry>, bool), FlowError> {
        let last = self.count_before(query.until).await?.min(before.saturating_sub(1));
        let limit = query.limit.clamp(1, LOG_ENTRIES_MAX) as u64;
        let first = last.saturating_sub(limit) + 1;
        if last == 0 {
            return Ok((None, Vec::new(), false));
        }
        let (before_all, all) = self.read_from_page_of(first, last).await?;
        let (mut chained_to, mut entries) = (before_all, Vec::new());
        for entry in all {
            let record = entry.read().map_err(|e| FlowError::Inconsistent(e.to_string()))?;
            if record.sequence > last {
                break;
            }
            if record.sequence < first || record.at < query.from {
                chained_to = entry.hash.as_str().to_owned();
            } else {
                entries.push(entry);
            }
        }
        // If all of the range is of the day, what is older may be, too.
        let whole = entries.len() as u64 == last + 1 - first;
        entries.reverse();
        let chained_to = (!entries.is_empty()).then_some(chained_to);
        Ok((chained_to, entries, whole && first > 1))
    }

    /// The entries from the page on in which `first` stands, and what they are chained to. One
    /// round trip if some have left the document.
    async fn read_from_page_of(
        &self,
        first: u64,
        last: u64,
    ) -> Result<(String, Vec<LogEntry>), FlowError> {
        let pages = self.log.pages();
        let numbers = OperatorLogPage::number_of(first)..=OperatorLogPage::number_of(last);
        let keys: Vec<String> =
            numbers.filter(|number| *number < pages).map(|number| self.key(number)).collect();
        let found: Vec<Option<OperatorLogPage>> =
            if keys.is_empty() { Vec::new() } else { load_many(self.platform, &keys).await? };
        let found: Option<Vec<OperatorLogPage>> = found.into_iter().collect();
        let found = found.ok_or(FlowError::DocumentMissing)?;
        let before = found.first().map_or_else(|| self.log.before(), OperatorLogPage::before);
        let mut entries: Vec<LogEntry> =
            found.iter().flat_map(|page| page.entries().iter().cloned()).collect();
        entries.extend(self.log.entries().iter().cloned());
        Ok((before, entries))
    }

    fn key(&self, number: u64) -> String {
        OperatorLogPage::key(self.log.operator(), self.log.book(), number)
    }

    /// How many entries were written before an instant. A binary search over pages, since a
    /// chain's time never runs backwards.
    async fn count_before(&self, until: Timestamp) -> Result<u64, FlowError> {
        let in_pages = self.log.pages() * OPERATOR_LOG_PAGE_ENTRIES as u64;
        let here = count(self.log.entries(), until)?;
        if here > 0 || in_pages == 0 {
            return Ok(in_pages + here);
        }
        let (mut low, mut high, mut before) = (0, self.log.pages(), 0);
        // Every page below `low` begins before the instant, and none from `high` on does.
        while low < high {
            let middle = low + (high - low) / 2;
            let page: Option<OperatorLogPage> = load(self.platform, &self.key(middle)).await?;
            match count(page.ok_or(FlowError::DocumentMissing)?.entries(), until)? {
                0 => high = middle,
                in_page => {
                    before = middle * OPERATOR_LOG_PAGE_ENTRIES as u64 + in_page;
                    low = middle + 1;
                }
            }
        }
        Ok(before)
    }
}

/// How many of some entries, oldest first, were written before an instant.
fn count(entries: &[LogEntry], until: Timestamp) -> Result<u64, FlowError> {
    let mut before = 0;
    for entry in entries {
        let record = entry.read().map_err(|error| FlowError::Inconsistent(error.to_string()))?;
        if record.at >= until {
            break;
        }
        before += 1;
    }
    Ok(before)
}
