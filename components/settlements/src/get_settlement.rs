use feiqian_bank_api::DeclineReason;
use feiqian_calendar::{Calendar, Day};
use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::{BILL_ENTRIES_MAX, settlement_of};
use feiqian_ledger::{FeeRate, MerchantId, OperationId, Settlement, SettlementEnd};
use feiqian_money::Money;
use serde::Serialize;

use crate::settings::{Settings, day_of};

#[derive(Serialize)]
struct SettlementBody<'a> {
    merchant_id: &'a MerchantId,
    day: Day,
    state: &'static str,
    fee_rate: FeeRate,
    payments: SumBody,
    refunds: SumBody,
    fees: Money,
    carried_in: Money,
    net: Money,
    carried_over: Money,
    closed_at: String,
    file_parts: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    payout: Option<PayoutBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<RefusalBody>,
}

#[derive(Serialize)]
struct SumBody {
    count: u64,
    amount: Money,
}

#[derive(Serialize)]
struct PayoutBody<'a> {
    operation_id: &'a OperationId,
    bank_code: &'a str,
    account_number: &'a str,
    paid_at: String,
}

#[derive(Serialize)]
struct RefusalBody {
    reason: DeclineReason,
    refused_at: String,
}

fn body(settlement: &Settlement, calendar: Calendar) -> SettlementBody<'_> {
    let tally = &settlement.tally;
    let (mut payout, mut refusal) = (None, None);
    match &settlement.end {
        SettlementEnd::PaidOut { at, account, bank_code } => {
            payout = Some(PayoutBody {
                operation_id: &settlement.operation,
                bank_code,
                account_number: account,
                paid_at: calendar.format(*at),
            });
        }
        SettlementEnd::Refused { at, reason } => {
            refusal = Some(RefusalBody { reason: *reason, refused_at: calendar.format(*at) });
        }
        SettlementEnd::CarriedOver => {}
    }
    SettlementBody {
        merchant_id: &settlement.merchant,
        day: settlement.day,
        state: settlement.end.as_str(),
        fee_rate: settlement.rate,
        payments: SumBody { count: tally.payments, amount: tally.paid_in.into() },
        refunds: SumBody { count: tally.refunds, amount: tally.given_back.into() },
        fees: tally.fees.into(),
        carried_in: settlement.carried.into(),
        net: settlement.due.into(),
        carried_over: settlement.carried_over.into(),
        closed_at: calendar.format(settlement.closed_at),
        file_parts: settlement.entries().div_ceil(BILL_ENTRIES_MAX).max(1),
        payout,
        refusal,
    }
}

/// `GET /v1/merchants/:merchant_id/settlements/:day`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let partner = settings.partner(call).await?;
    let (merchant, day) = (call.id("merchant_id")?, day_of(call)?);
    let settlement = settlement_of(&settings.platform, &partner, &merchant, day).await?;
    Ok(Answer::ok(&body(&settlement, settings.calendar)))
}
