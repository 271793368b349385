//! An audit of the whole store, in batches, while requests go on.

use std::collections::{BTreeMap, BTreeSet};

use feiqian_calendar::Timestamp;
use feiqian_ledger::audit::{Documents, Examined, Finding, FindingKind, Totals};
use feiqian_store::{Store, ticket_of};

use crate::arbiter::{Due, Receiver, due};
use crate::{FlowError, Platform};

/// Documents that one batch looks at: with all that they name, some megabytes and a few
/// thousand reads, which stay within a request's time.
pub const AUDIT_BATCH_MAX: usize = 500;

/// Marks that a batch looks for its operations in, at the most. With more pending than
/// that, something else is the matter, and no mark is said to be missing.
const MARKS_MAX: usize = 20_000;

/// Keys read at once: what a store has to hold of an answer stays below some megabytes.
const READ_AT_ONCE: usize = 100;

/// What one batch of an audit found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditBatch {
    /// What was found in the documents of this batch.
    pub findings: Vec<Finding>,
    /// The key behind which the next batch goes on; none if all has been looked at.
    pub next: Option<String>,
}

/// Looks at up to `limit` documents behind a key, at each beside those that it names, and
/// adds up what they hold.
///
/// Each document is read before those that it names, so a store that changes meanwhile
/// shows no fault that is none (see [`feiqian_ledger::audit`]). Sums are exact at rest.
///
/// # Errors
/// That the store did not answer; nothing has been changed.
pub async fn audit<P: Platform>(
    platform: &P,
    totals: &mut Totals,
    after: &str,
    limit: usize,
) -> Result<AuditBatch, FlowError> {
    let limit = limit.clamp(1, AUDIT_BATCH_MAX);
    let keys = platform.store().list(after, limit).await?;
    let next = keys.last().filter(|_| keys.len() == limit).cloned();
    let (tickets, keys): (Vec<String>, Vec<String>) =
        keys.into_iter().partition(|key| ticket_of(key).is_some());
    let mut batch = Batch::read(platform, keys).await?;
    batch.read_related(platform).await?;
    batch.look();
    batch.look_at_postings();
    batch.look_at_marks(platform).await?;
    batch.look_at_tickets(platform, tickets).await?;
    batch.add_up(totals)?;
    Ok(AuditBatch { findings: batch.findings, next })
}

struct Batch {
    keys: Vec<String>,
    examined: Vec<Examined>,
    related: Documents,
    findings: Vec<Finding>,
}

impl Batch {
    async fn read<P: Platform>(platform: &P, keys: Vec<String>) -> Result<Self, FlowError> {
        let mut batch =
            Self { keys, examined: vec![], related: Documents::default(), findings: vec![] };
        for (key, value) in read_all(platform, &batch.keys).await? {
            // Documents are never removed; one that is gone is missed by those that name it.
            let Some(value) = value else { continue };
            match Examined::read(&key, &value) {
                Ok(examined) => batch.examined.push(examined),
                Err(finding) => batch.findings.push(finding),
            }
        }
        Ok(batch)
    }

    /// Reads what the documents name, then the pages that these say their entries are in.
    async fn read_related<P: Platform>(&mut self, platform: &P) -> Result<(), FlowError> {
        let named: BTreeSet<String> = self.examined.iter().flat_map(Examined::related).collect();
        self.keep(read_all(platform, &Vec::from_iter(named)).await?);
        let pages: BTreeSet<String> =
            self.examined.iter().flat_map(|examined| examined.pages(&self.related)).collect();
        self.keep(read_all(platform, &Vec::from_iter(pages)).await?);
        Ok(())
    }

    fn keep(&mut self, documents: BTreeMap<String, Option<Vec<u8>>>) {
        for (key, value) in documents {
            self.related.keep(key, value);
        }
    }

    fn look(&mut self) {
        let found = self.examined.iter().flat_map(|examined| examined.check(&self.related));
        self.findings.extend(found);
    }

    /// A posting is made when its arbiter wants it, and an arbiter never goes back.
    fn look_at_postings(&mut self) {
        for examined in &self.examined {
            let receiver =
                if examined.is_account() { Receiver::Holder } else { Receiver::Internal };
            for (operation, arbiter) in examined.postings() {
                let Some(bytes) = self.related.bytes(arbiter) else { continue };
                if due(receiver, arbiter, bytes, operation) == Ok(Due::Never) {
                    let what = format!("{arbiter} never asked for {operation}");
                    let kind = FindingKind::PostingUndue;
                    self.findings.push(Finding::new(kind, examined.key(), what));
                }
            }
        }
    }

    /// An operation has its mark from before it is under way until after. So one that was
    /// under way before the marks were read, and is after, is in them.
    async fn look_at_marks<P: Platform>(&mut self, platform: &P) -> Result<(), FlowError> {
        if self.examined.iter().all(|examined| examined.in_flight().is_empty()) {
            return Ok(());
        }
        let marks = platform.store().pending_due(Timestamp::MAX, MARKS_MAX).await?;
        if marks.len() == MARKS_MAX {
            return Ok(());
        }
        let marked: BTreeSet<&str> = marks.iter().flat_map(|mark| mark.name.split('.')).collect();
        for examined in &self.examined {
            for (id, _) in examined.in_flight() {
                if !marked.contains(id) && still_under_way(platform, examined.key(), id).await? {
                    let what = format!("{id} is under way and has no mark");
                    let kind = FindingKind::Unmarked;
                    self.findings.push(Finding::new(kind, examined.key(), what));
                }
            }
        }
        Ok(())
    }

    async fn look_at_tickets<P: Platform>(
        &mut self,
        platform: &P,
        tickets: Vec<String>,
    ) -> Result<(), FlowError> {
        let documents: Vec<String> =
            tickets.iter().filter_map(|ticket| ticket_of(ticket)).map(str::to_owned).collect();
        for (document, value) in read_all(platform, &documents).await? {
            if value.is_none() {
                let what = "its maker is at it, or died";
                let kind = FindingKind::CreationUnfinished;
                self.findings.push(Finding::new(kind, &document, what));
            }
        }
        self.keys.extend(tickets);
        Ok(())
    }

    fn add_up(&self, totals: &mut Totals) -> Result<(), FlowError> {
        self.keys.iter().for_each(|key| totals.count(key));
        self.findings.iter().for_each(|finding| totals.note(finding));
        for examined in &self.examined {
            totals.add(examined)?;
        }
        Ok(())
    }
}

async fn still_under_way<P: Platform>(
    platform: &P,
    key: &str,
    id: &str,
) -> Result<bool, FlowError> {
    let Some(bytes) = platform.store().read(key).await? else { return Ok(false) };
    let now = Examined::read(key, &bytes);
    Ok(now.is_ok_and(|now| now.in_flight().iter().any(|(other, _)| *other == id)))
}

/// Reads documents, each at an instant of its own.
async fn read_all<P: Platform>(
    platform: &P,
    keys: &[String],
) -> Result<BTreeMap<String, Option<Vec<u8>>>, FlowError> {
    let mut found = BTreeMap::new();
    for some in keys.chunks(READ_AT_ONCE) {
        let values = platform.store().read_many(some).await?;
        found.extend(some.iter().cloned().zip(values));
    }
    Ok(found)
}
