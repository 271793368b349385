//! Which day of a merchant is over, and the last entries that belong to it.

use feiqian_calendar::{Calendar, Day, Timestamp};
use feiqian_ledger::{
    InternalAccount, InternalName, Merchant, MerchantId, PAGE_ENTRIES, SETTLED_PAGES_SKIPPED_MAX,
    SHARDS, Settling, Tally,
};

use crate::documents::{Decision, change, load_many};
use crate::history::JournalReader;
use crate::{FlowError, Platform};

/// Begins the next day that is to be settled, if it is over; gives the day that is being
/// settled.
pub(super) async fn begin_day<P: Platform>(
    platform: &P,
    calendar: Calendar,
    id: &MerchantId,
) -> Result<Option<Day>, FlowError> {
    change(platform, &Merchant::key(id), async |merchant: &mut Merchant| {
        let Some(settling) = &mut merchant.settling else { return Ok(Decision::Keep(None)) };
        if let Some(closing) = settling.current() {
            return Ok(Decision::Keep(Some(closing.day)));
        }
        let now = platform.now();
        Ok(match next_day(platform, calendar, id, settling, now).await? {
            Some((day, until)) if settling.begin(day, until.clone(), now) => {
                Decision::Write(Some(day))
            }
            _ => Decision::Keep(None),
        })
    })
    .await
}

/// The shards of a merchant, in order.
pub(super) async fn shards_of<P: Platform>(
    platform: &P,
    id: &MerchantId,
) -> Result<Vec<InternalAccount>, FlowError> {
    let name = InternalName::Merchant(id.clone());
    let keys: Vec<String> = (0..SHARDS).map(|shard| InternalAccount::key(&name, shard)).collect();
    let shards: Vec<Option<InternalAccount>> = load_many(platform, &keys).await?;
    shards.into_iter().map(|shard| shard.ok_or(FlowError::DocumentMissing)).collect()
}

/// The next day to be settled with the last entry of each shard that belongs to it.
///
/// An entry belongs to the day of its own date. The date is when the merchant was credited: a
/// payment that was answered before midnight and credited after it belongs to the day after.
/// A shard that was read after midnight may still take an entry of the day before, from a
/// machine whose clock is behind. It stands behind the last entry that belongs to that day, so
/// it belongs to the next one that is settled: places in journals decide, and no entry is
/// settled twice or left out.
async fn next_day<P: Platform>(
    platform: &P,
    calendar: Calendar,
    id: &MerchantId,
    settling: &Settling,
    now: Timestamp,
) -> Result<Option<(Day, Vec<u64>)>, FlowError> {
    let after = settling.settled_through.map(|day| day.next().unwrap_or(day));
    let name = InternalName::Merchant(id.clone());
    let shards = shards_of(platform, id).await?;
    let owners: Vec<String> =
        (0..SHARDS).map(|shard| InternalAccount::owner(&name, shard)).collect();
    let readers: Vec<JournalReader<'_, P>> = owners
        .iter()
        .zip(&shards)
        .map(|(owner, shard)| JournalReader::of(platform, owner, &shard.journal))
        .collect();
    let mut first: Option<Day> = None;
    for ((reader, shard), settled) in readers.iter().zip(&shards).zip(settling.positions()) {
        if let Some(at) = first_owed(reader, *settled, shard.journal.length()).await? {
            let day = calendar.day(at);
            first = Some(first.map_or(day, |first| first.min(day)));
        }
    }
    let refused = after.filter(|_| settling.carried.is_positive());
    let Some(day) = first.map(|first| after.map_or(first, |after| first.max(after))).or(refused)
    else {
        return Ok(None);
    };
    let Some(next) = day.next().filter(|_| day < calendar.day(now)) else { return Ok(None) };
    let end = calendar.start_of(next);
    let mut until = Vec::with_capacity(readers.len());
    for (reader, settled) in readers.iter().zip(settling.positions()) {
        until.push(reader.count_before(end).await?.max(*settled));
    }
    Ok(Some((day, until)))
}

/// When the first entry behind `settled` was posted that may be for the merchant to be settled.
///
/// Settlements' own entries are passed over. Behind very many of those the search ends, and the
/// last one stands for what follows it: its day is settled next, with nothing in it if need be,
/// and the search after that begins behind it. Nothing is left out, and no look is unbounded.
async fn first_owed<P: Platform>(
    reader: &JournalReader<'_, P>,
    settled: u64,
    length: u64,
) -> Result<Option<Timestamp>, FlowError> {
    let step = PAGE_ENTRIES as u64;
    let mut from = settled + 1;
    let mut passed_over = None;
    for _ in 0..SETTLED_PAGES_SKIPPED_MAX {
        if from > length {
            return Ok(None);
        }
        let entries = reader.entries(from..=(from + step - 1).min(length)).await?;
        if let Some(entry) = entries.iter().find(|entry| Tally::counts(entry)) {
            return Ok(Some(entry.at));
        }
        passed_over = entries.last().map(|entry| entry.at);
        from += step;
    }
    Ok(passed_over.filter(|_| from <= length))
}
