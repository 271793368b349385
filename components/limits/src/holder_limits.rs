use feiqian_ledger::account::HolderLimits;
use feiqian_money::Money;
use serde::Serialize;

/// What a holder has set, as the holder sees it.
#[derive(Serialize)]
pub(crate) struct HolderLimitsBody {
    revision: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    month: Option<Money>,
    small_payments_without_pin: bool,
}

impl From<&HolderLimits> for HolderLimitsBody {
    fn from(limits: &HolderLimits) -> Self {
        Self {
            revision: limits.revision,
            payment: limits.own.payment.map(Money::from),
            day: limits.own.day.map(Money::from),
            month: limits.own.month.map(Money::from),
            small_payments_without_pin: limits.small_payments,
        }
    }
}
