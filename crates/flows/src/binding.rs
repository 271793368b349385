use feiqian_bank_api::{BankReply, BankRequest, CodeResult};
use feiqian_identity::{CardNumber, Mobile, OneTimeCode};
use feiqian_ledger::account::{Binding, Card, ConfirmBinding, NewBinding};
use feiqian_ledger::{Account, AccountId, BindingId, CustomerId, Fingerprint, Refusal};

use crate::accounts::{change_account, check_fingerprint, check_owner, load_account};
use crate::activation::{elements, seal_context};
use crate::documents::Decision;
use crate::payment::missing_account;
use crate::{Bank, FlowError, Platform, Subject, Vault};

/// A customer's request to bind a card.
#[derive(Debug, Clone)]
pub struct BeginBindingRequest {
    /// Whose session asks.
    pub customer: CustomerId,
    /// The idempotency key.
    pub key: String,
    /// The account.
    pub account: AccountId,
    /// The card.
    pub card_number: CardNumber,
    /// The mobile that the card's bank knows.
    pub mobile: Mobile,
}

/// A binding that waits for its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// It.
    pub binding: Binding,
    /// Whether an earlier request began it.
    pub replayed: bool,
}

/// A customer's request to confirm a binding.
#[derive(Debug, Clone)]
pub struct ConfirmBindingRequest {
    /// Whose session asks.
    pub customer: CustomerId,
    /// The idempotency key.
    pub key: String,
    /// The account.
    pub account: AccountId,
    /// The binding.
    pub binding: BindingId,
    /// The code that the holder received.
    pub code: OneTimeCode,
}

/// A card that was bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    /// It.
    pub card: Card,
    /// Whether an earlier request bound it.
    pub replayed: bool,
}

const BINDING_CARD: &str = "binding_card";
const BINDING_MOBILE: &str = "binding_mobile";

/// Begins to bind a card: the bank sends a one-time code to the mobile it knows.
///
/// The binding is written down first, with its id as the bank's request id; dying after
/// that, or an unclear answer, is mended by asking again with the same key, which sends
/// no second code.
///
/// # Errors
/// [`FlowError::BankUnavailable`] if it is not known whether the code was sent.
pub async fn begin_binding<P: Platform>(
    platform: &P,
    vault: &Vault,
    request: BeginBindingRequest,
) -> Result<Begun, FlowError> {
    let id = BindingId::derive(&[request.account.as_str(), &request.key]);
    let context = |field| seal_context(&request.account, field);
    let (card_number, mobile) = (request.card_number.expose(), request.mobile.expose());
    let digest = vault.index.digest("card", card_number);
    let new = NewBinding {
        id: id.clone(),
        fingerprint: Fingerprint::of(&[&digest, &vault.index.digest("mobile", mobile)]),
        card_number: vault.seal(platform, &context(BINDING_CARD), card_number)?,
        mobile: vault.seal(platform, &context(BINDING_MOBILE), mobile)?,
        digest,
        masked: request.card_number.masked(),
        now: platform.now(),
    };
    let (account, replayed) = change_account(platform, &request.account, async |account| {
        check_owner(account, &request.customer)?;
        if let Some(known) = account.binding(&id) {
            check_fingerprint(&known.fingerprint, &new.fingerprint)?;
            return Ok(Decision::Keep((account.clone(), true)));
        }
        account.begin_binding(new.clone())?;
        Ok(Decision::Write((account.clone(), false)))
    })
    .await
    .map_err(missing_account)?;
    let binding = account.binding(&id).ok_or(FlowError::NotFound(Subject::Binding))?.clone();
    binding.check_sent().map_err(|refusal| FlowError::Refused { refusal, replayed })?;
    send_code(platform, vault, &account, &binding).await?;
    Ok(Begun { binding, replayed })
}

async fn send_code<P: Platform>(
    platform: &P,
    vault: &Vault,
    account: &Account,
    binding: &Binding,
) -> Result<(), FlowError> {
    let context = |field| seal_context(&account.id, field);
    let card_number = vault.seal.open(&context(BINDING_CARD), &binding.card_number)?;
    let mobile = vault.seal.open(&context(BINDING_MOBILE), &binding.mobile)?;
    let elements = elements(vault, account, card_number, Some(mobile))?;
    let request = BankRequest::SendCode { request_id: binding.id.to_string(), elements };
    match platform.bank().request(request).await {
        BankReply::CodeSent => Ok(()),
        BankReply::Declined { reason } => {
            change_account(platform, &account.id, async |account| {
                account.decline_binding(&binding.id, reason);
                Ok(Decision::Write(()))
            })
            .await?;
            Err(Refusal::ElementsRefused { reason }.into())
        }
        _ => Err(FlowError::BankUnavailable),
    }
}

/// Confirms a binding by the code that the holder received. The bank checks it; a right
/// one makes the card, and asking again with the same key gives the same card.
///
/// # Errors
/// [`FlowError::BankUnavailable`] if it is not known what the bank says: ask again with
/// the same key.
pub async fn confirm_binding<P: Platform>(
    platform: &P,
    request: ConfirmBindingRequest,
) -> Result<Confirmed, FlowError> {
    let account = load_account(platform, &request.customer, &request.account).await?;
    if let Some(card) = account.card_of(&request.binding) {
        return Ok(Confirmed { card: card.clone(), replayed: true });
    }
    account.check_active()?;
    let now = platform.now();
    let binding = account.binding(&request.binding).ok_or(FlowError::NotFound(Subject::Binding))?;
    binding.check_open(now)?;
    let code = request.code.expose();
    let try_id = BindingId::derive(&[request.binding.as_str(), "try", &request.key]).to_string();
    let check = BankRequest::CheckCode {
        request_id: try_id.clone(),
        code_request_id: request.binding.to_string(),
        code: code.to_owned(),
    };
    let result = match platform.bank().request(check).await {
        BankReply::CodeChecked { result } => result,
        BankReply::Declined { reason } => return Err(Refusal::ElementsRefused { reason }.into()),
        _ => return Err(FlowError::BankUnavailable),
    };
    let (agreement, bank_name, kind) = match result {
        CodeResult::Accepted { agreement, bank_name, kind } => (agreement, bank_name, kind),
        CodeResult::Expired => return Err(Refusal::BindingExpired.into()),
        CodeResult::Wrong => {
            let refusal = change_account(platform, &request.account, async |account| {
                Ok(Decision::Write(account.wrong_code(&request.binding, &try_id)))
            })
            .await?;
            return Err(refusal.into());
        }
    };
    let id = request.binding;
    let confirm = ConfirmBinding { id, agreement, bank_name, kind, now };
    let card = change_account(platform, &request.account, async |account| {
        Ok(Decision::Write(account.confirm_binding(confirm.clone())?.clone()))
    })
    .await?;
    Ok(Confirmed { card, replayed: false })
}
