use feiqian_edge::{Answer, Call, Problem, limit_json, query, read_id};
use feiqian_flows::{ConfirmSendingRequest, SendingTo, confirm_sending};
use feiqian_ledger::Speed;
use feiqian_money::{Money, MoneyInput};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::settings::Settings;
use crate::transfer::PayeeInput;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    withdrawal: Option<Withdrawal>,
    transfer: Option<Transfer>,
    closure: Option<Closure>,
    device_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Withdrawal {
    card_id: String,
    amount: MoneyInput,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Transfer {
    payee: PayeeInput,
    amount: MoneyInput,
    speed: Speed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Closure {
    card_id: String,
}

/// What the holder sees and confirms.
#[derive(Serialize)]
struct ConfirmationBody<'a> {
    to: &'a str,
    amount: Money,
    fee: Money,
    limits: Vec<Value>,
    hints: Vec<&'static str>,
    confirmation: &'a str,
    expires_at: String,
}

/// `POST /v1/accounts/:account_id/confirmations`, with the idempotency key that the withdrawal,
/// transfer or closure will have. It moves and keeps nothing.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let key = call.idempotency_key()?.into_string();
    let account = call.id("account_id")?;
    let Body { withdrawal, transfer, closure, device_id } = call.json()?;
    let device = device_id.as_deref().map(|id| read_id("device_id", id)).transpose()?;
    let to = sending(call, withdrawal, transfer, closure)?;
    let request = ConfirmSendingRequest { customer: customer.id, key, account, to, device };
    let Settings { platform, policy, outbound_transfers, confirmation_key, .. } = settings;
    let shown =
        confirm_sending(platform, policy, *outbound_transfers, confirmation_key, request).await?;
    Ok(Answer::ok(&ConfirmationBody {
        to: &shown.to,
        amount: shown.amount.into(),
        fee: shown.fee.into(),
        limits: shown.limits.iter().map(limit_json).collect(),
        hints: shown.hints.iter().map(|hint| hint.as_str()).collect(),
        confirmation: &shown.token,
        expires_at: policy.calendar.format(shown.expires_at),
    }))
}

fn sending(
    call: &Call,
    withdrawal: Option<Withdrawal>,
    transfer: Option<Transfer>,
    closure: Option<Closure>,
) -> Result<SendingTo, Problem> {
    match (withdrawal, transfer, closure) {
        (Some(Withdrawal { card_id, amount }), None, None) => Ok(SendingTo::Card {
            card: read_id("withdrawal.card_id", &card_id)?,
            amount: amount.positive()?,
        }),
        (None, Some(Transfer { payee, amount, speed }), None) => {
            Ok(SendingTo::Account { payee: payee.read(call)?, amount: amount.positive()?, speed })
        }
        (None, None, Some(Closure { card_id })) => {
            Ok(SendingTo::LastCard { card: read_id("closure.card_id", &card_id)? })
        }
        _ => Err(query::invalid(
            "withdrawal",
            "one of withdrawal, transfer and closure is needed",
            "withdrawal、transfer 与 closure 须三选一",
        )),
    }
}
