use feiqian_edge::{Answer, Call, OperatorScope, Problem, read_text};
use feiqian_flows::register_partner;
use serde::Deserialize;

use crate::partner::{PartnerBody, read_partner};
use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    name: String,
}

/// `PUT /v1/operations/partners/:partner_id`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let acting = settings.acting(call, OperatorScope::Admin)?;
    let id = read_partner(call)?;
    let body: Body = call.json()?;
    let name = read_text("name", body.name)?;
    let platform = &settings.platform;
    let register = async || {
        let partner = register_partner(platform, id, name).await?;
        Ok(PartnerBody::answer(&partner, settings.calendar))
    };
    acting.perform(platform, register).await
}
