use feiqian_edge::{Answer, Call, OperatorScope, Problem};
use feiqian_flows::load_partner;

use crate::partner::{PartnerBody, read_partner};
use crate::settings::Settings;

/// `GET /v1/operations/partners/:partner_id`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    settings.looking(call, OperatorScope::Read)?;
    let partner = load_partner(&settings.platform, &read_partner(call)?).await?;
    Ok(PartnerBody::answer(&partner, settings.calendar))
}
