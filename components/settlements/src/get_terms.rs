use feiqian_edge::{Answer, Call, OperatorScope, Problem};
use feiqian_flows::merchant_settling;

use crate::settings::Settings;
use crate::terms::TermsBody;

/// `GET /v1/operations/settlements/:merchant_id`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    settings.looking(call, OperatorScope::Read)?;
    let merchant = merchant_settling(&settings.platform, &call.id("merchant_id")?).await?;
    Ok(Answer::ok(&TermsBody::of(&merchant, settings.calendar)))
}
