//! A person's places for accounts of a class (RULES section 1).

use feiqian_ledger::account::Status;
use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_ledger::{Account, PersonPlace, Refusal};
use feiqian_limits::AccountClass;
use feiqian_store::Pause;

use crate::documents::{Decision, change, create, load};
use crate::platform::Backoff;
use crate::{FlowError, Platform, Policy};

/// Looks at a place that another is just taking before it counts as taken. It may be the
/// same account: a double click, or the worker beside the request.
const PLACE_LOOKS_MAX: u32 = 8;

/// Takes the person's first free place for accounts of this class, or finds the one that
/// the account has taken. A place that an account has given back is taken by whoever swaps it
/// first.
pub(crate) async fn take_place<P: Platform>(
    platform: &P,
    policy: &Policy,
    account: &Account,
    class: AccountClass,
) -> Result<Result<(), Refusal>, FlowError> {
    if mutant(Mutant::PlaceNotTaken) {
        return Ok(Ok(()));
    }
    let place = PersonPlace::new(account.id.clone());
    for number in 0..policy.rules.accounts_per_person(class) {
        let key = PersonPlace::key(&account.holder.person, policy.rules.counted_as(class), number);
        let mut taken: Option<PersonPlace> = load(platform, &key).await?;
        let mut looks = 0;
        while taken.is_none() && looks < PLACE_LOOKS_MAX {
            taken = match create(platform, &key, &place).await {
                Ok(None) => Some(place.clone()),
                Ok(existing) => existing,
                Err(FlowError::InProgress) => None,
                Err(error) => return Err(error),
            };
            looks += 1;
            if taken.is_none() {
                Backoff(platform).pause(looks).await;
            }
        }
        if taken.as_ref().is_some_and(PersonPlace::is_free) {
            taken = Some(take_again(platform, &key, &place).await?);
        }
        if taken.is_some_and(|taken| taken.account == account.id) {
            return Ok(Ok(()));
        }
    }
    Ok(Err(Refusal::AccountClassFull))
}

/// Takes a place that was given back, unless another has.
async fn take_again<P: Platform>(
    platform: &P,
    key: &str,
    place: &PersonPlace,
) -> Result<PersonPlace, FlowError> {
    change(platform, key, async |known: &mut PersonPlace| {
        if !known.is_free() {
            return Ok(Decision::Keep(known.clone()));
        }
        *known = place.clone();
        Ok(Decision::Write(known.clone()))
    })
    .await
}

/// Gives every place of a closed account back: it counts for its holder no more. An account
/// that is not closed keeps its own.
pub(crate) async fn leave_places<P: Platform>(
    platform: &P,
    policy: &Policy,
    account: &Account,
) -> Result<(), FlowError> {
    if account.status != Status::Closed {
        return Ok(());
    }
    for class in policy.rules.classes() {
        give_place_back(platform, policy, account, class).await?;
    }
    Ok(())
}

/// Gives the account's place of a class back, if it has one; once more changes nothing.
pub(crate) async fn give_place_back<P: Platform>(
    platform: &P,
    policy: &Policy,
    account: &Account,
    class: AccountClass,
) -> Result<(), FlowError> {
    let holds = |place: &PersonPlace| place.account == account.id && !place.is_free();
    for number in 0..policy.rules.accounts_per_person(class) {
        let key = PersonPlace::key(&account.holder.person, policy.rules.counted_as(class), number);
        let taken: Option<PersonPlace> = load(platform, &key).await?;
        if taken.is_some_and(|taken| holds(&taken)) {
            change(platform, &key, async |place: &mut PersonPlace| {
                if !holds(place) {
                    return Ok(Decision::Keep(()));
                }
                place.give_back();
                Ok(Decision::Write(()))
            })
            .await?;
        }
    }
    Ok(())
}
