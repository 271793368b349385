use feiqian_codes::MerchantCode;
use feiqian_edge::{Call, Problem, ProblemCode};
use feiqian_flows::look_up_code;
use feiqian_ledger::{Merchant, MerchantId, Order, OrderId};

use crate::settings::Settings;

/// What a scanned text leads to: a merchant, and the order of a dynamic code.
pub(crate) async fn look_up(
    call: &Call,
    payload: &str,
    settings: &Settings,
) -> Result<(Merchant, Option<Order>), Problem> {
    let code = MerchantCode::parse(payload).map_err(|error| refused().because(error))?;
    let merchant = MerchantId::parse(&code.merchant).map_err(|_| refused())?;
    let merchant = call.body_id("merchant_id", merchant.as_str())?;
    let order = match &code.order {
        None => None,
        Some((id, amount)) => Some((OrderId::parse(id).map_err(|_| refused())?, *amount)),
    };
    let order = order.as_ref().map(|(id, amount)| (id, *amount));
    Ok(look_up_code(&settings.platform, &merchant, order).await?)
}

fn refused() -> Problem {
    Problem::new(ProblemCode::PaymentCodeInvalid)
}
