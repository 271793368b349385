use feiqian_edge::{Answer, Call, Problem, limit_json};
use feiqian_flows::{FlowError, Platform, load_account};
use feiqian_ledger::LimitExcess;
use feiqian_limits::report;
use serde::Serialize;
use serde_json::Value;

use crate::holder_limits::HolderLimitsBody;
use crate::settings::Settings;

#[derive(Serialize)]
struct LimitsBody<'a> {
    rule_set: &'a str,
    own: HolderLimitsBody,
    limits: Vec<Value>,
}

/// `GET /v1/accounts/:account_id/limits`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let id = call.id("account_id")?;
    let Settings { platform, policy, .. } = settings;
    let account = load_account(platform, &customer.id, &id).await?;
    let day = account.business_day(platform.now(), policy.calendar);
    let standing = account.standing().map_err(FlowError::from)?;
    let lines = report(policy.rules, &standing, day);
    let limits = lines.iter().map(|line| limit_json(&LimitExcess::from(line))).collect();
    let own = HolderLimitsBody::from(account.holder_limits());
    Ok(Answer::ok(&LimitsBody { rule_set: policy.rules.name(), own, limits }))
}
