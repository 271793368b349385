use feiqian_edge::{Answer, Call, OperatorScope, Problem, query, read_text};
use feiqian_flows::{ProposeAdjustmentRequest, propose_adjustment};
use feiqian_ledger::{ADJUSTMENT_MAX, AdjustmentDirection};
use feiqian_money::{Currency, MoneyInput};
use serde::Deserialize;

use crate::adjustment::AdjustmentBody;
use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    account_id: String,
    direction: AdjustmentDirection,
    amount: MoneyInput,
    reason: String,
    reference: String,
}

/// `POST /v1/operations/adjustments`: no money moves until another operator approves.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let acting = settings.acting(call, OperatorScope::Adjust)?;
    let key = call.idempotency_key()?.into_string();
    let body: Body = call.json()?;
    let amount = body.amount.positive()?;
    if amount > ADJUSTMENT_MAX {
        let most = ADJUSTMENT_MAX.to_decimal_string(Currency::CNY);
        let (en, zh) = (format!("it is at most {most}"), format!("最多为 {most}"));
        return Err(query::invalid("amount", en, zh));
    }
    let request = ProposeAdjustmentRequest {
        maker: acting.name().to_owned(),
        key,
        account: call.body_id("account_id", &body.account_id)?,
        direction: body.direction,
        amount,
        reason: read_text("reason", body.reason)?,
        reference: read_text("reference", body.reference)?,
    };
    let acting = acting.about(request.account.as_str()).because(&request.reason);
    let propose = async || {
        let proposed = propose_adjustment(&settings.platform, request).await?;
        let body = AdjustmentBody::of(&proposed.operation, call, settings);
        Ok(Answer::created(&body).replayed(proposed.replayed))
    };
    acting.perform(&settings.platform, propose).await
}
