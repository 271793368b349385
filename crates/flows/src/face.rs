//! Face-to-face verification of a holder by a bank (RULES section 1).

use feiqian_bank_api::{BankReply, BankRequest};
use feiqian_ledger::account::{FaceState, FaceVerification};
use feiqian_ledger::{Account, AccountId, CustomerId, FaceVerificationId};

use crate::accounts::{change_account, check_owner, load_account};
use crate::activation::elements;
use crate::documents::Decision;
use crate::payment::missing_account;
use crate::{Bank, FlowError, Platform, Subject, Vault};

/// A verification, asked for now or by an earlier request with the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaceRequested {
    /// It, as the bank says it stands.
    pub verification: FaceVerification,
    /// Whether an earlier request asked for it.
    pub replayed: bool,
}

/// Asks a bank to verify the holder face to face.
///
/// It is written down first, with its id as the bank's request id. The bank treats a repeat as
/// a question how it stands, so dying after that is mended by asking again or by looking.
///
/// # Errors
/// [`FlowError::NotFound`] and the refusals of [`Account::begin_face`].
pub async fn request_face_verification<P: Platform>(
    platform: &P,
    vault: &Vault,
    customer: &CustomerId,
    account: &AccountId,
    key: &str,
) -> Result<FaceRequested, FlowError> {
    let id = FaceVerificationId::derive(account.region(), &[account.as_str(), key]);
    let (account, replayed) = change_account(platform, account, async |account| {
        check_owner(account, customer)?;
        if account.face_verification().is_some_and(|known| known.id == id) {
            return Ok(Decision::Keep((account.clone(), true)));
        }
        account.begin_face(id.clone(), platform.now())?;
        Ok(Decision::Write((account.clone(), false)))
    })
    .await
    .map_err(missing_account)?;
    Ok(FaceRequested { verification: look(platform, vault, account, &id).await?, replayed })
}

/// How a verification stands; asks the bank while it is pending.
///
/// # Errors
/// [`FlowError::NotFound`] if there is none of this id.
pub async fn find_face_verification<P: Platform>(
    platform: &P,
    vault: &Vault,
    customer: &CustomerId,
    account: &AccountId,
    id: &FaceVerificationId,
) -> Result<FaceVerification, FlowError> {
    let account = load_account(platform, customer, account).await?;
    look(platform, vault, account, id).await
}

async fn look<P: Platform>(
    platform: &P,
    vault: &Vault,
    account: Account,
    id: &FaceVerificationId,
) -> Result<FaceVerification, FlowError> {
    let known = newest(&account, id)?;
    if known.state_at(platform.now()) != FaceState::Pending {
        return Ok(known);
    }
    let holder = elements(vault, &account, String::new(), None)?;
    let request = BankRequest::VerifyFace {
        request_id: id.to_string(),
        name: holder.name,
        resident_id: holder.resident_id,
    };
    // No clear answer leaves it pending: the bank is asked again when it is looked at again.
    let BankReply::Face { result } = platform.bank().request(request).await else {
        return Ok(known);
    };
    change_account(platform, &account.id, async |account| {
        account.finish_face(id, result, platform.now());
        let known = newest(account, id)?;
        Ok(Decision::Write(known))
    })
    .await
}

fn newest(account: &Account, id: &FaceVerificationId) -> Result<FaceVerification, FlowError> {
    let known = account.face_verification().filter(|known| known.id == *id);
    known.cloned().ok_or(FlowError::NotFound(Subject::FaceVerification))
}
