//! Posting to internal accounts: each movement once, whoever asks and how often.
//!
//! A shard is made before anything can be due to it: a merchant's shards before the
//! merchant, the shard of bank clearing that an account uses before the account. Making
//! a document can get stuck for good when its maker dies (see [`Created::InProgress`]);
//! then a merchant is made under another key, and an account takes another shard. Once
//! money is due, nothing is left that could get stuck.
//!
//! [`Created::InProgress`]: feiqian_store::Created::InProgress

use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_ledger::{
    InternalAccount, InternalName, MerchantId, Movement, Order, OrderId, Posting, SHARDS, shard_of,
};
use feiqian_money::Amount;
use feiqian_store::Store;

use crate::arbiter::{Arbiter, Due, Receiver, SeenOrder, noted};
use crate::documents::{Decision, Written, change, create, load, load_many, spill};
use crate::{FlowError, Platform, Subject};

/// Makes every shard of a merchant that is about to be made.
///
/// # Errors
/// [`FlowError::InProgress`] if another maker of one has not finished, or died.
pub(crate) async fn make_merchant_shards<P: Platform>(
    platform: &P,
    id: &MerchantId,
) -> Result<(), FlowError> {
    for shard in 0..SHARDS {
        let empty = InternalAccount::new(InternalName::Merchant(id.clone()), shard);
        create(platform, &InternalAccount::key(&empty.name, shard), &empty).await?;
    }
    Ok(())
}

/// A shard of bank clearing for an account or a merchant that is about to use it.
///
/// # Errors
/// [`FlowError::InProgress`] if all are stuck.
pub(crate) async fn clearing_shard<P: Platform>(platform: &P, id: &str) -> Result<u8, FlowError> {
    shard_for(platform, &InternalName::BankClearing, id).await
}

/// A shard of a system account for something that is about to use it: the first that exists or
/// can be made, from a place that its id says.
///
/// # Errors
/// [`FlowError::InProgress`] if all are stuck.
pub(crate) async fn shard_for<P: Platform>(
    platform: &P,
    name: &InternalName,
    id: &str,
) -> Result<u8, FlowError> {
    for step in 0..SHARDS {
        let shard = (shard_of(id) + step) % SHARDS;
        let key = InternalAccount::key(name, shard);
        if platform.store().read(&key).await?.is_some() {
            return Ok(shard);
        }
        match create(platform, &key, &InternalAccount::new(name.clone(), shard)).await {
            Ok(_) => return Ok(shard),
            Err(FlowError::InProgress) => {}
            Err(error) => return Err(error),
        }
    }
    Err(FlowError::InProgress)
}

/// Posts a movement to a shard of an internal account, if its arbiter says that it is due
/// and it has not been posted. An operation always posts to the same shard.
///
/// # Errors
/// [`FlowError::Contended`] if the shard remembers as many unacknowledged postings as it
/// can; the worker acknowledges them.
pub(crate) async fn post_internal<P: Platform>(
    platform: &P,
    name: &InternalName,
    shard: u8,
    movement: &Movement,
    arbiter: &Arbiter,
) -> Result<(), FlowError> {
    post_seen(platform, name, shard, movement, arbiter, None).await.map(drop)
}

/// As [`post_internal`], by whom may know the order that is the arbiter. Gives the order as it was
/// read then, so that whoever notes the posting need not read it again.
pub(crate) async fn post_seen<P: Platform>(
    platform: &P,
    name: &InternalName,
    shard: u8,
    movement: &Movement,
    arbiter: &Arbiter,
    mut known: Option<Written<Order>>,
) -> Result<Option<SeenOrder<P>>, FlowError> {
    let key = InternalAccount::key(name, shard);
    let owner = InternalAccount::owner(name, shard);
    if mutant(Mutant::ArbiterReadFirst)
        && arbiter.ask(platform, Receiver::Internal, &movement.operation).await? != Due::Now
    {
        return Ok(None);
    }
    let mut seen = None;
    let posting = change(platform, &key, async |account: &mut InternalAccount| {
        // The shard was read before the arbiter is: see the crate's first rule.
        if !mutant(Mutant::ArbiterReadFirst) {
            let (due, found) = arbiter.see(platform, &movement.operation, known.take()).await?;
            seen = found;
            if due != Due::Now {
                return Ok(Decision::Keep(Posting::AlreadyPosted));
            }
        }
        // Before anything is forgotten: the arbiter may have noted this very posting since it
        // was asked.
        if account.has_posted(&movement.operation) && !mutant(Mutant::PostedForgotten) {
            return Ok(Decision::Keep(Posting::AlreadyPosted));
        }
        spill(platform, &owner, &mut account.journal).await?;
        acknowledge(platform, account).await?;
        match account.post(movement.clone(), arbiter.key())? {
            Posting::Posted => Ok(Decision::Write(Posting::Posted)),
            other => Ok(Decision::Keep(other)),
        }
    })
    .await?;
    match posting {
        Posting::Posted | Posting::AlreadyPosted => Ok(seen),
        Posting::NoRoom => Err(FlowError::Contended),
    }
}

/// Forgets the oldest postings that their arbiters have noted, when there is no room.
async fn acknowledge<P: Platform>(
    platform: &P,
    account: &mut InternalAccount,
) -> Result<(), FlowError> {
    let asked = account.to_acknowledge();
    let forgotten = if mutant(Mutant::AppliedForgotten) {
        asked.into_iter().map(|(operation, _)| operation).collect()
    } else {
        noted(platform, Receiver::Internal, asked).await?
    };
    account.forget(&forgotten);
    Ok(())
}

/// The balance of an internal account over all its shards.
pub(crate) async fn internal_balance<P: Platform>(
    platform: &P,
    name: &InternalName,
) -> Result<Amount, FlowError> {
    let keys: Vec<String> = (0..SHARDS).map(|shard| InternalAccount::key(name, shard)).collect();
    let shards: Vec<Option<InternalAccount>> = load_many(platform, &keys).await?;
    let sum = shards
        .iter()
        .flatten()
        .try_fold(Amount::ZERO, |sum, shard| sum.checked_add(shard.balance()))?;
    Ok(sum)
}

/// Reads an order that must be there.
pub(crate) async fn order_of<P: Platform>(platform: &P, id: &OrderId) -> Result<Order, FlowError> {
    load(platform, &Order::key(id)).await?.ok_or(FlowError::NotFound(Subject::Order))
}
