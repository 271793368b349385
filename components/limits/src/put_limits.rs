use feiqian_edge::{Answer, Call, Problem, read_id};
use feiqian_flows::{ChangeLimitsRequest, change_limits};
use feiqian_identity::Pin;
use feiqian_limits::OwnLimits;
use feiqian_money::MoneyInput;
use serde::Deserialize;

use crate::holder_limits::HolderLimitsBody;
use crate::settings::Settings;

/// The limits as they shall be: one that is absent is none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    revision: u32,
    #[serde(default)]
    payment: Option<MoneyInput>,
    #[serde(default)]
    day: Option<MoneyInput>,
    #[serde(default)]
    month: Option<MoneyInput>,
    small_payments_without_pin: bool,
    #[serde(default)]
    pin: Option<String>,
    #[serde(default)]
    signature: Option<Signature>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
    device_id: String,
    value: String,
}

/// `PUT /v1/accounts/:account_id/limits`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let account = call.id("account_id")?;
    let body: Body = call.json()?;
    let amount = |money: &Option<MoneyInput>| money.as_ref().map(MoneyInput::positive).transpose();
    let own = OwnLimits {
        payment: amount(&body.payment)?,
        day: amount(&body.day)?,
        month: amount(&body.month)?,
    };
    let signature = body.signature.map(|Signature { device_id, value }| {
        read_id("device_id", &device_id).map(|device| (device, value))
    });
    let request = ChangeLimitsRequest {
        customer: customer.id,
        account,
        revision: body.revision,
        own,
        small_payments: body.small_payments_without_pin,
        pin: body.pin.as_deref().map(Pin::parse).transpose()?,
        signature: signature.transpose()?,
    };
    let changed = change_limits(&settings.platform, &settings.pepper, &request).await?;
    Ok(Answer::ok(&HolderLimitsBody::from(&changed)))
}
