use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::top_up;

use crate::card_move;
use crate::settings::Settings;

/// `POST /v1/accounts/:account_id/top-ups`: from a bound card.
pub(crate) async fn answer(call: &Call, settings: &'static Settings) -> Result<Answer, Problem> {
    let request = card_move::request(call, settings)?;
    let Settings { platform, policy, pepper, .. } = settings;
    let moved = top_up(platform, policy, pepper, request).await?;
    Ok(card_move::answer(moved, call, settings))
}
