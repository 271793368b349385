use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::withdraw;

use crate::card_move;
use crate::settings::Settings;

/// `POST /v1/accounts/:account_id/withdrawals`: to a bound card.
pub(crate) async fn answer(call: &Call, settings: &'static Settings) -> Result<Answer, Problem> {
    let request = card_move::request(call, settings)?;
    let Settings { platform, policy, pepper, .. } = settings;
    let moved = withdraw(platform, policy, pepper, request).await?;
    Ok(card_move::answer(moved, call, settings))
}
