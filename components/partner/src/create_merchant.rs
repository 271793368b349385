use feiqian_edge::{Answer, Call, Problem, read_text};
use feiqian_flows::{CreateMerchantRequest, create_merchant};
use feiqian_ledger::partner::PartnerScope;
use serde::Deserialize;

use crate::merchant::MerchantBody;
use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    name: String,
    category: String,
}

/// `POST /v1/merchants`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call, PartnerScope::Merchants).await?;
    let key = call.idempotency_key()?.into_string();
    let body: Body = call.json()?;
    let request = CreateMerchantRequest {
        partner,
        key,
        name: read_text("name", body.name)?,
        category: read_text("category", body.category)?,
    };
    let made = create_merchant(&settings.platform, request).await?;
    let body = MerchantBody::of(&made.document, settings.calendar);
    Ok(Answer::created(&body).replayed(made.replayed))
}
