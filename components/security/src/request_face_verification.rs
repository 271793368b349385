use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::{Platform, request_face_verification};
use http::StatusCode;

use crate::face::FaceBody;
use crate::settings::Settings;

/// `POST /v1/accounts/:account_id/face-verifications`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let key = call.idempotency_key()?.into_string();
    let id = call.id("account_id")?;
    let Settings { platform, vault, calendar, .. } = settings;
    let asked = request_face_verification(platform, vault, &customer.id, &id, &key).await?;
    let body = FaceBody::of(&asked.verification, *calendar, platform.now());
    Ok(Answer::json(StatusCode::ACCEPTED, &body).replayed(asked.replayed))
}
