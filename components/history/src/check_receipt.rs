use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::check_receipt;
use feiqian_ledger::ReceiptFault;
use serde::Serialize;

use crate::receipt::ClaimBody;
use crate::settings::Settings;

#[derive(Serialize)]
struct CheckBody {
    valid: bool,
    /// The fields of the receipt that are not what the journal holds.
    wrong: Vec<&'static str>,
}

/// `POST /v1/receipt-checks`: anyone who was given a receipt may ask whether it is right.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let body: ClaimBody = call.json()?;
    let faults = check_receipt(&settings.platform, &body.read(call)?).await?;
    let wrong: Vec<&str> = faults.into_iter().map(field).collect();
    Ok(Answer::ok(&CheckBody { valid: wrong.is_empty(), wrong }))
}

const fn field(fault: ReceiptFault) -> &'static str {
    match fault {
        ReceiptFault::Hash => "hash",
        ReceiptFault::PreviousHash => "previous_hash",
        ReceiptFault::Operation => "operation_id",
        ReceiptFault::Kind => "kind",
        ReceiptFault::Amount => "amount",
        ReceiptFault::ByCard => "by_card",
        ReceiptFault::Balance => "balance",
        ReceiptFault::At => "at",
        ReceiptFault::Counterparty => "counterparty",
    }
}
