use feiqian_edge::{Answer, Call, EventBody, Problem};
use feiqian_flows::load_event;

use crate::settings::Settings;

/// `GET /v1/events/:event_id`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call).await?;
    let event = load_event(&settings.platform, &partner, &call.id("event_id")?).await?;
    Ok(Answer::ok(&EventBody::of(&event, settings.calendar)))
}
