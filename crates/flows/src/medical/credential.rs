//! Credentials, and the codes that stand for them at a counter.

use feiqian_identity::{HolderName, Pin, ResidentId};
use feiqian_insurer_api::{InsurerReply, InsurerRequest};
use feiqian_ledger::account::Action;
use feiqian_ledger::medical::{
    Credential, CredentialState, Insured, MedicalCode, MedicalRefusal, Person,
};
use feiqian_ledger::{Account, AccountId, CustomerId, OperationId, PersonId, Refusal, RelativeId};
use feiqian_signing::PinPepper;

use super::Insurer as _;
use crate::accounts::{change_account, check_owner, load_account};
use crate::activation::elements;
use crate::documents::{Decision, change, create, load};
use crate::payment::missing_account;
use crate::pin::verifier;
use crate::{FlowError, Platform, Vault};

/// Whose credential something is about.
#[derive(Debug, Clone)]
pub enum Whose {
    /// The account holder's own.
    Own,
    /// A relative's, whom the holder is bound to. The insurer is asked by who it is.
    Relatives {
        /// The binding.
        id: RelativeId,
        /// The relative's name.
        name: HolderName,
        /// The relative's resident ID.
        resident_id: ResidentId,
    },
}

/// A request to activate a credential, or to suspend it.
#[derive(Debug, Clone)]
pub struct ChangeCredentialRequest {
    /// Whose session asks.
    pub customer: CustomerId,
    /// The account whose holder asks.
    pub account: AccountId,
    /// Whose credential.
    pub whose: Whose,
    /// What it is to be.
    pub state: CredentialState,
    /// The account's PIN.
    pub pin: Pin,
}

/// An account whose holder has given the PIN.
pub(super) async fn authorised<P: Platform>(
    platform: &P,
    pepper: &PinPepper,
    customer: &CustomerId,
    id: &AccountId,
    pin: &Pin,
) -> Result<Account, FlowError> {
    let presented = verifier(pepper, id, pin);
    let now = platform.now();
    let verdict: Result<Account, Refusal> = change_account(platform, id, async |account| {
        check_owner(account, customer)?;
        let verdict = account
            .check_state(Action::Manage, now)
            .and_then(|()| account.check_pin(&presented, now))
            .map(|()| account.clone());
        // A wrong PIN was counted.
        Ok(Decision::Write(verdict))
    })
    .await
    .map_err(missing_account)?;
    Ok(verdict?)
}

/// The account's holder, as relatives know them.
pub(super) fn holder_of(account: &Account) -> Person {
    Person { id: account.holder.person.clone(), name_masked: account.holder.name_masked.clone() }
}

/// Reads a person's part in medical insurance.
pub(super) async fn find_insured<P: Platform>(
    platform: &P,
    person: &PersonId,
) -> Result<Option<Insured>, FlowError> {
    load(platform, &Insured::key(person)).await
}

/// Changes a person's part in medical insurance, which begins with nothing.
pub(super) async fn change_insured<P: Platform, T>(
    platform: &P,
    person: &Person,
    decide: impl AsyncFnMut(&mut Insured) -> Result<Decision<T>, FlowError>,
) -> Result<T, FlowError> {
    let key = Insured::key(&person.id);
    if find_insured(platform, &person.id).await?.is_none() {
        create(platform, &key, &Insured::new(person.clone())).await?;
    }
    change(platform, &key, decide).await
}

/// What medical insurance knows of an account's holder.
///
/// # Errors
/// [`FlowError::NotFound`] for an account that is not the customer's.
pub async fn insured_person<P: Platform>(
    platform: &P,
    customer: &CustomerId,
    account: &AccountId,
) -> Result<Insured, FlowError> {
    let account = load_account(platform, customer, account).await?;
    let known = find_insured(platform, &account.holder.person).await?;
    Ok(known.unwrap_or_else(|| Insured::new(holder_of(&account))))
}

/// Activates a credential or suspends it, one's own or a bound relative's. Asking again
/// changes nothing.
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. the account is swapped: the PIN is counted | nothing has changed |
/// | 2. the insurer gives the credential's token, the same whenever it is asked | nothing has changed |
/// | 3. the person's document is made, if need be, and swapped | done |
///
/// # Errors
/// [`MedicalRefusal::NotBound`] for a relative who is not, [`MedicalRefusal::InsurerDeclined`],
/// [`MedicalRefusal::CredentialNotActive`] to suspend what was never activated,
/// [`FlowError::InsurerUnavailable`] while the insurer does not answer clearly.
pub async fn change_credential<P: Platform>(
    platform: &P,
    vault: &Vault,
    pepper: &PinPepper,
    request: ChangeCredentialRequest,
) -> Result<Insured, FlowError> {
    let ChangeCredentialRequest { customer, account, whose, state, pin } = request;
    let account = authorised(platform, pepper, &customer, &account, &pin).await?;
    let holder = holder_of(&account);
    let (person, name, resident_id) = match whose {
        Whose::Own => {
            let elements = elements(vault, &account, String::new(), None)?;
            (holder.clone(), elements.name, elements.resident_id)
        }
        Whose::Relatives { id, name, resident_id } => {
            let digest = vault.index.digest("person", resident_id.expose());
            let person = Person { id: PersonId::from_digest(digest), name_masked: name.masked() };
            let relative = find_insured(platform, &person.id).await?;
            let bound = relative.as_ref().map(|relative| relative.bound_to(&holder.id));
            let binding = bound.transpose()?.filter(|binding| binding.id == id);
            binding.ok_or(MedicalRefusal::NotBound)?;
            (person, name.expose().to_owned(), resident_id.expose().to_owned())
        }
    };
    let given = match state {
        CredentialState::Suspended => None,
        CredentialState::Active => {
            Some(ask_insurer(platform, &person.id, name, resident_id).await?)
        }
    };
    let now = platform.now();
    change_insured(platform, &person, async |insured| {
        if person.id != holder.id {
            insured.bound_to(&holder.id)?;
        }
        let known = insured.credential.as_ref();
        let (token, region) = match (&given, known) {
            (Some(given), _) => given.clone(),
            (None, Some(known)) => (known.token.clone(), known.region.clone()),
            (None, None) => return Err(MedicalRefusal::CredentialNotActive.into()),
        };
        if known.is_some_and(|known| known.state == state && known.token == token) {
            return Ok(Decision::Keep(insured.clone()));
        }
        insured.credential = Some(Credential { token, region, state, since: now });
        Ok(Decision::Write(insured.clone()))
    })
    .await
}

/// The token and the region of a person's credential.
async fn ask_insurer<P: Platform>(
    platform: &P,
    person: &PersonId,
    name: String,
    resident_id: String,
) -> Result<(String, String), FlowError> {
    let request_id =
        OperationId::derive(platform.region(), &[person.as_str(), "credential", &name]).to_string();
    let request = InsurerRequest::Activate { request_id, name, resident_id };
    match platform.insurer().request(request).await {
        InsurerReply::Credential { token, region } => Ok((token, region)),
        InsurerReply::Declined { reason } => Err(MedicalRefusal::InsurerDeclined { reason }.into()),
        _ => Err(FlowError::InsurerUnavailable),
    }
}

/// A request for a code to be shown at a counter.
#[derive(Debug, Clone)]
pub struct GiveMedicalCodeRequest {
    /// Whose session asks.
    pub customer: CustomerId,
    /// The account whose holder asks.
    pub account: AccountId,
    /// The relative whom it is for; none for the holder.
    pub relative: Option<RelativeId>,
    /// Whether the personal account of whoever shares one with the patient may pay, too.
    pub shared_account: bool,
    /// The digits that stand for the request.
    pub digits: String,
}

/// A medical code, and whether it was given before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenMedicalCode {
    /// The code's document.
    pub code: MedicalCode,
    /// Whether an earlier request with the same key got it.
    pub replayed: bool,
}

/// Gives a code for one's own credential or a bound relative's. The digits stand for the request, under a
/// secret, so asking again gives the same code.
///
/// One step after the people are read: the code is made.
///
/// # Errors
/// [`MedicalRefusal::NotBound`], the refusals of the credential, [`FlowError::InProgress`]:
/// another key gives another code.
pub async fn give_medical_code<P: Platform>(
    platform: &P,
    request: GiveMedicalCodeRequest,
) -> Result<GivenMedicalCode, FlowError> {
    let GiveMedicalCodeRequest { customer, account, relative, shared_account, digits } = request;
    let now = platform.now();
    let account = load_account(platform, &customer, &account).await?;
    account.check_state(Action::Spend, now)?;
    let holder = account.holder.person;
    let missing = || Refusal::from(MedicalRefusal::CredentialNotActive);
    let own = find_insured(platform, &holder).await?;
    let patient = match &relative {
        None => own.clone().ok_or_else(missing)?,
        Some(id) => {
            let own = own.as_ref().ok_or(MedicalRefusal::NotBound)?;
            let person = own.relative(id)?.person.clone();
            let patient = find_insured(platform, &person).await?;
            let patient = patient.ok_or(MedicalRefusal::NotBound)?;
            patient.bound_to(&holder)?;
            patient
        }
    };
    patient.active_credential()?;
    let shared_by = if shared_account { sharer(platform, &patient, &holder).await? } else { None };
    let code = MedicalCode::new(patient.person.id, holder, shared_by, now);
    match create(platform, &MedicalCode::key(&digits), &code).await? {
        None => Ok(GivenMedicalCode { code, replayed: false }),
        Some(known) if known.patient == code.patient && known.shown_by == code.shown_by => {
            Ok(GivenMedicalCode { code: known, replayed: true })
        }
        Some(_) => Err(FlowError::KeyReused),
    }
}

/// Who shares a personal account with a patient: who shows the code before other binders.
async fn sharer<P: Platform>(
    platform: &P,
    patient: &Insured,
    shown_by: &PersonId,
) -> Result<Option<PersonId>, FlowError> {
    let mut binders: Vec<&PersonId> = patient.binders().iter().map(|b| &b.person).collect();
    binders.sort_by_key(|person| *person != shown_by);
    for person in binders {
        if patient.bound_to(person).is_ok()
            && let Some(binder) = find_insured(platform, person).await?
            && binder.shares_with(&patient.person.id)
            && binder.active_credential().is_ok()
        {
            return Ok(Some(person.clone()));
        }
    }
    Ok(None)
}
