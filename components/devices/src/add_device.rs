use feiqian_edge::{Answer, Call, Problem, read_text};
use feiqian_flows::{AddDeviceRequest, add_device};
use feiqian_identity::{DeviceAlgorithm, Pin};
use serde::Deserialize;

use crate::device::DeviceBody;
use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    algorithm: DeviceAlgorithm,
    public_key: String,
    name: String,
    signature: String,
    pin: String,
}

/// `POST /v1/accounts/:account_id/devices`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let key = call.idempotency_key()?.into_string();
    let account = call.id("account_id")?;
    let body: Body = call.json()?;
    let request = AddDeviceRequest {
        customer: customer.id,
        key,
        account,
        algorithm: body.algorithm,
        public_key: body.public_key,
        name: read_text("name", body.name)?,
        signature: body.signature,
        pin: Pin::parse(&body.pin)?,
    };
    let added = add_device(&settings.platform, &settings.pepper, request).await?;
    let body = DeviceBody::of(&added.device, settings.calendar);
    Ok(Answer::created(&body).replayed(added.replayed))
}
