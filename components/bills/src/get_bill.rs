use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::load_bill;

use crate::bill::BillBody;
use crate::settings::Settings;

/// `GET /v1/bills/:bill_id`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    settings.customer(call)?;
    let view = load_bill(&settings.platform, &call.id("bill_id")?).await?;
    Ok(Answer::ok(&BillBody::of(&view, settings.calendar)))
}
