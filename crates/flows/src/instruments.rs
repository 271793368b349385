//! What a payer shows at a till: payer codes and tokens in a device.

use feiqian_identity::Pin;
use feiqian_ledger::account::{Action, PayBy};
use feiqian_ledger::{AccountId, CustomerId, DeviceId, IssuedCode, NfcToken, Order, TokenId};
use feiqian_signing::PinPepper;

use crate::accounts::{change_account, check_owner, load_account};
use crate::documents::{Decision, create, load};
use crate::payment::missing_account;
use crate::pin::verifier;
use crate::{FlowError, Platform, Subject};

/// A payer code, and whether it was given before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenCode {
    /// The code's document.
    pub code: IssuedCode,
    /// Whether an earlier request with the same key got it.
    pub replayed: bool,
}

/// Gives an account a payer code that pays from where the payer chose. The digits stand for account and idempotency key, under a
/// secret, so asking again gives the same code.
///
/// One step after the account is read: the code is made.
///
/// # Errors
/// [`FlowError::NotFound`] for an account that is not the customer's, the refusals of its
/// state and of its card, [`FlowError::KeyReused`] if an earlier request with the same key chose
/// otherwise, [`FlowError::InProgress`]: another key gives another code.
pub async fn give_payer_code<P: Platform>(
    platform: &P,
    customer: &CustomerId,
    account: &AccountId,
    from: PayBy,
    digits: &str,
) -> Result<GivenCode, FlowError> {
    let now = platform.now();
    load_account(platform, customer, account).await?.check_instrument(&from, now)?;
    let code = IssuedCode::new(account.clone(), from, now);
    match create(platform, &IssuedCode::key(digits), &code).await? {
        None => Ok(GivenCode { code, replayed: false }),
        // Two requests in 10^15 have the same digits.
        Some(known) if known.account != *account => Err(FlowError::InProgress),
        Some(known) if known.from != code.from => Err(FlowError::KeyReused),
        Some(known) => Ok(GivenCode { code: known, replayed: true }),
    }
}

/// A payer code of the customer's account, and the order of the charge that spent it.
///
/// # Errors
/// [`FlowError::NotFound`] if the account is not the customer's or was not given this code.
pub async fn find_payer_code<P: Platform>(
    platform: &P,
    customer: &CustomerId,
    account: &AccountId,
    digits: &str,
) -> Result<(IssuedCode, Option<Order>), FlowError> {
    load_account(platform, customer, account).await?;
    let code: Option<IssuedCode> = load(platform, &IssuedCode::key(digits)).await?;
    let own = code.filter(|code| code.account == *account);
    let code = own.ok_or(FlowError::NotFound(Subject::PayerCode))?;
    let order = match &code.spent {
        Some(spent) => load::<P, Order>(platform, &Order::key(&spent.by)).await?,
        None => None,
    };
    Ok((code, order))
}

/// A customer's request for a token in a device.
#[derive(Debug, Clone)]
pub struct AddTokenRequest {
    /// Whose session asks.
    pub customer: CustomerId,
    /// The idempotency key.
    pub key: String,
    /// The account.
    pub account: AccountId,
    /// A device of the account.
    pub device: DeviceId,
    /// From where it will pay.
    pub from: PayBy,
    /// The PIN.
    pub pin: Pin,
}

/// A token that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddedToken {
    /// Its id, from which its key is derived.
    pub id: TokenId,
    /// Its document.
    pub token: NfcToken,
    /// Whether an earlier request with the same key made it.
    pub replayed: bool,
}

/// Makes a token that is bound to a device: revoking the device ends it.
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. the account is swapped: PIN counted, device and card checked | nothing is made; asking again goes on |
/// | 2. the token is made | asking again finds it |
///
/// # Errors
/// The refusals of the account's state, device, card and PIN; [`FlowError::KeyReused`].
pub async fn add_token<P: Platform>(
    platform: &P,
    pepper: &PinPepper,
    request: AddTokenRequest,
) -> Result<AddedToken, FlowError> {
    let now = platform.now();
    let AddTokenRequest { customer, key, account, device, from, pin } = request;
    let presented = verifier(pepper, &account, &pin);
    change_account(platform, &account, async |document| {
        check_owner(document, &customer)?;
        let verdict = document
            .check_state(Action::Manage, now)
            .and_then(|()| document.check_instrument(&from, now))
            .and_then(|()| document.check_device(&device).map(drop))
            .and_then(|()| document.check_pin(&presented, now));
        // A wrong PIN was counted.
        Ok(Decision::Write(verdict))
    })
    .await
    .map_err(missing_account)??;
    let id = TokenId::derive(account.region(), &[account.as_str(), "nfc", &key]);
    let token = NfcToken::new(account, from, device, now);
    match create(platform, &NfcToken::key(&id), &token).await? {
        None => Ok(AddedToken { id, token, replayed: false }),
        Some(known) if known.device == token.device && known.from == token.from => {
            Ok(AddedToken { id, token: known, replayed: true })
        }
        Some(_) => Err(FlowError::KeyReused),
    }
}
