//! Third-party wallets: linking them by the holder's elements and a code, unlinking them.

use feiqian_bank_api::DeclineReason;
use feiqian_identity::{CardNumber, HolderName, Mobile, OneTimeCode, ResidentId};
use feiqian_ledger::account::{CodePurpose, LinkWallet, Wallet, WalletTerms};
use feiqian_ledger::{Account, AccountId, AgreementId, BindingId, CustomerId, PartnerId, Refusal};

use crate::accounts::{change_account, check_fingerprint, check_owner};
use crate::activation::elements;
use crate::binding::{BeginBindingRequest, Begun, ConfirmBindingRequest};
use crate::codes::ask_for_code;
use crate::documents::{Decision, load};
use crate::payment::missing_account;
use crate::security::by_code;
use crate::{FlowError, Platform, Subject, Vault};

/// A wallet's request for a code, by the four elements that its user gave.
#[derive(Debug, Clone)]
pub struct BeginWalletRequest {
    /// The wallet's platform.
    pub partner: PartnerId,
    /// The idempotency key.
    pub key: String,
    /// The account.
    pub account: AccountId,
    /// The holder's name.
    pub name: HolderName,
    /// The holder's resident ID.
    pub resident_id: ResidentId,
    /// A card that is bound to the account.
    pub card_number: CardNumber,
    /// The mobile that the card's bank knows.
    pub mobile: Mobile,
}

/// Compares the elements with the holder's and lets the bank send a code to the holder.
///
/// The account is only read; the rest is as [`begin_binding`](crate::begin_binding).
///
/// # Errors
/// [`Refusal::ElementsRefused`] if they are not the holder's or the card is not bound,
/// [`FlowError::NotFound`], and as [`begin_binding`](crate::begin_binding).
pub async fn begin_wallet<P: Platform>(
    platform: &P,
    vault: &Vault,
    request: BeginWalletRequest,
) -> Result<Begun, FlowError> {
    let BeginWalletRequest { partner, key, account, name, resident_id, card_number, mobile } =
        request;
    let document = any_account(platform, &account).await?;
    let digest = vault.index.digest("card", card_number.expose());
    let bound = document.cards().iter().any(|card| card.digest == digest);
    let holder = elements(vault, &document, String::new(), None)?;
    let own = holder.name == name.expose() && holder.resident_id == resident_id.expose();
    if !(own && bound) {
        let reason = DeclineReason::ElementsMismatch;
        return Err(Refusal::ElementsRefused { reason }.into());
    }
    let key = wallet_key(&partner, &key);
    let customer = document.customer;
    let request = BeginBindingRequest { customer, key, account, card_number, mobile };
    ask_for_code(platform, vault, CodePurpose::LinkWallet, request).await
}

/// A wallet's request to be linked by the code that the holder received.
#[derive(Debug, Clone)]
pub struct LinkWalletRequest {
    /// The wallet's platform.
    pub partner: PartnerId,
    /// The idempotency key.
    pub key: String,
    /// The account.
    pub account: AccountId,
    /// The verification that [`begin_wallet`] began.
    pub verification: BindingId,
    /// The code.
    pub code: OneTimeCode,
    /// What is agreed.
    pub terms: WalletTerms,
}

/// A wallet that was linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// Its agreement.
    pub wallet: Wallet,
    /// Whether an earlier request linked it.
    pub replayed: bool,
}

/// Links a wallet. The bank checks the code, then the account takes the agreement in one swap;
/// dying in between is mended by asking again with the same key.
///
/// # Errors
/// The refusals of a wrong or expired code and of [`Account::link_wallet`];
/// [`FlowError::KeyReused`] for other terms under the same verification.
pub async fn link_wallet<P: Platform>(
    platform: &P,
    request: LinkWalletRequest,
) -> Result<Linked, FlowError> {
    let LinkWalletRequest { partner, key, account, verification, code, terms } = request;
    let document = any_account(platform, &account).await?;
    let key = wallet_key(&partner, &key);
    let link = LinkWallet { code: verification.clone(), partner, terms, now: platform.now() };
    if let Ok(known) = document.wallet(&link.id()) {
        check_fingerprint(&known.fingerprint, &link.fingerprint())?;
        return Ok(Linked { wallet: known.clone(), replayed: true });
    }
    let customer = document.customer.clone();
    let code = ConfirmBindingRequest { customer, key, account, binding: verification, code };
    by_code(platform, document, CodePurpose::LinkWallet, &code, |account| {
        account.link_wallet(&link)
    })
    .await?;
    let document = any_account(platform, &code.account).await?;
    let wallet = document.wallet(&link.id())?.clone();
    check_fingerprint(&wallet.fingerprint, &link.fingerprint())?;
    Ok(Linked { wallet, replayed: false })
}

/// Ends an agreement for its holder: one swap of the account, after which no charge under it
/// starts any more.
///
/// # Errors
/// [`FlowError::NotFound`] for an account that is not the customer's,
/// [`Refusal::AgreementNotFound`].
pub async fn unlink_wallet<P: Platform>(
    platform: &P,
    customer: &CustomerId,
    account: &AccountId,
    agreement: &AgreementId,
) -> Result<(), FlowError> {
    change_account(platform, account, async |account| {
        check_owner(account, customer)?;
        let news = account.unlink_wallet(agreement, platform.now())?;
        Ok(if news { Decision::Write(()) } else { Decision::Keep(()) })
    })
    .await
    .map_err(missing_account)
}

/// A wallet's key among those of the account's holder.
fn wallet_key(partner: &PartnerId, key: &str) -> String {
    format!("wallet {} {key}", partner.as_str())
}

async fn any_account<P: Platform>(platform: &P, id: &AccountId) -> Result<Account, FlowError> {
    load(platform, &Account::key(id)).await?.ok_or(FlowError::NotFound(Subject::Account))
}
