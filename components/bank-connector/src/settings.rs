use feiqian_signing::{Algorithm, KeyError, SigningKey};
use spin_sdk::variables;
use std::cell::OnceCell;

use crate::Gateway;

thread_local! {
    static GATEWAY: OnceCell<&'static Gateway> = const { OnceCell::new() };
}

/// A variable is missing or malformed. The reason never holds the variable's value.
pub(crate) struct SettingsError {
    pub(crate) variable: &'static str,
    pub(crate) reason: String,
}

/// The bank's gateway, read from the variables once in the instance's life.
pub(crate) async fn gateway() -> Result<&'static Gateway, SettingsError> {
    if let Some(gateway) = GATEWAY.with(|place| place.get().copied()) {
        return Ok(gateway);
    }
    let url = read("bank_url").await?;
    let key_id = read("bank_key_id").await?;
    let key = read("bank_key").await?;
    let key = SigningKey::from_base64(&key_id, Algorithm::HmacSha256, &key).map_err(|error| {
        let variable = if error == KeyError::Id { "bank_key_id" } else { "bank_key" };
        SettingsError { variable, reason: error.to_string() }
    })?;
    let gateway = Gateway::new(&url, key)
        .map_err(|reason| SettingsError { variable: "bank_url", reason: reason.to_owned() })?;
    let gateway: &'static Gateway = Box::leak(Box::new(gateway));
    Ok(GATEWAY.with(|place| *place.get_or_init(|| gateway)))
}

async fn read(variable: &'static str) -> Result<String, SettingsError> {
    let text = variables::get(variable).await;
    text.map_err(|_| SettingsError { variable, reason: "it is not set".to_owned() })
}
