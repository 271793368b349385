use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::load_account;
use serde::Serialize;

use crate::card::CardBody;
use crate::settings::Settings;

#[derive(Serialize)]
struct CardsBody<'a> {
    cards: Vec<CardBody<'a>>,
}

/// `GET /v1/accounts/:account_id/cards`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let id = call.id("account_id")?;
    let account = load_account(&settings.platform, &customer.id, &id).await?;
    let card = |card| CardBody::of(card, settings.calendar);
    Ok(Answer::ok(&CardsBody { cards: account.cards().iter().map(card).collect() }))
}
