use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::{Platform, find_face_verification};

use crate::face::FaceBody;
use crate::settings::Settings;

/// `GET /v1/accounts/:account_id/face-verifications/:verification_id`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let (account, id) = (call.id("account_id")?, call.id("verification_id")?);
    let Settings { platform, vault, calendar, .. } = settings;
    let found = find_face_verification(platform, vault, &customer.id, &account, &id).await?;
    Ok(Answer::ok(&FaceBody::of(&found, *calendar, platform.now())))
}
