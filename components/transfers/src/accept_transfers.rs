use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::{AcceptTransfersRequest, accept_transfers};
use feiqian_identity::Pin;
use serde::{Deserialize, Serialize};

use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    accepted: bool,
    pin: String,
}

#[derive(Serialize)]
struct ConsentBody {
    accepted: bool,
}

/// `PUT /v1/accounts/:account_id/incoming-transfers`: the holder's consent to money from
/// others.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let account = call.id("account_id")?;
    let body: Body = call.json()?;
    let request = AcceptTransfersRequest {
        customer: customer.id,
        account,
        accepts: body.accepted,
        pin: Pin::parse(&body.pin)?,
    };
    accept_transfers(&settings.platform, &settings.pepper, request).await?;
    Ok(Answer::ok(&ConsentBody { accepted: body.accepted }))
}
