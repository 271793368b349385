use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::choose_default_card;
use http::StatusCode;

use crate::settings::Settings;

/// `PUT /v1/accounts/:account_id/cards/:card_id/default`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let (account, card) = (call.id("account_id")?, call.id("card_id")?);
    choose_default_card(&settings.platform, &customer.id, &account, &card).await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
