use feiqian_edge::{Answer, Call, OperatorScope, Problem, read_text};
use feiqian_flows::{Platform, unfreeze_by_operator};
use feiqian_ledger::account::FrozenBy;
use serde::Deserialize;

use crate::freeze::FreezesBody;
use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    by: FrozenBy,
    reason: String,
}

/// `POST /v1/operations/accounts/:account_id/unfreezes`: lifts the freeze of any party, a
/// holder's too, who may have lost the PIN.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let acting = settings.acting(call, OperatorScope::Support)?;
    let id = call.id("account_id")?;
    let Body { by, reason } = call.json()?;
    let reason = read_text("reason", reason)?;
    let Settings { platform, calendar, .. } = settings;
    let unfreeze = async || {
        let account = unfreeze_by_operator(platform, &id, by).await?;
        Ok(Answer::ok(&FreezesBody::of(&account, *calendar, platform.now())))
    };
    acting.because(&reason).perform(platform, unfreeze).await
}
