use feiqian_bank_api::{BankReply, BankRequest, Elements};
use feiqian_identity::{CardNumber, HolderName, Mobile, ResidentId};
use feiqian_ledger::account::{
    Holder, MOBILE_FIELD, NAME_FIELD, OPENING_CARD_FIELD, OpenAccount, RESIDENT_ID_FIELD, Status,
};
use feiqian_ledger::{Account, AccountId, CustomerId, Fingerprint, PersonId, Refusal};
use feiqian_limits::AccountClass;
use feiqian_store::{Pending, Store};

use crate::accounts::{change_account, check_fingerprint};
use crate::documents::{Decision, create, load};
use crate::internal::clearing_shard;
use crate::marks::{Mark, RESUME_AFTER_MS};
use crate::places::take_place;
use crate::{Bank, FlowError, Platform, Policy, Vault};

/// A customer's request to open an account.
#[derive(Debug, Clone)]
pub struct OpenAccountRequest {
    /// Whose session asks.
    pub customer: CustomerId,
    /// The idempotency key.
    pub key: String,
    /// Which class.
    pub class: AccountClass,
    /// The holder's name.
    pub name: HolderName,
    /// The holder's resident ID.
    pub resident_id: ResidentId,
    /// The mobile that the bank knows.
    pub mobile: Mobile,
    /// The bound account's number.
    pub card_number: CardNumber,
}

/// An account that was opened, now or by an earlier request with the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// It.
    pub account: Account,
    /// Whether an earlier request opened it.
    pub replayed: bool,
}

/// The context that binds a sealed text to its field of its account.
pub(crate) fn seal_context(account: &AccountId, field: &str) -> String {
    format!("account/{account}/{field}")
}

/// Opens an account once the bank has confirmed the elements that its class takes (RULES
/// sections 1 and 2).
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. a shard of bank clearing is there, the pending mark is set | nothing has happened; the worker finds no account |
/// | 2. the account is made, opening | the worker, or the same request again, goes on |
/// | 3. the bank verifies the elements | again from 3: the bank knows the request id |
/// | 4. the account takes one of the person's places | it finds its place again |
/// | 5. the account is active, or rejected for good | 6 |
/// | 6. the mark goes | |
///
/// # Errors
/// [`FlowError::BankUnavailable`] leaves the account opening: asking again with the same
/// key goes on.
pub async fn open_account<P: Platform>(
    platform: &P,
    policy: &Policy,
    vault: &Vault,
    request: OpenAccountRequest,
) -> Result<Opened, FlowError> {
    if policy.rules.opened_by(request.class).is_none() {
        return Err(Refusal::AccountClassNotOffered.into());
    }
    let now = platform.now();
    let id =
        AccountId::derive(request.customer.region(), &[request.customer.as_str(), &request.key]);
    let fingerprint = fingerprint(vault, &request);
    let card_number = request.card_number.expose();
    let opening = OpenAccount {
        id: id.clone(),
        customer: request.customer.clone(),
        class: request.class,
        holder: holder(platform, vault, &id, &request)?,
        card_number: vault.seal(platform, &seal_context(&id, OPENING_CARD_FIELD), card_number)?,
        fingerprint: fingerprint.clone(),
        clearing_shard: clearing_shard(platform, id.as_str()).await?,
        now,
    };
    let mark = Mark::Opening(id.clone()).pending(now.plus_millis(RESUME_AFTER_MS), 0);
    platform.store().pending_add(&mark).await?;
    let account = Account::open(opening, policy.calendar);
    let existing = create(platform, &Account::key(&id), &account).await?;
    let replayed = match &existing {
        None => false,
        Some(known) => {
            check_fingerprint(&known.fingerprint, &fingerprint)?;
            known.status != Status::Opening
        }
    };
    let account = finish_opening(platform, policy, vault, &id).await?;
    platform.store().pending_done(&mark).await?;
    match account.rejection() {
        Some(refusal) => Err(FlowError::Refused { refusal: refusal.clone(), replayed }),
        None => Ok(Opened { account, replayed }),
    }
}

/// What a request asks for, without giving any of it away.
fn fingerprint(vault: &Vault, request: &OpenAccountRequest) -> Fingerprint {
    let text = [
        request.class.as_str(),
        request.name.expose(),
        request.resident_id.expose(),
        request.mobile.expose(),
        request.card_number.expose(),
    ]
    .join("\n");
    Fingerprint::of(&[&vault.index.digest("opening", &text)])
}

fn holder<P: Platform>(
    platform: &P,
    vault: &Vault,
    id: &AccountId,
    request: &OpenAccountRequest,
) -> Result<Holder, FlowError> {
    let seal = |field, text| vault.seal(platform, &seal_context(id, field), text);
    let digest = vault.index.digest("person", request.resident_id.expose());
    Ok(Holder {
        person: PersonId::from_digest(digest),
        name: seal(NAME_FIELD, request.name.expose())?,
        name_masked: request.name.masked(),
        resident_id: seal(RESIDENT_ID_FIELD, request.resident_id.expose())?,
        resident_id_masked: request.resident_id.masked(),
        mobile: seal(MOBILE_FIELD, request.mobile.expose())?,
        mobile_masked: request.mobile.masked(),
    })
}

/// Steps 3 to 5, from wherever the opening stands.
async fn finish_opening<P: Platform>(
    platform: &P,
    policy: &Policy,
    vault: &Vault,
    id: &AccountId,
) -> Result<Account, FlowError> {
    let account: Option<Account> = load(platform, &Account::key(id)).await?;
    let account = account.ok_or(FlowError::DocumentMissing)?;
    let Some(sealed_card) = account.opening_card() else {
        return Ok(account);
    };
    let card_number = vault.seal.open(&seal_context(id, OPENING_CARD_FIELD), sealed_card)?;
    let elements = elements(vault, &account, card_number, None)?;
    let request = BankRequest::VerifyCard { request_id: id.to_string(), elements };
    let verdict = match platform.bank().request(request).await {
        BankReply::Verified { verification } => {
            let opened_by = policy.rules.opened_by(account.class);
            let opened_by = opened_by.ok_or(Refusal::AccountClassNotOffered);
            opened_by.and_then(|by| Account::check_verification(by, &verification))
        }
        BankReply::Declined { reason } => Err(Refusal::ElementsRefused { reason }),
        _ => return Err(FlowError::BankUnavailable),
    };
    let verdict = match verdict {
        Ok(()) => take_place(platform, policy, &account, account.class).await?,
        refused => refused,
    };
    change_account(platform, id, async |account| {
        account.finish_opening(verdict.clone());
        Ok(Decision::Write(account.clone()))
    })
    .await
}

/// The elements of an account's holder with a card. Another mobile than the holder's may
/// be the one that the card's bank knows.
pub(crate) fn elements(
    vault: &Vault,
    account: &Account,
    card_number: String,
    mobile: Option<String>,
) -> Result<Elements, FlowError> {
    let open = |field, sealed| vault.seal.open(&seal_context(&account.id, field), sealed);
    let holder = &account.holder;
    let mobile = match mobile {
        Some(mobile) => mobile,
        None => open(MOBILE_FIELD, &holder.mobile)?,
    };
    Ok(Elements {
        name: open(NAME_FIELD, &holder.name)?,
        resident_id: open(RESIDENT_ID_FIELD, &holder.resident_id)?,
        card_number,
        mobile: Some(mobile),
        bank: None,
    })
}

/// The holder's resident ID and mobile, for checks against them.
pub(crate) fn holder_numbers(
    vault: &Vault,
    account: &Account,
) -> Result<(ResidentId, Mobile), FlowError> {
    let elements = elements(vault, account, String::new(), None)?;
    let inconsistent = |_| FlowError::Inconsistent("a sealed number is none".to_owned());
    let resident_id = ResidentId::parse(&elements.resident_id).map_err(inconsistent)?;
    let mobile = Mobile::parse(&elements.mobile.unwrap_or_default()).map_err(inconsistent)?;
    Ok((resident_id, mobile))
}

/// Brings an opening that was left to its end.
///
/// # Errors
/// [`FlowError::BankUnavailable`] while the bank's answer is not known: the mark stays.
pub async fn settle_opening<P: Platform>(
    platform: &P,
    policy: &Policy,
    vault: &Vault,
    pending: &Pending,
) -> Result<(), FlowError> {
    let Some((Mark::Opening(id), _)) = Mark::parse(pending) else {
        return Err(FlowError::Inconsistent(format!("{} is no opening's mark", pending.name)));
    };
    match finish_opening(platform, policy, vault, &id).await {
        // The request died before the account was made. One that only slept makes it yet,
        // and is asked again by its client: no money is in flight.
        Ok(_) | Err(FlowError::DocumentMissing) => {
            Ok(platform.store().pending_done(pending).await?)
        }
        Err(error) => Err(error),
    }
}
