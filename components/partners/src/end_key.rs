use feiqian_edge::{Answer, Call, OperatorScope, Problem};
use feiqian_flows::{Platform, end_partner_key};
use serde::Deserialize;

use crate::partner::{PartnerBody, read_instant, read_key};
use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    /// Now if there is none.
    not_after: Option<String>,
}

/// `PUT /v1/operations/partners/:partner_id/keys/:name/end`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let acting = settings.acting(call, OperatorScope::Admin)?;
    let id = read_key(call)?;
    let body: Body = call.json()?;
    let not_after = match body.not_after {
        Some(text) => read_instant("not_after", &text)?,
        None => settings.platform.now(),
    };
    let platform = &settings.platform;
    let end = async || {
        let partner = end_partner_key(platform, &id, not_after).await?;
        Ok(PartnerBody::answer(&partner, settings.calendar))
    };
    acting.perform(platform, end).await
}
