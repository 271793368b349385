//! Families: who shows whose credential, with whom a personal account is shared, and what a
//! relative may spend of an account.
//!
//! A binding has two sides. The binder's document has a place for the relative and nothing
//! more; the relative's document is the arbiter: whoever shows the credential is looked up
//! there.

use feiqian_calendar::Calendar;
use feiqian_identity::{HolderName, Pin, ResidentId};
use feiqian_ledger::medical::{
    BindingState, Insured, MedicalRefusal, NewBinding, Person, Relation, ShareRelation,
};
use feiqian_ledger::{Account, AccountId, CustomerId, PersonId, Refusal, RelativeId};
use feiqian_money::Amount;
use feiqian_signing::PinPepper;

use super::credential::{authorised, change_insured, find_insured, holder_of};
use crate::accounts::{change_account, check_owner};
use crate::documents::{Decision, change};
use crate::{FlowError, Platform, Vault};

/// The age from which a person consents by a face check of their own (RULES section 4).
const OWN_CONSENT_AGE: u32 = 16;

/// A binder's request to show a relative's credential.
#[derive(Debug, Clone)]
pub struct BindRelativeRequest {
    /// Who asks.
    pub by: FamilyRequest,
    /// The idempotency key.
    pub key: String,
    /// The relative's name.
    pub name: HolderName,
    /// The relative's resident ID.
    pub resident_id: ResidentId,
    /// What the relative is.
    pub relation: Relation,
    /// Where the household material is, with the binder's undertaking: for one under 16.
    pub material: Option<String>,
}

/// Who asks for something in a family.
#[derive(Debug, Clone)]
pub struct FamilyRequest {
    /// Whose session asks.
    pub customer: CustomerId,
    /// The account whose holder asks.
    pub account: AccountId,
    /// The account's PIN.
    pub pin: Pin,
}

/// A binding that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// Its id.
    pub id: RelativeId,
    /// Whether the relative has to consent.
    pub state: BindingState,
    /// Whether an earlier request with the same key asked for it.
    pub replayed: bool,
}

/// Binds a relative under 16, or asks an older one for consent.
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. the account is swapped: the PIN is counted | nothing has changed |
/// | 2. the binder's document has a place for the relative | the place is taken; asking again goes on, unbinding frees it |
/// | 3. the relative's document has the binder, or refuses | bound, or asked for consent; or 4 |
/// | 4. a refusal: the place is given up | |
///
/// # Errors
/// The refusals of [`Insured::add_relative`] and [`Insured::add_binder`].
pub async fn bind_relative<P: Platform>(
    platform: &P,
    vault: &Vault,
    pepper: &PinPepper,
    calendar: Calendar,
    request: BindRelativeRequest,
) -> Result<Bound, FlowError> {
    let BindRelativeRequest { by, key, name, resident_id, relation, material } = request;
    let account = authorised(platform, pepper, &by.customer, &by.account, &by.pin).await?;
    let now = platform.now();
    let binder = holder_of(&account);
    let digest = vault.index.digest("person", resident_id.expose());
    let member = Person { id: PersonId::from_digest(digest), name_masked: name.masked() };
    let age = resident_id.age_on(calendar.day(now));
    let new = NewBinding {
        id: RelativeId::derive(platform.region(), &[binder.id.as_str(), member.id.as_str(), &key]),
        relation,
        minor: age.is_some_and(|age| age < OWN_CONSENT_AGE),
        material,
        account: by.account,
        now,
    };
    change_insured(platform, &binder, async |binder| {
        let news = binder.add_relative(&new, &member)?;
        Ok(if news { Decision::Write(()) } else { Decision::Keep(()) })
    })
    .await?;
    let verdict = change_insured(platform, &member, async |member| {
        Ok(match member.add_binder(&new, &binder) {
            Ok(true) => Decision::Write(Ok((member.clone(), false))),
            Ok(false) => Decision::Keep(Ok((member.clone(), true))),
            Err(refusal) => Decision::Keep(Err(refusal)),
        })
    })
    .await?;
    let (member, replayed) = match verdict {
        Ok(bound) => bound,
        Err(refusal) => {
            drop_place(platform, &binder.id, &new.id).await?;
            return Err(refusal.into());
        }
    };
    let binding = member.binders().iter().find(|known| known.id == new.id);
    let state = binding.map(|known| known.state.clone()).ok_or(MedicalRefusal::NotBound);
    Ok(Bound { id: new.id, state: state.map_err(Refusal::from)?, replayed })
}

async fn drop_place<P: Platform>(
    platform: &P,
    binder: &PersonId,
    id: &RelativeId,
) -> Result<(), FlowError> {
    change(platform, &Insured::key(binder), async |binder: &mut Insured| {
        let news = binder.drop_relative(id);
        Ok(if news { Decision::Write(()) } else { Decision::Keep(()) })
    })
    .await
}

/// Lets a relative of 16 or older consent to a binding, once a bank has verified them face to
/// face. One swap of the relative's document; consenting again changes nothing.
///
/// # Errors
/// [`Refusal::FaceVerificationRequired`], [`MedicalRefusal::NotBound`].
pub async fn consent_to_binder<P: Platform>(
    platform: &P,
    pepper: &PinPepper,
    by: FamilyRequest,
    id: &RelativeId,
) -> Result<Insured, FlowError> {
    let account = authorised(platform, pepper, &by.customer, &by.account, &by.pin).await?;
    if account.verified_face_to_face_at.is_none() {
        return Err(Refusal::FaceVerificationRequired.into());
    }
    let now = platform.now();
    change_insured(platform, &holder_of(&account), async |member| {
        let news = member.consent(id, now)?;
        let member = member.clone();
        Ok(if news { Decision::Write(member) } else { Decision::Keep(member) })
    })
    .await
}

/// Ends a binding for the relative: the consent is taken back. The binder's place is given up
/// after that, and the allowance ends with the binding.
///
/// # Errors
/// [`FlowError::NotFound`] for an account that is not the customer's.
pub async fn end_binder<P: Platform>(
    platform: &P,
    pepper: &PinPepper,
    by: FamilyRequest,
    id: &RelativeId,
) -> Result<Insured, FlowError> {
    let account = authorised(platform, pepper, &by.customer, &by.account, &by.pin).await?;
    let member = holder_of(&account);
    let known = find_insured(platform, &member.id).await?;
    let binder = known.and_then(|known| {
        let binder = known.binders().iter().find(|binder| binder.id == *id);
        binder.map(|binder| binder.person.clone())
    });
    let Some(binder) = binder else {
        return Err(MedicalRefusal::NotBound.into());
    };
    end_binding(platform, &member.id, &binder, id).await?;
    find_insured(platform, &member.id).await?.ok_or(FlowError::DocumentMissing)
}

/// Ends a binding for the binder. The binding ends with the swap of the relative's document,
/// then the binder's place is given up; dying in between is mended by asking again.
///
/// # Errors
/// [`MedicalRefusal::NotBound`] for a relative whom the holder has no place for.
pub async fn unbind_relative<P: Platform>(
    platform: &P,
    pepper: &PinPepper,
    by: FamilyRequest,
    id: &RelativeId,
) -> Result<Insured, FlowError> {
    let account = authorised(platform, pepper, &by.customer, &by.account, &by.pin).await?;
    let binder = holder_of(&account);
    let relative = relative_of(platform, &binder.id, id).await?;
    end_binding(platform, &relative, &binder.id, id).await?;
    find_insured(platform, &binder.id).await?.ok_or(FlowError::DocumentMissing)
}

async fn end_binding<P: Platform>(
    platform: &P,
    member: &PersonId,
    binder: &PersonId,
    id: &RelativeId,
) -> Result<(), FlowError> {
    change(platform, &Insured::key(member), async |member: &mut Insured| {
        let news = member.drop_binder(id);
        Ok(if news { Decision::Write(()) } else { Decision::Keep(()) })
    })
    .await?;
    drop_place(platform, binder, id).await
}

/// Who a relative of a binder is.
async fn relative_of<P: Platform>(
    platform: &P,
    binder: &PersonId,
    id: &RelativeId,
) -> Result<PersonId, FlowError> {
    let binder = find_insured(platform, binder).await?;
    let binder = binder.ok_or(MedicalRefusal::NotBound)?;
    Ok(binder.relative(id)?.person.clone())
}

/// Shares the holder's personal account with a bound relative, or ends that: an authorisation
/// of its own (RULES section 4). One swap of the holder's document.
///
/// # Errors
/// [`MedicalRefusal::NotBound`].
pub async fn share_account<P: Platform>(
    platform: &P,
    pepper: &PinPepper,
    by: FamilyRequest,
    id: &RelativeId,
    shares_as: Option<ShareRelation>,
) -> Result<Insured, FlowError> {
    let account = authorised(platform, pepper, &by.customer, &by.account, &by.pin).await?;
    change_insured(platform, &holder_of(&account), async |holder| {
        let news = holder.share_with(id, shares_as)?;
        let holder = holder.clone();
        Ok(if news { Decision::Write(holder) } else { Decision::Keep(holder) })
    })
    .await
}

/// Grants a bound relative what they may spend of the account in a month for the cash of
/// visits, changes it, or ends it. One swap of the account.
///
/// # Errors
/// [`MedicalRefusal::NotBound`].
pub async fn set_allowance<P: Platform>(
    platform: &P,
    pepper: &PinPepper,
    by: FamilyRequest,
    id: &RelativeId,
    per_month: Option<Amount>,
) -> Result<Account, FlowError> {
    let account = authorised(platform, pepper, &by.customer, &by.account, &by.pin).await?;
    let binder = holder_of(&account);
    let relative = relative_of(platform, &binder.id, id).await?;
    let relative = find_insured(platform, &relative).await?;
    let bound = relative.ok_or(MedicalRefusal::NotBound)?;
    bound.bound_to(&binder.id)?;
    change_account(platform, &by.account, async |account| {
        check_owner(account, &by.customer)?;
        let news = account.set_allowance(id, per_month)?;
        let account = account.clone();
        Ok(if news { Decision::Write(account) } else { Decision::Keep(account) })
    })
    .await
}
