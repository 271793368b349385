use feiqian_insurer_api::{InsurerReply, InsurerRequest, LineSplit};
use feiqian_ledger::medical::{
    Cover, Insured, MedicalCode, MedicalRefusal, NewVisit, ProofKind, Split, Visit, VisitLine,
};
use feiqian_ledger::{Fingerprint, Merchant, MerchantId, OperationId, PartnerId, Refusal, VisitId};
use feiqian_money::Amount;

use crate::documents::{Decision, change, create, load};
use crate::medical::Insurer as _;
use crate::medical::credential::find_insured;
use crate::orders::{Made, load_merchant, made};
use crate::{FlowError, Platform};

/// An institution's request to make a visit.
#[derive(Debug, Clone)]
pub struct CreateVisitRequest {
    /// Who asks.
    pub partner: PartnerId,
    /// The idempotency key.
    pub key: String,
    /// The institution.
    pub merchant: MerchantId,
    /// What kind of proof the patient has shown.
    pub proof: ProofKind,
    /// The digits of the code.
    pub code: String,
    /// The institution's own number.
    pub reference: String,
    /// The fee lines: what for, and how much, above zero.
    pub lines: Vec<(String, Amount)>,
    /// Whether the insurer takes part.
    pub insured: bool,
}

/// Makes a visit, split by the insurer. Nothing moves.
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. the institution is read | nothing has happened |
/// | 2. the code is swapped: spent by this visit, or refused | spent, and asking again has the same verdict |
/// | 3. the patient is read, and the insurer splits the lines | nothing has moved; asking again goes on |
/// | 4. the visit is made | asking again finds it |
///
/// # Errors
/// What is missing, as a [`MedicalRefusal`]; [`FlowError::InsurerUnavailable`] while the insurer
/// does not answer clearly; [`FlowError::NotFound`] for a merchant that is not the partner's.
pub async fn create_visit<P: Platform>(
    platform: &P,
    request: CreateVisitRequest,
) -> Result<Made<Visit>, FlowError> {
    let merchant = load_merchant(platform, &request.partner, &request.merchant).await?;
    let id = VisitId::derive(platform.region(), &[request.partner.as_str(), &request.key]);
    let fingerprint = fingerprint(&request);
    let known: Option<Visit> = load(platform, &Visit::key(&id)).await?;
    if let Some(known) = known {
        return made_as(known, &fingerprint);
    }
    if request.insured {
        merchant.institution_for(request.proof)?;
    }
    let code = spend_code(platform, &request.code, &id).await?;
    let missing = || Refusal::from(MedicalRefusal::CredentialNotActive);
    let patient = find_insured(platform, &code.patient).await?.ok_or_else(missing)?;
    if code.shown_by != code.patient {
        patient.bound_to(&code.shown_by)?;
    }
    let cover = match request.insured {
        true => Some(cover(platform, &merchant, &patient, &code).await?),
        false => None,
    };
    let amounts = request.lines.iter();
    let lines = amounts.map(|(name, amount)| {
        let (name, split) = (name.clone(), Split::cash_only(*amount));
        VisitLine { name, split }
    });
    let mut visit = Visit::new(NewVisit {
        id,
        partner: merchant.partner,
        merchant: merchant.id,
        payee_name: merchant.name,
        category: merchant.category,
        reference: request.reference,
        patient: code.patient,
        patient_masked: patient.person.name_masked,
        shown_by: code.shown_by,
        cover,
        lines: lines.collect(),
        fingerprint,
        now: platform.now(),
    });
    presettle(platform, &mut visit).await?;
    let existing = create(platform, &Visit::key(&visit.id), &visit).await?;
    made(visit, existing, |visit| &visit.fingerprint)
}

fn made_as(known: Visit, fingerprint: &Fingerprint) -> Result<Made<Visit>, FlowError> {
    crate::accounts::check_fingerprint(&known.fingerprint, fingerprint)?;
    Ok(Made { document: known, replayed: true })
}

fn fingerprint(request: &CreateVisitRequest) -> Fingerprint {
    let insured = if request.insured { "insured" } else { "cash" };
    let mut parts = vec![
        request.merchant.as_str().to_owned(),
        request.code.clone(),
        request.reference.clone(),
        insured.to_owned(),
    ];
    for (name, amount) in &request.lines {
        parts.extend([name.clone(), amount.minor().to_string()]);
    }
    Fingerprint::of(&parts.iter().map(String::as_str).collect::<Vec<_>>())
}

async fn spend_code<P: Platform>(
    platform: &P,
    digits: &str,
    visit: &VisitId,
) -> Result<MedicalCode, FlowError> {
    let now = platform.now();
    let key = MedicalCode::key(digits);
    let spent = change(platform, &key, async |code: &mut MedicalCode| {
        let before = code.clone();
        let verdict = code.spend(visit, now).map(|()| code.clone());
        Ok(if *code == before { Decision::Keep(verdict) } else { Decision::Write(verdict) })
    });
    match spent.await {
        Ok(verdict) => Ok(verdict?),
        Err(FlowError::DocumentMissing) => Err(MedicalRefusal::CodeUnknown.into()),
        Err(error) => Err(error),
    }
}

/// By what the insurer takes part, if patient and institution may settle with each other.
async fn cover<P: Platform>(
    platform: &P,
    merchant: &Merchant,
    patient: &Insured,
    code: &MedicalCode,
) -> Result<Cover, FlowError> {
    let institution = merchant.institution_for(ProofKind::Credential)?;
    let credential = patient.active_credential()?;
    if credential.region != institution.region {
        return Err(Refusal::from(MedicalRefusal::RegionDiffers {
            insured: credential.region.clone(),
            institution: institution.region.clone(),
        })
        .into());
    }
    let sharer = match &code.shared_by {
        Some(person) => find_insured(platform, person).await?,
        None => None,
    };
    let sharer = sharer.filter(|sharer| sharer.shares_with(&patient.person.id));
    let shared_by = sharer.as_ref().map(Insured::active_credential).transpose()?;
    Ok(Cover {
        token: credential.token.clone(),
        institution: institution.number.clone(),
        shared_by: shared_by.map(|credential| credential.token.clone()),
    })
}

/// Lets the insurer split the lines of a visit. Each line's parts must add up to it.
async fn presettle<P: Platform>(platform: &P, visit: &mut Visit) -> Result<(), FlowError> {
    let Some(claim) = visit.claim()? else { return Ok(()) };
    let request_id =
        OperationId::derive(visit.id.region(), &[visit.id.as_str(), "presettle"]).to_string();
    let request = InsurerRequest::Presettle { request_id, claim };
    let splits = match platform.insurer().request(request).await {
        InsurerReply::Split { lines } => lines,
        InsurerReply::Declined { reason } => {
            return Err(MedicalRefusal::InsurerDeclined { reason }.into());
        }
        _ => return Err(FlowError::InsurerUnavailable),
    };
    take_splits(visit, &splits).map_err(FlowError::from)
}

fn take_splits(visit: &mut Visit, splits: &[LineSplit]) -> Result<(), Refusal> {
    let wrong = || Refusal::from(MedicalRefusal::SplitWrong);
    if splits.len() != visit.lines.len() {
        return Err(wrong());
    }
    for ((line, split), number) in visit.lines.iter_mut().zip(splits).zip(1_u16..) {
        let amount = line.amount().map_err(|_| wrong())?;
        if split.line != number {
            return Err(wrong());
        }
        line.split = Split::of(&split.split, amount).map_err(|_| wrong())?;
    }
    visit.split().map(drop).map_err(|_| wrong())
}
