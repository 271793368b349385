use feiqian_edge::{Answer, Call, Problem, read_text};
use feiqian_flows::{Platform, freeze_by_holder};
use serde::Deserialize;

use crate::freeze::FreezesBody;
use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    reason: String,
}

/// `POST /v1/accounts/:account_id/freezes`: at once, without PIN. Freezing twice is freezing
/// once, so it needs no Idempotency-Key.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let id = call.id("account_id")?;
    let body: Body = call.json()?;
    let reason = read_text("reason", body.reason)?;
    let account = freeze_by_holder(&settings.platform, &customer.id, &id, &reason).await?;
    Ok(Answer::ok(&FreezesBody::of(&account, settings.calendar, settings.platform.now())))
}
