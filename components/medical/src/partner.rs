use feiqian_codes::MedicalCode;
use feiqian_edge::{Answer, Call, Problem, ProblemCode, query, read_text};
use feiqian_flows::{
    CreateVisitRequest, RefundVisitRequest, cancel_visit, create_visit, refund_visit,
    visit_of_partner,
};
use feiqian_ledger::VISIT_LINES_MAX;
use feiqian_ledger::medical::{MedicalRefusal, ProofKind};
use feiqian_ledger::partner::PartnerScope;
use feiqian_money::MoneyInput;
use http::StatusCode;
use serde::Deserialize;

use crate::settings::Settings;
use crate::visit::{Names, RefundBody, VisitBody};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreateBody {
    merchant_id: String,
    proof: ProofBody,
    reference: String,
    lines: Vec<LineBody>,
    #[serde(default = "yes")]
    insurance: bool,
}

/// What the patient has shown, by the national platform's numbers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProofBody {
    kind: ProofKind,
    code: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineBody {
    name: String,
    amount: MoneyInput,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RefundInput {
    lines: Option<Vec<u16>>,
    reason: String,
}

const fn yes() -> bool {
    true
}

/// `POST /v1/visits`
pub(crate) async fn create(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call, PartnerScope::Medical).await?;
    let key = call.idempotency_key()?.into_string();
    let body: CreateBody = call.json()?;
    if body.lines.is_empty() || body.lines.len() > VISIT_LINES_MAX {
        return Err(query::invalid(
            "lines",
            format!("there are 1 to {VISIT_LINES_MAX}"),
            format!("应为 1 至 {VISIT_LINES_MAX} 项"),
        ));
    }
    let mut lines = Vec::with_capacity(body.lines.len());
    for line in body.lines {
        lines.push((read_text("line_name", line.name)?, line.amount.positive()?));
    }
    // What is shown of another kind has another form: the institution says whether it takes it.
    let code = match body.proof.kind {
        ProofKind::Credential => MedicalCode::parse(&body.proof.code)
            .map_err(|_| MedicalRefusal::CodeUnknown)?
            .as_str()
            .to_owned(),
        ProofKind::ResidentId | ProofKind::SocialSecurityCard => String::new(),
    };
    let request = CreateVisitRequest {
        partner,
        key,
        merchant: call.body_id("merchant_id", &body.merchant_id)?,
        proof: body.proof.kind,
        code,
        reference: read_text("reference", body.reference)?,
        lines,
        insured: body.insurance,
    };
    let made = create_visit(&settings.platform, request).await?;
    let body = VisitBody::of(&made.document, Names::Told, call, settings)?;
    Ok(Answer::created(&body).replayed(made.replayed))
}

/// `GET /v1/visits/:visit_id`
pub(crate) async fn get(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call, PartnerScope::Medical).await?;
    let Settings { platform, policy, .. } = settings;
    let visit = visit_of_partner(platform, policy, &partner, &call.id("visit_id")?).await?;
    Ok(Answer::ok(&VisitBody::of(&visit, Names::Told, call, settings)?))
}

/// `POST /v1/visits/:visit_id/cancellation`
pub(crate) async fn cancel(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call, PartnerScope::Medical).await?;
    let Settings { platform, policy, .. } = settings;
    let visit = cancel_visit(platform, policy, &partner, &call.id("visit_id")?).await?;
    Ok(Answer::ok(&VisitBody::of(&visit, Names::Told, call, settings)?))
}

/// `POST /v1/visits/:visit_id/refunds`: 201 once everything is given back, 202 before.
pub(crate) async fn refund(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call, PartnerScope::Medical).await?;
    let key = call.idempotency_key()?.into_string();
    let body: RefundInput = call.json()?;
    if body.lines.as_ref().is_some_and(|lines| lines.len() > VISIT_LINES_MAX) {
        return Err(ProblemCode::VisitLineNotRefundable.into());
    }
    let request = RefundVisitRequest {
        partner,
        key,
        visit: call.id("visit_id")?,
        lines: body.lines,
        reason: read_text("reason", body.reason)?,
    };
    let refunded = refund_visit(&settings.platform, &settings.policy, request).await?;
    let status = match refunded.refund.is_under_way() {
        true => StatusCode::ACCEPTED,
        false => StatusCode::CREATED,
    };
    let body = RefundBody::of(&refunded.visit, &refunded.refund)?;
    Ok(Answer::json(status, &body).replayed(refunded.replayed))
}
