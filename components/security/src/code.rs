use feiqian_edge::{Call, Problem, read_id};
use feiqian_flows::ConfirmBindingRequest;
use feiqian_identity::OneTimeCode;

use crate::settings::Settings;

/// A code of a verification, as a request presents it.
pub(crate) fn presented(
    call: &Call,
    settings: &Settings,
    verification: &str,
    code: &str,
) -> Result<ConfirmBindingRequest, Problem> {
    Ok(ConfirmBindingRequest {
        customer: settings.customer(call)?.id,
        key: call.idempotency_key()?.into_string(),
        account: call.id("account_id")?,
        binding: read_id("verification_id", verification)?,
        code: OneTimeCode::parse(code)?,
    })
}
