use feiqian_calendar::{Calendar, Day};
use feiqian_ledger::{FeeRate, Merchant, MerchantId};
use feiqian_money::Money;
use serde::Serialize;

/// How a merchant is paid out, and how far that has come.
#[derive(Serialize)]
pub(crate) struct TermsBody<'a> {
    merchant_id: &'a MerchantId,
    name: &'a str,
    /// None if it is not paid out.
    settlement: Option<SettlingBody<'a>>,
}

#[derive(Serialize)]
struct SettlingBody<'a> {
    account: AccountBody<'a>,
    fee_rates: Vec<RateBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settled_through: Option<Day>,
    carried_over: Money,
    #[serde(skip_serializing_if = "Option::is_none")]
    under_way: Option<UnderWayBody>,
}

#[derive(Serialize)]
struct AccountBody<'a> {
    bank_code: &'a str,
    number: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct RateBody {
    from: Day,
    rate: FeeRate,
}

#[derive(Serialize)]
struct UnderWayBody {
    day: Day,
    state: &'static str,
    closed_at: String,
}

impl<'a> TermsBody<'a> {
    pub(crate) fn of(merchant: &'a Merchant, calendar: Calendar) -> Self {
        let settlement = merchant.settling.as_ref().map(|settling| SettlingBody {
            account: AccountBody {
                bank_code: &settling.account.bank_code,
                number: &settling.account.masked,
                name: &settling.account.name,
            },
            fee_rates: settling
                .rates()
                .iter()
                .map(|dated| RateBody { from: dated.from, rate: dated.rate })
                .collect(),
            settled_through: settling.settled_through,
            carried_over: settling.carried.into(),
            under_way: settling.current().map(|closing| UnderWayBody {
                day: closing.day,
                state: closing.stage.name(),
                closed_at: calendar.format(closing.closed_at),
            }),
        });
        Self { merchant_id: &merchant.id, name: &merchant.name, settlement }
    }
}
