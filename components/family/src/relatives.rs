use feiqian_edge::{Answer, Call, Problem, read_text};
use feiqian_flows::{
    BindRelativeRequest, bind_relative, consent_to_binder, end_binder, set_allowance,
    share_account, unbind_relative,
};
use feiqian_identity::{HolderName, ResidentId};
use feiqian_ledger::RelativeId;
use feiqian_ledger::medical::{Relation, ShareRelation};
use feiqian_money::{Money, MoneyInput};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::person::{PersonBody, status_of};
use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BindBody {
    name: String,
    resident_id: String,
    relation: Relation,
    undertaking: Option<UndertakingBody>,
    pin: String,
}

/// A binder's undertaking for a relative under 16, with where the household material is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UndertakingBody {
    household_material: String,
}

#[derive(Serialize)]
struct BoundBody {
    relative_id: RelativeId,
    status: &'static str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PinBody {
    pin: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShareBody {
    relation: Option<ShareRelation>,
    pin: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AllowanceBody {
    per_month: Option<MoneyInput>,
    pin: String,
}

#[derive(Serialize)]
struct AllowanceAnswer {
    per_month: Money,
    remaining: Money,
}

/// `POST /v1/accounts/:account_id/relatives`: 201 once the relative is bound, 202 while one of
/// 16 or older has to consent.
pub(crate) async fn bind(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let key = call.idempotency_key()?.into_string();
    let body: BindBody = call.json()?;
    let material = body.undertaking.map(|undertaking| undertaking.household_material);
    let material = material.map(|text| read_text("household_material", text)).transpose()?;
    let request = BindRelativeRequest {
        by: settings.family(call, &body.pin)?,
        key,
        name: HolderName::parse(&body.name)?,
        resident_id: ResidentId::parse(&body.resident_id)?,
        relation: body.relation,
        material,
    };
    let Settings { platform, vault, pepper, calendar, .. } = settings;
    let bound = bind_relative(platform, vault, pepper, *calendar, request).await?;
    let status = status_of(&bound.state);
    let code = if status == "bound" { StatusCode::CREATED } else { StatusCode::ACCEPTED };
    Ok(Answer::json(code, &BoundBody { relative_id: bound.id, status }).replayed(bound.replayed))
}

/// `POST /v1/accounts/:account_id/relatives/:relative_id/unbinding`, by the binder.
pub(crate) async fn unbind(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let PinBody { pin } = call.json()?;
    let (by, id) = (settings.family(call, &pin)?, call.id("relative_id")?);
    let insured = unbind_relative(&settings.platform, &settings.pepper, by, &id).await?;
    Ok(Answer::ok(&PersonBody::of(&insured, settings.calendar)))
}

/// `POST /v1/accounts/:account_id/binders/:relative_id/consent`, by the relative.
pub(crate) async fn consent(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let PinBody { pin } = call.json()?;
    let (by, id) = (settings.family(call, &pin)?, call.id("relative_id")?);
    let insured = consent_to_binder(&settings.platform, &settings.pepper, by, &id).await?;
    Ok(Answer::ok(&PersonBody::of(&insured, settings.calendar)))
}

/// `POST /v1/accounts/:account_id/binders/:relative_id/revocation`, by the relative.
pub(crate) async fn revoke(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let PinBody { pin } = call.json()?;
    let (by, id) = (settings.family(call, &pin)?, call.id("relative_id")?);
    let insured = end_binder(&settings.platform, &settings.pepper, by, &id).await?;
    Ok(Answer::ok(&PersonBody::of(&insured, settings.calendar)))
}

/// `PUT /v1/accounts/:account_id/relatives/:relative_id/shared-account`: without a relation it
/// ends.
pub(crate) async fn share(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let ShareBody { relation, pin } = call.json()?;
    let (by, id) = (settings.family(call, &pin)?, call.id("relative_id")?);
    let insured = share_account(&settings.platform, &settings.pepper, by, &id, relation).await?;
    Ok(Answer::ok(&PersonBody::of(&insured, settings.calendar)))
}

/// `PUT /v1/accounts/:account_id/relatives/:relative_id/allowance`: without an amount it ends.
pub(crate) async fn allow(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let AllowanceBody { per_month, pin } = call.json()?;
    let (by, id) = (settings.family(call, &pin)?, call.id("relative_id")?);
    let per_month = per_month.map(|amount| amount.positive()).transpose()?;
    let Settings { platform, pepper, calendar, .. } = settings;
    let account = set_allowance(platform, pepper, by, &id, per_month).await?;
    let today = account.business_day(feiqian_flows::Platform::now(platform), *calendar);
    let known = account.allowances().iter().find(|known| known.relative == id);
    let zero = feiqian_money::Amount::ZERO;
    Ok(Answer::ok(&AllowanceAnswer {
        per_month: known.map_or(zero, |known| known.per_month).into(),
        remaining: known.map_or(zero, |known| known.left_on(today)).into(),
    }))
}
