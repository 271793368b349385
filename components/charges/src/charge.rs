use feiqian_codes::PayerCode;
use feiqian_edge::{Answer, Call, Problem, ProblemCode, log_fault, query, read_id, read_text};
use feiqian_flows::{ChargeRequest, charge, finish_payment};
use feiqian_ledger::partner::PartnerScope;
use feiqian_ledger::{Instrument, TokenId};
use feiqian_money::{Amount, MoneyInput};
use feiqian_signing::TapData;
use http::StatusCode;
use serde::Deserialize;

use crate::order::ChargeBody;
use crate::settings::Settings;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    merchant_id: String,
    amount: MoneyInput,
    description: String,
    reference: String,
    payer_code: Option<String>,
    tap: Option<Tap>,
    agreement: Option<Agreement>,
}

/// What holder and wallet agreed on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Agreement {
    account_id: String,
    agreement_id: String,
}

/// What terminal and device agreed on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tap {
    token_id: String,
    counter: u32,
    unpredictable_number: String,
    cryptogram: String,
}

/// `POST /v1/charges`: 201 once it is paid, 202 while it waits for its payer or the bank. The merchant is
/// credited after the answer.
pub(crate) async fn answer(call: &Call, settings: &'static Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call, PartnerScope::Charges).await?;
    let key = call.idempotency_key()?.into_string();
    let body: Body = call.json()?;
    let merchant = call.body_id("merchant_id", &body.merchant_id)?;
    let amount = body.amount.positive()?;
    let instrument = match (&body.payer_code, &body.tap, &body.agreement) {
        (Some(code), None, None) => payer_code(code)?,
        (None, Some(tap), None) => checked_tap(tap, &body.merchant_id, amount, settings)?,
        (None, None, Some(agreement)) => Instrument::Wallet {
            account: call.joined_id("account_id", &agreement.account_id)?,
            agreement: read_id("agreement_id", &agreement.agreement_id)?,
        },
        _ => {
            let (en, zh) =
                ("one of payer_code, tap and agreement is needed", "付款码、碰一碰与签约须三选一");
            return Err(query::invalid("payer_code", en, zh));
        }
    };
    let request = ChargeRequest {
        partner,
        key,
        merchant,
        amount,
        description: read_text("description", body.description)?,
        reference: read_text("reference", body.reference)?,
        instrument,
    };
    let Settings { platform, policy, .. } = settings;
    let charged = charge(platform, policy, request).await?;
    let body = ChargeBody::of(&charged.order, settings);
    let paid = charged.order.payment().is_some();
    let status = if paid { StatusCode::CREATED } else { StatusCode::ACCEPTED };
    let answer = Answer::json(status, &body).replayed(charged.replayed);
    let Some(unsettled) = charged.unsettled else { return Ok(answer) };
    let request_id = call.request_id.clone();
    Ok(answer.then(async move {
        if let Err(error) = finish_payment(platform, unsettled).await {
            log_fault(&request_id, "finish_payment", &error);
        }
    }))
}

fn payer_code(text: &str) -> Result<Instrument, Problem> {
    let code = PayerCode::parse(text).map_err(|_| ProblemCode::PaymentCodeInvalid)?;
    Ok(Instrument::PayerCode(code.as_str().to_owned()))
}

/// A tap whose cryptogram is its token's for this merchant and this amount.
fn checked_tap(
    tap: &Tap,
    merchant: &str,
    amount: Amount,
    settings: &Settings,
) -> Result<Instrument, Problem> {
    let token: TokenId = read_id("token_id", &tap.token_id)?;
    let data = TapData {
        merchant,
        amount_minor: amount.minor(),
        unpredictable_number: &tap.unpredictable_number,
        counter: tap.counter,
    };
    if settings.code_key.verify_tap(token.as_str(), &data, &tap.cryptogram) {
        Ok(Instrument::Nfc { token, counter: tap.counter })
    } else {
        Err(ProblemCode::CryptogramWrong.into())
    }
}
