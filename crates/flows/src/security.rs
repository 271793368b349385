//! What makes an account safe again: resetting the PIN, freezing, lifting a freeze, waking.

use feiqian_identity::Pin;
use feiqian_ledger::account::{CodePurpose, FrozenBy, LoggedEvent, SecurityPage};
use feiqian_ledger::{Account, AccountId, CustomerId, Refusal, SECURITY_PAGE_EVENTS};
use feiqian_signing::PinPepper;

use crate::accounts::{change_account, check_owner, load_account};
use crate::binding::{BeginBindingRequest, Begun, ConfirmBindingRequest};
use crate::codes::{ask_for_code, try_code};
use crate::documents::{Decision, load};
use crate::payment::missing_account;
use crate::pin::{check_strength, verifier};
use crate::{FlowError, Platform, Vault};

/// Lets the holder prove who they are by a card of theirs: the bank compares its elements and
/// sends a code to the mobile that it knows. The card need not be bound.
///
/// # Errors
/// As [`begin_binding`](crate::begin_binding), and that the account's state has no use for it.
pub async fn begin_verification<P: Platform>(
    platform: &P,
    vault: &Vault,
    purpose: CodePurpose,
    request: BeginBindingRequest,
) -> Result<Begun, FlowError> {
    ask_for_code(platform, vault, purpose, request).await
}

/// Sets a PIN without the current one, by a code. Each of these flows lets the bank check the
/// code first, under a request id of its own for each idempotency key, and then changes the
/// account in one swap: dying in between is mended by asking again with the same key.
///
/// # Errors
/// [`FlowError::PinTooWeak`], [`FlowError::BankUnavailable`] (ask again with the same key), and
/// the refusals of a wrong or expired code.
pub async fn reset_pin<P: Platform>(
    platform: &P,
    vault: &Vault,
    pepper: &PinPepper,
    code: ConfirmBindingRequest,
    pin: &Pin,
) -> Result<(), FlowError> {
    let account = load_account(platform, &code.customer, &code.account).await?;
    check_strength(vault, &account, pin)?;
    let new = verifier(pepper, &code.account, pin);
    by_code(platform, account, CodePurpose::ResetPin, &code, |account| {
        account.reset_pin(&code.binding, new.clone(), platform.now())
    })
    .await
}

/// Lifts the holder's own freeze by PIN, if one is set, and a code.
///
/// # Errors
/// As [`reset_pin`], and the refusals of a wrong PIN.
pub async fn unfreeze_by_holder<P: Platform>(
    platform: &P,
    pepper: &PinPepper,
    code: ConfirmBindingRequest,
    pin: Option<&Pin>,
) -> Result<(), FlowError> {
    let account = load_account(platform, &code.customer, &code.account).await?;
    let presented = pin.map(|pin| verifier(pepper, &code.account, pin));
    by_code(platform, account, CodePurpose::Unfreeze, &code, |account| {
        account.unfreeze_by_holder(&code.binding, presented.as_ref(), platform.now())
    })
    .await
}

/// Wakes a dormant account by a code.
///
/// # Errors
/// As [`reset_pin`].
pub async fn wake<P: Platform>(platform: &P, code: ConfirmBindingRequest) -> Result<(), FlowError> {
    let account = load_account(platform, &code.customer, &code.account).await?;
    by_code(platform, account, CodePurpose::Wake, &code, |account| {
        account.wake_by_holder(&code.binding, platform.now())
    })
    .await
}

/// Has the bank check a code unless it has done its work, then changes the account.
pub(crate) async fn by_code<P: Platform>(
    platform: &P,
    account: Account,
    purpose: CodePurpose,
    code: &ConfirmBindingRequest,
    mut change: impl FnMut(&mut Account) -> Result<(), Refusal>,
) -> Result<(), FlowError> {
    let used = account.binding(&code.binding).is_some_and(|known| known.is_used());
    if !used {
        try_code(platform, &account, purpose, code).await?;
    }
    let verdict: Result<(), Refusal> = change_account(platform, &code.account, async |account| {
        // A refusal is written too: it may have counted a wrong PIN.
        Ok(Decision::Write(change(account)))
    })
    .await?;
    Ok(verdict?)
}

/// Freezes an account for its holder, at once and without a PIN.
///
/// # Errors
/// [`FlowError::NotFound`], or the refusals of [`Account::freeze`].
pub async fn freeze_by_holder<P: Platform>(
    platform: &P,
    customer: &CustomerId,
    id: &AccountId,
    reason: &str,
) -> Result<Account, FlowError> {
    change_account(platform, id, async |account| {
        check_owner(account, customer)?;
        account.freeze(FrozenBy::Holder, reason.to_owned(), platform.now())?;
        Ok(Decision::Write(account.clone()))
    })
    .await
    .map_err(missing_account)
}

/// Freezes an account for an operator or for risk control.
///
/// # Errors
/// As [`freeze_by_holder`].
pub async fn freeze_by_operator<P: Platform>(
    platform: &P,
    id: &AccountId,
    by: FrozenBy,
    reason: &str,
) -> Result<Account, FlowError> {
    change_account(platform, id, async |account| {
        account.freeze(by, reason.to_owned(), platform.now())?;
        Ok(Decision::Write(account.clone()))
    })
    .await
    .map_err(missing_account)
}

/// Lifts the freeze of any party, for an operator.
///
/// # Errors
/// [`FlowError::NotFound`] or [`Refusal::NotFrozen`].
pub async fn unfreeze_by_operator<P: Platform>(
    platform: &P,
    id: &AccountId,
    by: FrozenBy,
) -> Result<Account, FlowError> {
    change_account(platform, id, async |account| {
        account.unfreeze(by, platform.now())?;
        Ok(Decision::Write(account.clone()))
    })
    .await
    .map_err(missing_account)
}

/// A part of a security log, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityEvents {
    /// The events.
    pub events: Vec<LoggedEvent>,
    /// The page that goes on, if there is one.
    pub older_page: Option<u64>,
}

/// The newest events of an account's security log, or one of its pages; each is one read.
///
/// # Errors
/// [`FlowError::NotFound`] if the account is not the customer's. A page that is not there is
/// empty.
pub async fn security_events<P: Platform>(
    platform: &P,
    customer: &CustomerId,
    id: &AccountId,
    page: Option<u64>,
) -> Result<SecurityEvents, FlowError> {
    let account = load_account(platform, customer, id).await?;
    let log = &account.security;
    let (mut events, before) = match page {
        None => (log.events().to_vec(), log.pages()),
        Some(number) if number < log.pages() => {
            let found: Option<SecurityPage> =
                load(platform, &SecurityPage::key(id, number)).await?;
            let events = found.ok_or(FlowError::DocumentMissing)?.events;
            debug_assert_eq!(events.len(), SECURITY_PAGE_EVENTS);
            (events, number)
        }
        Some(_) => (Vec::new(), 0),
    };
    events.reverse();
    Ok(SecurityEvents { events, older_page: before.checked_sub(1) })
}
