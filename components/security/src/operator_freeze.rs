use feiqian_edge::{Answer, Call, OperatorScope, Problem, read_text};
use feiqian_flows::{Platform, freeze_by_operator};
use feiqian_ledger::account::FrozenBy;
use serde::Deserialize;

use crate::freeze::FreezesBody;
use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    by: Party,
    reason: String,
}

/// For whom an operator may freeze.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Party {
    Operator,
    Risk,
}

/// `POST /v1/operations/accounts/:account_id/freezes`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let acting = settings.acting(call, OperatorScope::Support)?;
    let id = call.id("account_id")?;
    let body: Body = call.json()?;
    let reason = read_text("reason", body.reason)?;
    let by = match body.by {
        Party::Operator => FrozenBy::Operator,
        Party::Risk => FrozenBy::Risk,
    };
    let Settings { platform, calendar, .. } = settings;
    let freeze = async || {
        let account = freeze_by_operator(platform, &id, by, &reason).await?;
        Ok(Answer::ok(&FreezesBody::of(&account, *calendar, platform.now())))
    };
    acting.because(&reason).perform(platform, freeze).await
}
