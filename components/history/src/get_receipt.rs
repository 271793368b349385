use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::{entry_receipt, operation_receipt};

use crate::put_note::sequence;
use crate::receipt::ReceiptBody;
use crate::settings::Settings;

/// `GET /v1/accounts/:account_id/operations/:operation_id/receipt`
pub(crate) async fn of_operation(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let (account, operation) = (call.id("account_id")?, call.id("operation_id")?);
    let receipt = operation_receipt(&settings.platform, &customer.id, &account, &operation).await?;
    Ok(Answer::ok(&ReceiptBody::of(receipt, settings.calendar)))
}

/// `GET /v1/accounts/:account_id/entries/:sequence/receipt`
pub(crate) async fn of_entry(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let (account, sequence) = (call.id("account_id")?, sequence(call)?);
    let receipt = entry_receipt(&settings.platform, &customer.id, &account, sequence).await?;
    Ok(Answer::ok(&ReceiptBody::of(receipt, settings.calendar)))
}
