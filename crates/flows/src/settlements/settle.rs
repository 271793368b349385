use feiqian_bank_api::{BankRequest, DeclineReason, MoneyStatus};
use feiqian_calendar::{Calendar, Day, Timestamp};
use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_ledger::{
    COUNTED_AT_ONCE, Document, Entry, EntryKind, InternalAccount, InternalName, Merchant,
    MerchantId, Movement, OperationId, Settlement, SettlementAccount, Settling, Stage, fees_of,
    payout_of, shard_of,
};
use feiqian_money::{Amount, Money};
use feiqian_store::{Pending, Store};

use super::close::{begin_day, shards_of};
use super::terms::number_context;
use crate::arbiter::Arbiter;
use crate::bank::{Attempt, known_to_bank, send};
use crate::documents::{Decision, change, load};
use crate::events::{Errand, announce};
use crate::history::JournalReader;
use crate::internal::post_internal;
use crate::marks::{Mark, RETRY_AFTER_MS, replace_mark};
use crate::{FlowError, Platform, Vault};

/// How long after midnight the worker settles the day before, milliseconds: what was paid
/// before midnight is credited by then, unless somebody has died.
const SETTLE_AFTER_MS: u64 = 5 * 60 * 1000;

/// Over how long merchants are spread from then on, each at a time of its own, milliseconds:
/// three hours, so that payments' marks do not stand behind those of all merchants at once, and
/// the money is there before shops open.
const SETTLE_SPREAD_MS: u64 = 3 * 60 * 60 * 1000;

/// Steps of adding up that one run takes: with the swaps of a day's other steps they are what an
/// instance keeps for a request (decision 5). A busy merchant's day is added up in some runs,
/// each of which goes on where the last one was.
const STEPS_AT_ONCE: usize = 6;

/// How far a run came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Run {
    /// Nothing is to be settled until a day is over.
    Rests,
    /// There is more to do at once.
    GoesOn,
}

/// The mark under which a merchant's days are settled, as it stands until the next is over.
pub(super) fn standing_mark(calendar: Calendar, id: &MerchantId, now: Timestamp) -> Pending {
    let today = calendar.day(now);
    let midnight = today.next().map_or(Timestamp::MAX, |next| calendar.start_of(next));
    let due = midnight.plus_millis(SETTLE_AFTER_MS).plus_millis(turn_of(id));
    Mark::Settlement(id.clone()).pending(due, 0)
}

/// A merchant's place within [`SETTLE_SPREAD_MS`], always the same: ids are digests, so they
/// spread evenly.
fn turn_of(id: &MerchantId) -> u64 {
    let number = |sum: u64, byte: u8| sum.wrapping_mul(31).wrapping_add(byte.into());
    id.as_str().bytes().fold(0, number) % SETTLE_SPREAD_MS
}

/// Settles the oldest day of a merchant that is over and is not settled. The mark then stands for
/// the next one, at once if that is over as well. A mark of a merchant that is not paid out stands as well: an operator's word
/// may be on its way.
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. the merchant's document says which day, and the last entry of it in each shard | on from here |
/// | 2. it says what the entries add up to, in steps | on from the last step |
/// | 3. it says that the payout is requested, or kept if it is not above zero | it may have been sent: the bank is queried by the payout's id first |
/// | 4. the bank pays, or refuses for good | it answers the same again |
/// | 5. the merchant's document says which | on from here |
/// | 6. the fees are booked: a shard of the merchant, then of the fees; they remember that | posted already: 7 |
/// | 7. what was paid is booked: a shard of the merchant, then of bank clearing | posted already: 8 |
/// | 8. the day's settlement is written out, the same whoever does, and its partner is to be told | written and told again |
/// | 9. the merchant's document lets go of the day: the shards may forget it | the next day: 1 |
/// | 10. the mark stands for the next day, which has begun as in 1 if it is over | |
///
/// What the bank refuses is owed still and is paid out with the next day, by another id.
///
/// # Errors
/// [`FlowError::BankUnavailable`] while it is not known what the bank did; the mark stays.
pub async fn settle_merchant<P: Platform>(
    platform: &P,
    calendar: Calendar,
    vault: &Vault,
    pending: &Pending,
) -> Result<(), FlowError> {
    let Some((Mark::Settlement(id), _)) = Mark::parse(pending) else {
        return Err(FlowError::Inconsistent(format!("{} is no merchant's mark", pending.name)));
    };
    let next = match run(platform, calendar, vault, &id).await? {
        Run::Rests => standing_mark(calendar, &id, platform.now()),
        Run::GoesOn => {
            Mark::Settlement(id).pending(platform.now().plus_millis(RETRY_AFTER_MS[0]), 0)
        }
    };
    replace_mark(platform, pending, &next).await
}

/// Settles a day as [`settle_merchant`] does, for an operator who does not want to wait for the
/// worker. If another one is over, it is under way afterwards. A mark stands before and after.
///
/// # Errors
/// As [`settle_merchant`].
pub async fn run_settlements<P: Platform>(
    platform: &P,
    calendar: Calendar,
    vault: &Vault,
    id: &MerchantId,
) -> Result<(), FlowError> {
    run(platform, calendar, vault, id).await.map(|_| ())
}

async fn run<P: Platform>(
    platform: &P,
    calendar: Calendar,
    vault: &Vault,
    id: &MerchantId,
) -> Result<Run, FlowError> {
    let Some(day) = begin_day(platform, calendar, id).await? else { return Ok(Run::Rests) };
    if !count(platform, id, day).await? {
        return Ok(Run::GoesOn);
    }
    let attempt = request(platform, vault, id, day).await?;
    pay_out(platform, vault, id, day, attempt).await?;
    book(platform, id, day).await?;
    finish(platform, id, day).await?;
    let next = begin_day(platform, calendar, id).await?;
    Ok(next.map_or(Run::Rests, |_| Run::GoesOn))
}

/// The merchant's settling, if this day is its turn still.
async fn settling_of<P: Platform>(
    platform: &P,
    id: &MerchantId,
    day: Day,
) -> Result<Option<Settling>, FlowError> {
    let merchant: Option<Merchant> = load(platform, &Merchant::key(id)).await?;
    let settling = merchant.ok_or(FlowError::DocumentMissing)?.settling;
    Ok(settling.filter(|settling| settling.current().is_some_and(|closing| closing.day == day)))
}

async fn step<P: Platform>(
    platform: &P,
    id: &MerchantId,
    mut take: impl FnMut(&mut Settling) -> Result<bool, FlowError>,
) -> Result<bool, FlowError> {
    change(platform, &Merchant::key(id), async |merchant: &mut Merchant| {
        let Some(settling) = &mut merchant.settling else { return Ok(Decision::Keep(false)) };
        Ok(if take(settling)? { Decision::Write(true) } else { Decision::Keep(false) })
    })
    .await
}

/// Step 2; false if there is more to add up.
async fn count<P: Platform>(platform: &P, id: &MerchantId, day: Day) -> Result<bool, FlowError> {
    for _ in 0..STEPS_AT_ONCE {
        let parts = next_entries(platform, id, day).await?;
        if parts.is_empty() {
            return Ok(true);
        }
        step(platform, id, |settling| {
            let mut news = false;
            for (shard, entries) in &parts {
                news |= settling.count(day, *shard, entries)?;
            }
            Ok(news)
        })
        .await?;
    }
    Ok(false)
}

/// Entries that are to be added up next, by shard; none if all are.
async fn next_entries<P: Platform>(
    platform: &P,
    id: &MerchantId,
    day: Day,
) -> Result<Vec<(u8, Vec<Entry>)>, FlowError> {
    let Some(settling) = settling_of(platform, id, day).await? else { return Ok(Vec::new()) };
    let Some(closing) = settling.current().filter(|closing| closing.counted != closing.until)
    else {
        return Ok(Vec::new());
    };
    let shards = shards_of(platform, id).await?;
    let mut parts = Vec::new();
    let mut room = COUNTED_AT_ONCE as u64;
    for ((shard, counted), until) in shards.iter().zip(&closing.counted).zip(&closing.until) {
        let last = until.min(&(counted + room)).to_owned();
        if last > *counted {
            let owner = InternalAccount::owner(&shard.name, shard.shard);
            let reader = JournalReader::of(platform, &owner, &shard.journal);
            parts.push((shard.shard, reader.entries(counted + 1..=last).await?));
            room -= last - counted;
        }
    }
    Ok(parts)
}

/// Step 3. Says whether the bank can have been asked before.
async fn request<P: Platform>(
    platform: &P,
    vault: &Vault,
    id: &MerchantId,
    day: Day,
) -> Result<Attempt, FlowError> {
    if mutant(Mutant::PayoutAskedFirst)
        && let Some(settling) = settling_of(platform, id, day).await?
        && settling.due()?.is_positive()
    {
        let payout = payout(vault, id, day, &settling.account, settling.due()?)?;
        send(platform, payout).await;
    }
    let news = step(platform, id, |settling| Ok(settling.request(day)?)).await?;
    Ok(if news { Attempt::First } else { Attempt::Later })
}

fn payout(
    vault: &Vault,
    id: &MerchantId,
    day: Day,
    account: &SettlementAccount,
    amount: Amount,
) -> Result<BankRequest, FlowError> {
    Ok(BankRequest::CreditAccount {
        request_id: payout_of(id, day).to_string(),
        bank_code: account.bank_code.clone(),
        account_number: vault.seal.open(&number_context(id), &account.number)?,
        account_name: account.name.clone(),
        amount: Money::from(amount),
    })
}

/// Steps 4 and 5.
async fn pay_out<P: Platform>(
    platform: &P,
    vault: &Vault,
    id: &MerchantId,
    day: Day,
    attempt: Attempt,
) -> Result<(), FlowError> {
    let Some(settling) = settling_of(platform, id, day).await? else { return Ok(()) };
    let Some(Stage::Requested { account }) = settling.current().map(|closing| &closing.stage)
    else {
        return Ok(());
    };
    let payout = payout(vault, id, day, account, settling.due()?)?;
    let status = match known_to_bank(platform, &payout_of(id, day), attempt).await {
        Some(status) => status,
        None => send(platform, payout).await,
    };
    let refused = match status {
        MoneyStatus::Settled => None,
        MoneyStatus::Rejected { reason } => Some(reason),
        MoneyStatus::Processing | MoneyStatus::NotFound
            if mutant(Mutant::PayoutUnknownIsFailed) =>
        {
            Some(DeclineReason::Other)
        }
        MoneyStatus::Processing | MoneyStatus::NotFound => return Err(FlowError::BankUnavailable),
    };
    let at = platform.now();
    step(platform, id, |settling| Ok(settling.decide(day, refused, at))).await.map(|_| ())
}

/// Steps 6 and 7.
async fn book<P: Platform>(platform: &P, id: &MerchantId, day: Day) -> Result<(), FlowError> {
    let Some(settling) = settling_of(platform, id, day).await? else { return Ok(()) };
    let Some(closing) = settling.current().filter(|closing| closing.stage.is_decided()) else {
        return Ok(());
    };
    let fees = closing.tally.fees;
    if fees.is_positive() {
        let kind = EntryKind::SettlementFee;
        let booking =
            Booking { merchant: id, day, operation: fees_of(id, day), kind, amount: fees };
        booking.post(platform, &InternalName::Merchant(id.clone()), None).await?;
        if !mutant(Mutant::FeesUnbooked) {
            booking.post(platform, &InternalName::Fees, Some(settling.fees_shard)).await?;
        }
    }
    if matches!(closing.stage, Stage::PaidOut { .. }) {
        let (kind, amount) = (EntryKind::Settlement, settling.due()?);
        let booking = Booking { merchant: id, day, operation: payout_of(id, day), kind, amount };
        booking.post(platform, &InternalName::Merchant(id.clone()), None).await?;
        let clearing = Some(settling.clearing_shard);
        booking.post(platform, &InternalName::BankClearing, clearing).await?;
    }
    Ok(())
}

/// Money that leaves a merchant, above zero.
struct Booking<'a> {
    merchant: &'a MerchantId,
    day: Day,
    operation: OperationId,
    kind: EntryKind,
    amount: Amount,
}

impl Booking<'_> {
    /// Posts one side of it: the merchant's, or that of the shard it goes to.
    async fn post<P: Platform>(
        &self,
        platform: &P,
        name: &InternalName,
        to: Option<u8>,
    ) -> Result<(), FlowError> {
        let movement = Movement {
            operation: self.operation.clone(),
            kind: self.kind,
            amount: if to.is_some() { self.amount } else { self.amount.checked_neg()? },
            by_card: Amount::ZERO,
            at: platform.now(),
            counterparty: match to {
                Some(_) => self.merchant.to_string(),
                None => self.day.to_string(),
            },
        };
        let shard = to.unwrap_or_else(|| shard_of(self.operation.as_str()));
        let arbiter = Arbiter::Merchant(self.merchant.clone());
        post_internal(platform, name, shard, &movement, &arbiter).await?;
        Ok(())
    }
}

/// Steps 8 and 9.
async fn finish<P: Platform>(platform: &P, id: &MerchantId, day: Day) -> Result<(), FlowError> {
    let Some(settling) = settling_of(platform, id, day).await? else { return Ok(()) };
    let Some(settlement) = settling.ended(id)? else { return Err(FlowError::Contended) };
    let key = Settlement::key(id, day);
    platform.store().put(&key, &settlement.encode()?).await?;
    announce(platform, &Errand::Settlement { merchant: id.clone(), day }).await?;
    step(platform, id, |settling| Ok(settling.finish(&settlement))).await.map(|_| ())
}
