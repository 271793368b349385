use feiqian_edge::{Answer, Call, Problem, query, read_text};
use feiqian_flows::{PublishBillRequest, publish_bill};
use feiqian_ledger::BillTerms;
use feiqian_ledger::partner::PartnerScope;
use feiqian_money::MoneyInput;
use serde::Deserialize;

use crate::bill::BillBody;
use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    subscriber: String,
    bill_number: String,
    amount: MoneyInput,
    description: String,
    due_on: Option<String>,
    revision: Option<u64>,
}

/// `PUT /v1/merchants/:merchant_id/bills`: publishes a bill under the biller's numbers, or
/// changes it while it is unpaid.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call, PartnerScope::Bills).await?;
    let merchant = call.id("merchant_id")?;
    let body: Body = call.json()?;
    let due_on = body.due_on.as_deref().map(|text| query::day("due_on", text)).transpose()?;
    let request = PublishBillRequest {
        partner,
        merchant,
        subscriber: read_text("subscriber", body.subscriber)?,
        number: read_text("bill_number", body.bill_number)?,
        terms: BillTerms {
            amount: body.amount.positive()?,
            description: read_text("description", body.description)?,
            due_on,
        },
        revision: body.revision,
    };
    let view = publish_bill(&settings.platform, request).await?;
    Ok(Answer::ok(&BillBody::of(&view, settings.calendar)))
}
