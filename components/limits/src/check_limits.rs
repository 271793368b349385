use feiqian_calendar::Day;
use feiqian_edge::{Answer, Call, Problem, ProblemCode, limit_help, limit_json};
use feiqian_flows::{Platform, load_account};
use feiqian_ledger::Refusal;
use feiqian_limits::{Channel, Movement, Proposal, Strength};
use feiqian_money::{Amount, MoneyInput};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    kind: Movement,
    amount: MoneyInput,
    /// What of it a bound card would pay.
    #[serde(default)]
    card_amount: Option<MoneyInput>,
    /// The merchant's category.
    #[serde(default)]
    category: Option<String>,
    #[serde(default)]
    channel: Channel,
    #[serde(default)]
    strength: Strength,
    #[serde(default)]
    without_pin: bool,
    #[serde(default)]
    confirmed: bool,
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
    let Settings { platform, policy, .. } = settings;
    let account = load_account(platform, &customer.id, &id).await?;
    let day = account.business_day(platform.now(), policy.calendar);
    let refusals = match account.check_limits(&body.proposal(day)?, policy.rules) {
        Ok(()) => Vec::new(),
        Err(Refusal::LimitExceeded { limits }) => {
            let refusal = |limit| {
                let mut refusal = limit_json(limit);
                refusal["code"] = json!(ProblemCode::LimitExceeded.as_str());
                refusal["next_step"] = json!(limit_help(limit, call.language));
                refusal
            };
            limits.iter().map(refusal).collect()
        }
        Err(other) => {
            let problem = Problem::from(other).into_document(call.language, platform.now());
            vec![Value::Object(problem)]
        }
    };
    Ok(Answer::ok(&CheckBody { allowed: refusals.is_empty(), refusals }))
}

impl Body {
    fn proposal(&self, day: Day) -> Result<Proposal, Problem> {
        let movement = match (self.kind, &self.category) {
            (Movement::Payment, Some(category)) => Movement::at_merchant(category),
            (kind, _) => kind,
        };
        let card_part = self.card_amount.as_ref().map(MoneyInput::positive).transpose()?;
        let proposal = Proposal::new(movement, self.amount.positive()?, day)?
            .by(self.channel, self.strength)
            .card_part(card_part.unwrap_or(Amount::ZERO));
        let proposal = if self.without_pin { proposal.without_pin() } else { proposal };
        Ok(if self.confirmed { proposal.confirmed() } else { proposal })
    }
}
