use feiqian_edge::{Answer, Call, Problem, ProblemCode, read_text};
use feiqian_flows::Platform;
use feiqian_ledger::CustomerId;
use feiqian_ledger::partner::PartnerScope;
use feiqian_signing::SESSION_TTL_SECONDS;
use serde::{Deserialize, Serialize};

use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    subject: String,
}

#[derive(Serialize)]
struct SessionBody {
    token: String,
    token_type: &'static str,
    expires_in: u64,
    customer_id: CustomerId,
}

/// `POST /v1/sessions`: a token for the customer whom the partner knows as `subject`. The
/// same subject is the same customer each time, and another partner's is another.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call, PartnerScope::Sessions).await?;
    let body: Body = call.json()?;
    let subject = read_text("subject", body.subject)?;
    let customer_id = CustomerId::derive(settings.platform.region(), &[partner.as_str(), &subject]);
    let now = settings.platform.now();
    let token = settings
        .session_key
        .issue(customer_id.as_str(), partner.as_str(), now)
        .map_err(|error| Problem::new(ProblemCode::InternalError).because(error))?;
    let expires_in = SESSION_TTL_SECONDS;
    Ok(Answer::created(&SessionBody { token, token_type: "Bearer", expires_in, customer_id }))
}
