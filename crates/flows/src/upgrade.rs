use feiqian_bank_api::{BankReply, BankRequest};
use feiqian_identity::CardNumber;
use feiqian_ledger::account::Action;
use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_ledger::{Account, AccountId, CustomerId, OperationId, Refusal};
use feiqian_limits::{AccountClass, OpenedBy};

use crate::accounts::{change_account, check_owner, load_account};
use crate::activation::elements;
use crate::documents::Decision;
use crate::places::{give_place_back, take_place};
use crate::{Bank, FlowError, Platform, Policy, Vault};

/// A customer's request to raise an account to the next class.
#[derive(Debug, Clone)]
pub struct UpgradeRequest {
    /// Whose session asks.
    pub customer: CustomerId,
    /// The idempotency key.
    pub key: String,
    /// The account.
    pub account: AccountId,
    /// A card of the holder to compare the elements of the class with; not needed after a face-to-face
    /// verification.
    pub card_number: Option<CardNumber>,
}

/// Raises an account to the next class of the region's rules: a bank's class III account to
/// class II, as exactly as one is opened (RULES section 1).
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. the bank confirms the elements of the class, unless the holder was verified face to face | again from 1: the bank knows the request id |
/// | 2. the account takes one of the person's places for the class | asked again, it finds its place; never asked again, the person has one place less and never an account too many |
/// | 3. the account is of the class: the commit point | 4 |
/// | 4. its place for the class before is given back | asked again, it is given back |
///
/// # Errors
/// [`Refusal::AccountClassNotOffered`] if there is no higher class, [`Refusal::FaceNeeded`],
/// [`FlowError::BankUnavailable`] (ask again with the same key), and the refusals of opening an
/// account.
pub async fn upgrade_account<P: Platform>(
    platform: &P,
    policy: &Policy,
    vault: &Vault,
    request: UpgradeRequest,
) -> Result<Account, FlowError> {
    let id = OperationId::derive(
        request.account.region(),
        &[request.account.as_str(), "upgrade", &request.key],
    );
    let mut account = load_account(platform, &request.customer, &request.account).await?;
    if !account.is_upgraded_by(&id) {
        account.check_state(Action::Manage, platform.now())?;
        let class = policy.rules.upgrade(account.class);
        let class = class.ok_or(Refusal::AccountClassNotOffered)?;
        if account.verified_face_to_face_at.is_none() {
            let opened_by = policy.rules.opened_by(class).ok_or(Refusal::FaceNeeded)?;
            verify_elements(platform, vault, &account, &id, opened_by, &request).await?;
        }
        take_place(platform, policy, &account, class).await??;
        let before = account.class;
        account = change_account(platform, &account.id, async |account| {
            check_owner(account, &request.customer)?;
            if account.class == before {
                account.upgrade(id.clone(), class, platform.now())?;
            }
            Ok(Decision::Write(account.clone()))
        })
        .await?;
    }
    // Not those of classes above: another upgrade may just have taken one.
    let left = |class: &AccountClass| policy.rules.upgrade(*class) == Some(account.class);
    for class in policy.rules.classes().filter(left) {
        if policy.rules.counted_as(class) != policy.rules.counted_as(account.class) {
            give_place_back(platform, policy, &account, class).await?;
        }
    }
    Ok(account)
}

async fn verify_elements<P: Platform>(
    platform: &P,
    vault: &Vault,
    account: &Account,
    id: &OperationId,
    opened_by: OpenedBy,
    request: &UpgradeRequest,
) -> Result<(), FlowError> {
    let card_number = request.card_number.as_ref().ok_or(Refusal::FaceNeeded)?;
    let elements = elements(vault, account, card_number.expose().to_owned(), None)?;
    let request = BankRequest::VerifyCard { request_id: id.to_string(), elements };
    match platform.bank().request(request).await {
        BankReply::Verified { verification } => {
            let verdict = Account::check_verification(opened_by, &verification);
            Ok(verdict
                .or_else(|why| if mutant(Mutant::UpgradeUnverified) { Ok(()) } else { Err(why) })?)
        }
        BankReply::Declined { reason } => Err(Refusal::ElementsRefused { reason }.into()),
        _ => Err(FlowError::BankUnavailable),
    }
}
