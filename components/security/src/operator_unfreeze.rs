use feiqian_edge::{Answer, Call, OperatorScope, Problem};
use feiqian_flows::{Platform, unfreeze_by_operator};
use feiqian_ledger::account::FrozenBy;
use serde::Deserialize;

use crate::freeze::FreezesBody;
use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    by: FrozenBy,
}

/// `POST /v1/operations/accounts/:account_id/unfreezes`: lifts the freeze of any party, a
/// holder's too, who may have lost the PIN.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    settings.operator(call, OperatorScope::Support)?;
    let id = call.id("account_id")?;
    let body: Body = call.json()?;
    let account = unfreeze_by_operator(&settings.platform, &id, body.by).await?;
    Ok(Answer::ok(&FreezesBody::of(&account, settings.calendar, settings.platform.now())))
}
