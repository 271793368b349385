use feiqian_edge::{Answer, Call, Problem, read_id};
use feiqian_flows::{
    ConfirmVisitRequest, FamilyRequest, cancel_visit_by_payer, confirm_visit, find_visit,
    load_account,
};
use feiqian_identity::Pin;
use feiqian_ledger::medical::{Visit, VisitState};
use feiqian_ledger::{AccountId, CustomerId};
use http::StatusCode;
use serde::Deserialize;

use crate::settings::Settings;
use crate::visit::{Names, SplitInput, VisitBody};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfirmBody {
    split: SplitInput,
    allowance: Option<String>,
    pin: String,
}

/// What a payer is told of a visit.
async fn shown(
    visit: &Visit,
    customer: &CustomerId,
    account: &AccountId,
    settings: &Settings,
) -> Result<Names, Problem> {
    let account = load_account(&settings.platform, customer, account).await?;
    let person = account.holder.person;
    Ok(if visit.patient == person || visit.shown_by == person { Names::Told } else { Names::Kept })
}

/// `GET /v1/accounts/:account_id/visits/:visit_id`
pub(crate) async fn get(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?.id;
    let (account, id) = (call.id("account_id")?, call.id("visit_id")?);
    let Settings { platform, policy, .. } = settings;
    let visit = find_visit(platform, policy, &customer, &account, &id).await?;
    let names = shown(&visit, &customer, &account, settings).await?;
    Ok(Answer::ok(&VisitBody::of(&visit, names, call, settings)?))
}

/// `POST /v1/accounts/:account_id/visits/:visit_id/confirmation`: 201 once the insurer has
/// settled, 202 while its answer is not known. The cash is paid by the order of the answer.
pub(crate) async fn confirm(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?.id;
    let key = call.idempotency_key()?.into_string();
    let body: ConfirmBody = call.json()?;
    let account: AccountId = call.id("account_id")?;
    let allowance = body.allowance.as_deref().map(|id| read_id("allowance", id)).transpose()?;
    let request = ConfirmVisitRequest {
        by: FamilyRequest {
            customer: customer.clone(),
            account: account.clone(),
            pin: Pin::parse(&body.pin)?,
        },
        key,
        visit: call.id("visit_id")?,
        shown: body.split.read()?,
        allowance,
    };
    let Settings { platform, policy, pepper, .. } = settings;
    let confirmed = confirm_visit(platform, policy, pepper, request).await?;
    let visit = &confirmed.visit;
    let status = match visit.state {
        VisitState::Committing(_) => StatusCode::ACCEPTED,
        _ => StatusCode::CREATED,
    };
    let names = shown(visit, &customer, &account, settings).await?;
    let body = VisitBody::of(visit, names, call, settings)?;
    Ok(Answer::json(status, &body).replayed(confirmed.replayed))
}

/// `POST /v1/accounts/:account_id/visits/:visit_id/cancellation`
pub(crate) async fn cancel(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?.id;
    let (account, id) = (call.id("account_id")?, call.id("visit_id")?);
    let Settings { platform, policy, .. } = settings;
    let visit = cancel_visit_by_payer(platform, policy, &customer, &account, &id).await?;
    let names = shown(&visit, &customer, &account, settings).await?;
    Ok(Answer::ok(&VisitBody::of(&visit, names, call, settings)?))
}
