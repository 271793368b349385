//! One-time codes of the bank: they bind a card, or prove that the holder asks.

use feiqian_bank_api::{AccountKind, BankReply, BankRequest, CodeResult};
use feiqian_ledger::account::{
    BINDING_CARD_FIELD, BINDING_MOBILE_FIELD, Binding, CodePurpose, NewBinding,
};
use feiqian_ledger::{Account, BindingId, Fingerprint, Refusal};

use crate::accounts::{change_account, check_fingerprint, check_owner};
use crate::activation::{elements, seal_context};
use crate::binding::{BeginBindingRequest, Begun, ConfirmBindingRequest};
use crate::documents::Decision;
use crate::payment::missing_account;
use crate::{Bank, FlowError, Platform, Subject, Vault};

/// What the bank says of a card whose code was right.
pub(crate) struct Accepted {
    pub(crate) agreement: String,
    pub(crate) bank_name: String,
    pub(crate) kind: AccountKind,
}

/// Lets the bank compare a card with the holder's elements and send a code to the mobile that
/// it knows.
///
/// The request is written down first, with its id as the bank's request id; dying after
/// that, or an unclear answer, is mended by asking again with the same key, which sends
/// no second code.
pub(crate) async fn ask_for_code<P: Platform>(
    platform: &P,
    vault: &Vault,
    purpose: CodePurpose,
    request: BeginBindingRequest,
) -> Result<Begun, FlowError> {
    let id = BindingId::derive(request.account.region(), &[request.account.as_str(), &request.key]);
    let context = |field| seal_context(&request.account, field);
    let (card_number, mobile) = (request.card_number.expose(), request.mobile.expose());
    let digest = vault.index.digest("card", card_number);
    let new = NewBinding {
        id: id.clone(),
        purpose,
        fingerprint: Fingerprint::of(&[&digest, &vault.index.digest("mobile", mobile)]),
        card_number: vault.seal(platform, &context(BINDING_CARD_FIELD), card_number)?,
        mobile: vault.seal(platform, &context(BINDING_MOBILE_FIELD), mobile)?,
        digest,
        masked: request.card_number.masked(),
        now: platform.now(),
    };
    let (account, replayed) = change_account(platform, &request.account, async |account| {
        check_owner(account, &request.customer)?;
        if let Some(known) = account.binding(&id) {
            check_fingerprint(&known.fingerprint, &new.fingerprint)?;
            if known.purpose != purpose {
                return Err(FlowError::KeyReused);
            }
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
    let card_number = vault.seal.open(&context(BINDING_CARD_FIELD), &binding.card_number)?;
    let mobile = vault.seal.open(&context(BINDING_MOBILE_FIELD), &binding.mobile)?;
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

/// Lets the bank check a code. A wrong one is counted and refused.
pub(crate) async fn try_code<P: Platform>(
    platform: &P,
    account: &Account,
    purpose: CodePurpose,
    request: &ConfirmBindingRequest,
) -> Result<Accepted, FlowError> {
    let binding = account.binding(&request.binding).filter(|known| known.purpose == purpose);
    let binding = binding.ok_or(FlowError::NotFound(Subject::Binding))?;
    binding.check_open(platform.now())?;
    let try_id =
        BindingId::derive(binding.id.region(), &[binding.id.as_str(), "try", &request.key])
            .to_string();
    let check = BankRequest::CheckCode {
        request_id: try_id.clone(),
        code_request_id: binding.id.to_string(),
        code: request.code.expose().to_owned(),
    };
    let result = match platform.bank().request(check).await {
        BankReply::CodeChecked { result } => result,
        BankReply::Declined { reason } => return Err(Refusal::ElementsRefused { reason }.into()),
        _ => return Err(FlowError::BankUnavailable),
    };
    match result {
        CodeResult::Accepted { agreement, bank_name, kind } => {
            Ok(Accepted { agreement, bank_name, kind })
        }
        CodeResult::Expired => Err(Refusal::BindingExpired.into()),
        CodeResult::Wrong => {
            let refusal = change_account(platform, &account.id, async |account| {
                Ok(Decision::Write(account.wrong_code(&request.binding, &try_id)))
            })
            .await?;
            Err(refusal.into())
        }
    }
}
