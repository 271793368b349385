use feiqian_calendar::{Day, Timestamp};
use feiqian_ledger::{
    Entry, EntryKind, InternalAccount, MerchantId, Order, OrderId, PartnerId, Settlement, Tally,
};
use feiqian_money::Amount;

use super::close::shards_of;
use crate::documents::{load, load_many};
use crate::history::JournalReader;
use crate::orders::load_merchant;
use crate::{FlowError, Platform, Subject};

/// Entries in one part of a day's bill: each costs a read of its order, a hundred at once.
pub const BILL_ENTRIES_MAX: u64 = 480;

/// Orders that are read at once.
const ORDERS_AT_ONCE: usize = 96;

/// One payment, refund or redemption of a merchant's day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillLine {
    /// When the merchant was credited or debited.
    pub at: Timestamp,
    /// The operation.
    pub operation: String,
    /// The order.
    pub order: String,
    /// The merchant's own number of it.
    pub reference: String,
    /// What it was.
    pub kind: EntryKind,
    /// Above zero came in, below zero was given back.
    pub amount: Amount,
    /// The fee.
    pub fee: Amount,
}

/// A part of the bill of a merchant's day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillPart {
    /// The day's settlement.
    pub settlement: Settlement,
    /// Which part, counted from 1.
    pub part: u64,
    /// How many parts the day has.
    pub parts: u64,
    /// The lines: by shard of the merchant's journal, oldest first.
    pub lines: Vec<BillLine>,
}

/// What became of a day of one of the partner's merchants.
///
/// # Errors
/// [`FlowError::NotFound`] for a merchant that is not the partner's, or a day that is not
/// settled or had nothing to be settled.
pub async fn settlement_of<P: Platform>(
    platform: &P,
    partner: &PartnerId,
    merchant: &MerchantId,
    day: Day,
) -> Result<Settlement, FlowError> {
    let merchant = load_merchant(platform, partner, merchant).await?;
    let settlement: Option<Settlement> =
        load(platform, &Settlement::key(&merchant.id, day)).await?;
    // It is written before the merchant lets go of the day, and the day is over with that.
    let through = merchant.settling.and_then(|settling| settling.settled_through);
    settlement
        .filter(|settlement| through.is_some_and(|through| settlement.day <= through))
        .ok_or(FlowError::NotFound(Subject::Settlement))
}

/// A part of the bill of a day of one of the partner's merchants.
///
/// # Errors
/// As [`settlement_of`], and [`FlowError::NotFound`] for a part that the day does not have.
pub async fn settlement_bill<P: Platform>(
    platform: &P,
    partner: &PartnerId,
    merchant: &MerchantId,
    day: Day,
    part: u64,
) -> Result<BillPart, FlowError> {
    let settlement = settlement_of(platform, partner, merchant, day).await?;
    let parts = settlement.entries().div_ceil(BILL_ENTRIES_MAX).max(1);
    if part == 0 || part > parts {
        return Err(FlowError::NotFound(Subject::Settlement));
    }
    let skipped = (part - 1) * BILL_ENTRIES_MAX;
    let entries = entries_of(platform, &settlement, skipped).await?;
    let mut lines = Vec::with_capacity(entries.len());
    for some in entries.chunks(ORDERS_AT_ONCE) {
        lines.extend(lines_of(platform, &settlement, some).await?);
    }
    Ok(BillPart { settlement, part, parts, lines })
}

/// The entries of a part, all of its shards' that belong to the day counted one after the other.
async fn entries_of<P: Platform>(
    platform: &P,
    settlement: &Settlement,
    mut skipped: u64,
) -> Result<Vec<Entry>, FlowError> {
    let mut room = BILL_ENTRIES_MAX;
    let mut entries = Vec::new();
    let shards = shards_of(platform, &settlement.merchant).await?;
    for ((shard, from), until) in shards.iter().zip(&settlement.from).zip(&settlement.until) {
        let here = until.saturating_sub(*from);
        let first = from + skipped.min(here);
        skipped -= skipped.min(here);
        let last = until.min(&(first + room)).to_owned();
        if last > first {
            let owner = InternalAccount::owner(&shard.name, shard.shard);
            let reader = JournalReader::of(platform, &owner, &shard.journal);
            entries.extend(reader.entries(first + 1..=last).await?);
            room -= last - first;
        }
    }
    Ok(entries)
}

async fn lines_of<P: Platform>(
    platform: &P,
    settlement: &Settlement,
    entries: &[Entry],
) -> Result<Vec<BillLine>, FlowError> {
    let entries: Vec<&Entry> = entries.iter().filter(|entry| Tally::counts(entry)).collect();
    let order_key = |entry: &&Entry| match OrderId::parse(&entry.counterparty) {
        Ok(order) => Ok(Order::key(&order)),
        Err(_) => Err(FlowError::Inconsistent(format!("{} names no order", entry.operation))),
    };
    let keys = entries.iter().map(order_key).collect::<Result<Vec<String>, FlowError>>()?;
    let orders: Vec<Option<Order>> = load_many(platform, &keys).await?;
    let mut lines = Vec::with_capacity(entries.len());
    for (entry, order) in entries.into_iter().zip(orders) {
        let order = order.ok_or(FlowError::DocumentMissing)?;
        lines.push(BillLine {
            at: entry.at,
            operation: entry.operation.to_string(),
            order: order.id.to_string(),
            reference: order.reference,
            kind: entry.kind,
            amount: entry.amount,
            fee: Tally::fee_of(entry, settlement.rate)?.unwrap_or_default(),
        });
    }
    Ok(lines)
}
