use feiqian_edge::{Answer, Call, OperatorScope, Problem, query, read_text};
use feiqian_flows::{SetSettlementRequest, set_settlement};
use feiqian_identity::{BankAccountNumber, CnapsCode};
use feiqian_ledger::FeeRate;
use serde::Deserialize;

use crate::settings::Settings;
use crate::terms::TermsBody;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    fee_rate: String,
    account: AccountInput,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountInput {
    bank_code: String,
    number: String,
    name: String,
}

/// `PUT /v1/operations/settlements/:merchant_id`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let acting = settings.acting(call, OperatorScope::Admin)?;
    let body: Body = call.json()?;
    let request = SetSettlementRequest {
        merchant: call.id("merchant_id")?,
        rate: FeeRate::parse(&body.fee_rate).map_err(|_| {
            query::invalid(
                "fee_rate",
                "it is a decimal from 0 to 0.05 with at most six places",
                "应为 0 至 0.05 的小数，最多六位",
            )
        })?,
        bank_code: CnapsCode::parse(&body.account.bank_code).map_err(|_| {
            query::invalid(
                "account.bank_code",
                "it is a CNAPS code of 12 digits",
                "应为 12 位联行号",
            )
        })?,
        number: BankAccountNumber::parse(&body.account.number).map_err(|_| {
            query::invalid("account.number", "it has 8 to 32 digits", "应为 8 至 32 位数字")
        })?,
        name: read_text("account.name", body.account.name)?,
    };
    let Settings { platform, calendar, vault, .. } = settings;
    let set = async || {
        let merchant = set_settlement(platform, *calendar, vault, request).await?;
        Ok(Answer::ok(&TermsBody::of(&merchant, *calendar)))
    };
    acting.perform(platform, set).await
}
