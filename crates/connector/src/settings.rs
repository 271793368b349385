use feiqian_signing::{Algorithm, KeyError, SigningKey};
use spin_sdk::variables;
use std::cell::OnceCell;

use crate::Gateway;

thread_local! {
    static GATEWAY: OnceCell<&'static Gateway> = const { OnceCell::new() };
}

/// A variable is missing or malformed. The reason never holds the variable's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsError {
    /// Which.
    pub variable: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

/// The variables that name a party.
#[derive(Debug, Clone, Copy)]
pub struct Variables {
    /// The component's name in spin.toml.
    pub component: &'static str,
    /// The base URL of its gateway.
    pub url: &'static str,
    /// The name under which it knows our key.
    pub key_id: &'static str,
    /// The key: base64 of at least 32 bytes.
    pub key: &'static str,
}

/// The party's gateway, read from the variables once in the instance's life.
pub(crate) async fn gateway(variables: &Variables) -> Result<&'static Gateway, SettingsError> {
    if let Some(gateway) = GATEWAY.with(|place| place.get().copied()) {
        return Ok(gateway);
    }
    let url = read(variables.url).await?;
    let key_id = read(variables.key_id).await?;
    let key = read(variables.key).await?;
    let key = SigningKey::from_base64(&key_id, Algorithm::HmacSha256, &key).map_err(|error| {
        let variable = if error == KeyError::Id { variables.key_id } else { variables.key };
        SettingsError { variable, reason: error.to_string() }
    })?;
    let gateway = Gateway::new(&url, key)
        .map_err(|reason| SettingsError { variable: variables.url, reason: reason.to_owned() })?;
    let gateway: &'static Gateway = Box::leak(Box::new(gateway));
    Ok(GATEWAY.with(|place| *place.get_or_init(|| gateway)))
}

/// Reads a variable.
///
/// # Errors
/// That it is not set.
pub async fn read(variable: &'static str) -> Result<String, SettingsError> {
    let text = variables::get(variable).await;
    text.map_err(|_| SettingsError { variable, reason: "it is not set".to_owned() })
}
