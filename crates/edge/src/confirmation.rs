use feiqian_flows::Confirmation;
use feiqian_signing::ConfirmationKey;
use serde::Deserialize;

use crate::{Problem, query, read_id};

/// A device's signature over the bytes of what is confirmed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatureInput {
    device_id: String,
    value: String,
}

/// What a holder confirms: the fields `confirmation` and `signature` of a request that moves
/// money.
///
/// # Errors
/// `parameter_invalid`: a signature is over a confirmation.
pub fn read_confirmation(
    token: Option<String>,
    signature: Option<SignatureInput>,
    key: &ConfirmationKey,
) -> Result<Option<Confirmation>, Problem> {
    let signature = signature
        .map(|SignatureInput { device_id, value }| {
            read_id("device_id", &device_id).map(|device| (device, value))
        })
        .transpose()?;
    match token {
        Some(token) => Ok(Some(Confirmation { key: key.clone(), token, signature })),
        None if signature.is_some() => Err(query::invalid(
            "confirmation",
            "a signature is over a confirmation",
            "签名须针对确认信息",
        )),
        None => Ok(None),
    }
}
