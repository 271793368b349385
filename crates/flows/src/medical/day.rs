//! What the insurer settled and gave back, by its own day: a log that a statement of that day
//! is held against.

use feiqian_calendar::{Day, Timestamp};
use feiqian_insurer_api::{LineSplit, StatementKind};
use feiqian_ledger::medical::{Split, VisitDay, VisitMovement};
use feiqian_ledger::{SHARDS, VISIT_DAY_PAGES_MAX, VisitId, shard_of};

use crate::documents::load_many;
use crate::pages::add_line;
use crate::{FlowError, Platform, Policy};

/// Pages of a slot that are read at once: a slot of an ordinary day has no more.
const PAGES_READ_AT_ONCE: u16 = 8;

/// Writes down what the insurer did under one request, once: before the visit takes note of
/// it, so that nothing that a visit knows is missing here.
pub(super) async fn log_movement<P: Platform>(
    platform: &P,
    policy: &Policy,
    visit: &VisitId,
    request_id: &str,
    kind: StatementKind,
    lines: &[LineSplit],
    at: Timestamp,
) -> Result<(), FlowError> {
    let (day, slot) = (policy.calendar.day(at), shard_of(visit.as_str()));
    let mut splits = lines.iter().map(|line| Split::unchecked(&line.split));
    let split = splits.try_fold(Split::ZERO, |sum, split| sum.checked_add(&split))?;
    let request_id = request_id.to_owned();
    let line = VisitMovement { request_id, visit: visit.clone(), kind, split, at };
    let pages = (0..VISIT_DAY_PAGES_MAX).map(|number| VisitDay::key(day, slot, number));
    let new = VisitDay::new(line.clone());
    add_line(platform, pages, &new, |page| page.add(line.clone())).await
}

/// Everything that is written down of a day.
pub(super) async fn movements_of<P: Platform>(
    platform: &P,
    day: Day,
) -> Result<Vec<VisitMovement>, FlowError> {
    let mut movements: Vec<VisitMovement> = Vec::new();
    for slot in 0..SHARDS {
        let mut first = 0;
        while first < VISIT_DAY_PAGES_MAX {
            let last = first.saturating_add(PAGES_READ_AT_ONCE).min(VISIT_DAY_PAGES_MAX);
            let keys: Vec<String> =
                (first..last).map(|number| VisitDay::key(day, slot, number)).collect();
            let pages: Vec<Option<VisitDay>> = load_many(platform, &keys).await?;
            let found = pages.iter().flatten().flat_map(VisitDay::lines).cloned();
            let before = movements.len();
            movements.extend(found);
            if movements.len() == before {
                break;
            }
            first = last;
        }
    }
    // A line that was written twice around a full page is one.
    movements.sort_by(|a, b| a.request_id.cmp(&b.request_id));
    movements.dedup_by(|a, b| a.request_id == b.request_id);
    Ok(movements)
}
