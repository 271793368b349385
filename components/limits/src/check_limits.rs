use feiqian_edge::{Answer, Call, Problem, ProblemCode, limit_json};
use feiqian_flows::{Platform, load_account};
use feiqian_ledger::Refusal;
use feiqian_limits::{Movement, Proposal};
use feiqian_money::MoneyInput;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    kind: Kind,
    amount: MoneyInput,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Payment,
    TopUp,
}

#[derive(Serialize)]
struct CheckBody {
    allowed: bool,
    refusals: Vec<Value>,
}

/// `POST /v1/accounts/:account_id/limit-checks`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let id = call.id("account_id")?;
    let body: Body = call.json()?;
    let amount = body.amount.positive()?;
    let movement = match body.kind {
        Kind::Payment => Movement::Payment,
        Kind::TopUp => Movement::TopUp,
    };
    let Settings { platform, policy, .. } = settings;
    let account = load_account(platform, &customer.id, &id).await?;
    let day = account.business_day(platform.now(), policy.calendar);
    let refusals = match account.check_limits(&Proposal::new(movement, amount, day)?, policy.rules)
    {
        Ok(()) => Vec::new(),
        Err(Refusal::LimitExceeded { limits }) => {
            let next_step = ProblemCode::LimitExceeded.next_step(call.language);
            let refusal = |limit| {
                let mut refusal = limit_json(limit);
                refusal["next_step"] = json!(next_step);
                refusal
            };
            limits.iter().map(refusal).collect()
        }
        Err(other) => return Err(other.into()),
    };
    Ok(Answer::ok(&CheckBody { allowed: refusals.is_empty(), refusals }))
}
