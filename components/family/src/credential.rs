use feiqian_edge::{Answer, Call, Problem, read_id};
use feiqian_flows::{
    ChangeCredentialRequest, FamilyRequest, Whose, change_credential, insured_person,
};
use feiqian_identity::{HolderName, ResidentId};
use feiqian_ledger::medical::CredentialState;
use serde::Deserialize;

use crate::person::PersonBody;
use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    status: CredentialState,
    pin: String,
    relative: Option<RelativeBody>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RelativeBody {
    relative_id: String,
    name: String,
    resident_id: String,
}

/// `PUT /v1/accounts/:account_id/medical-credential`: activates a credential or suspends it,
/// one's own or a bound relative's. Answers with the person whose it is.
pub(crate) async fn change(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let body: Body = call.json()?;
    let FamilyRequest { customer, account, pin } = settings.family(call, &body.pin)?;
    let whose = match body.relative {
        None => Whose::Own,
        Some(relative) => Whose::Relatives {
            id: read_id("relative_id", &relative.relative_id)?,
            name: HolderName::parse(&relative.name)?,
            resident_id: ResidentId::parse(&relative.resident_id)?,
        },
    };
    let request = ChangeCredentialRequest { customer, account, whose, state: body.status, pin };
    let Settings { platform, vault, pepper, .. } = settings;
    let insured = change_credential(platform, vault, pepper, request).await?;
    Ok(Answer::ok(&PersonBody::of(&insured, settings.calendar)))
}

/// `GET /v1/accounts/:account_id/medical-credential`
pub(crate) async fn get(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let account = call.id("account_id")?;
    let insured = insured_person(&settings.platform, &customer, &account).await?;
    Ok(Answer::ok(&PersonBody::of(&insured, settings.calendar)))
}
