use feiqian_edge::{Answer, Call, Problem, ProblemCode};
use feiqian_flows::{Platform, find_payer_code};
use serde::Serialize;

use crate::order::ChargeBody;
use crate::settings::Settings;

/// What became of a payer code, and what its payer may have to confirm.
#[derive(Serialize)]
struct CodeBody<'a> {
    status: &'static str,
    method: &'static str,
    expires_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    charge: Option<ChargeBody<'a>>,
}

/// `GET /v1/accounts/:account_id/payer-codes/:code`: a charge that is `awaiting_payer` is paid
/// by its payer as any order is, with the PIN.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let account = call.id("account_id")?;
    let code = feiqian_codes::PayerCode::parse(call.parameter("code")?)
        .map_err(|_| ProblemCode::PayerCodeNotFound)?;
    let (code, order) =
        find_payer_code(&settings.platform, &customer.id, &account, code.as_str()).await?;
    let charge = order.as_ref().filter(|order| order.is_for(&account));
    Ok(Answer::ok(&CodeBody {
        status: match code.spent {
            Some(_) => "spent",
            None if settings.platform.now() >= code.expires_at() => "expired",
            None => "fresh",
        },
        method: code.from.as_str(),
        expires_at: settings.policy.calendar.format(code.expires_at()),
        charge: charge.map(|order| ChargeBody::of(order, settings)),
    }))
}
