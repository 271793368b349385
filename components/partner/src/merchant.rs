use feiqian_calendar::Calendar;
use feiqian_ledger::{Merchant, MerchantId};
use feiqian_money::{Amount, Money};
use serde::Serialize;

/// A merchant as its partner sees it.
#[derive(Serialize)]
pub(crate) struct MerchantBody<'a> {
    merchant_id: &'a MerchantId,
    name: &'a str,
    category: &'a str,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    balance: Option<Money>,
}

impl<'a> MerchantBody<'a> {
    pub(crate) fn of(merchant: &'a Merchant, calendar: Calendar) -> Self {
        Self {
            merchant_id: &merchant.id,
            name: &merchant.name,
            category: &merchant.category,
            created_at: calendar.format(merchant.created_at),
            balance: None,
        }
    }

    pub(crate) fn with_balance(self, balance: Amount) -> Self {
        Self { balance: Some(balance.into()), ..self }
    }
}
