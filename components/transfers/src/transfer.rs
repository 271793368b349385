use feiqian_edge::{
    Answer, Call, OperationBody, Problem, SignatureInput, log_fault, read_confirmation, read_text,
};
use feiqian_flows::{OperationStatus, Payee, Platform, TransferRequest, settle_transfer, transfer};
use feiqian_identity::Pin;
use feiqian_ledger::Speed;
use feiqian_money::MoneyInput;
use http::StatusCode;
use serde::Deserialize;

use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    payee: PayeeInput,
    amount: MoneyInput,
    speed: Speed,
    pin: String,
    confirmation: Option<String>,
    signature: Option<SignatureInput>,
}

/// A payee as `GET .../payees/:payee_id` shows them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PayeeInput {
    account_id: String,
    name: String,
}

impl PayeeInput {
    pub(crate) fn read(self, call: &Call) -> Result<Payee, Problem> {
        Ok(Payee {
            account: call.joined_id("payee.account_id", &self.account_id)?,
            name: read_text("payee.name", self.name)?,
        })
    }
}

/// `POST /v1/accounts/:account_id/transfers`: 201 once the payee has the money, 202 while the
/// transfer waits or is under way.
pub(crate) async fn answer(call: &Call, settings: &'static Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let key = call.idempotency_key()?.into_string();
    let account = call.id("account_id")?;
    let body: Body = call.json()?;
    let key_of = &settings.confirmation_key;
    let request = TransferRequest {
        customer: customer.id,
        key,
        account,
        payee: body.payee.read(call)?,
        amount: body.amount.positive()?,
        speed: body.speed,
        pin: Pin::parse(&body.pin)?,
        confirmation: read_confirmation(body.confirmation, body.signature, key_of)?,
    };
    let Settings { platform, policy, pepper, outbound_transfers, .. } = settings;
    let sent = transfer(platform, policy, *outbound_transfers, pepper, request).await?;
    let status = match sent.operation.status {
        OperationStatus::Processing | OperationStatus::Waiting => StatusCode::ACCEPTED,
        OperationStatus::Succeeded | OperationStatus::Failed => StatusCode::CREATED,
    };
    let body = OperationBody::of(sent.operation, call, policy.calendar, platform.now());
    let answer = Answer::json(status, &body).replayed(sent.replayed);
    let Some(mark) = sent.unsettled else { return Ok(answer) };
    let request_id = call.request_id.clone();
    Ok(answer.then(async move {
        if let Err(error) = settle_transfer(platform, policy, &mark).await {
            log_fault(&request_id, "settle_transfer", &error);
        }
    }))
}
