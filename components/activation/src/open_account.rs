use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::{OpenAccountRequest, Platform, open_account};
use feiqian_identity::{CardNumber, HolderName, Mobile, ResidentId};
use feiqian_limits::AccountClass;
use serde::Deserialize;

use crate::account::AccountBody;
use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    class: AccountClass,
    name: String,
    resident_id: String,
    mobile: String,
    card_number: String,
}

/// `POST /v1/accounts`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let key = call.idempotency_key()?.into_string();
    let body: Body = call.json()?;
    let request = OpenAccountRequest {
        customer: customer.id,
        key,
        class: body.class,
        name: HolderName::parse(&body.name)?,
        resident_id: ResidentId::parse(&body.resident_id)?,
        mobile: Mobile::parse(&body.mobile)?,
        card_number: CardNumber::parse(&body.card_number)?,
    };
    let Settings { platform, policy, vault, .. } = settings;
    let opened = open_account(platform, policy, vault, request).await?;
    let body = AccountBody::of(&opened.account, policy.calendar, platform.now());
    Ok(Answer::created(&body).replayed(opened.replayed))
}
