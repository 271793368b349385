use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::load_account;
use feiqian_ledger::CardId;
use serde::Serialize;

use crate::card::CardBody;
use crate::settings::Settings;

#[derive(Serialize)]
struct CardsBody<'a> {
    cards: Vec<CardBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_card_id: Option<&'a CardId>,
}

/// `GET /v1/accounts/:account_id/cards`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let id = call.id("account_id")?;
    let account = load_account(&settings.platform, &customer.id, &id).await?;
    let card = |card| CardBody::of(card, settings.calendar);
    Ok(Answer::ok(&CardsBody {
        cards: account.cards().iter().map(card).collect(),
        default_card_id: account.default_card().map(|card| &card.id),
    }))
}
