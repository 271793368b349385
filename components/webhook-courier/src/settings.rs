use std::cell::Cell;

use feiqian_courier::Targets;
use spin_sdk::variables;

/// Who looks whether an address is public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// This component, by looking each name up.
    Component,
    /// The host, when it connects: it blocks private networks, and gives components no names.
    Host,
}

/// What the component reads from its variables.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) targets: Targets,
    pub(crate) lookup: Lookup,
}

thread_local! {
    static SETTINGS: Cell<Option<Settings>> = const { Cell::new(None) };
}

/// The settings, read once in the instance's life.
pub(crate) async fn get() -> Result<Settings, String> {
    if let Some(settings) = SETTINGS.get() {
        return Ok(settings);
    }
    let targets = if read("webhook_development_hosts").await?.is_empty() {
        Targets::Public
    } else {
        Targets::Development
    };
    let lookup = match read("webhook_addresses").await?.as_str() {
        "lookup" => Lookup::Component,
        "host" => Lookup::Host,
        _ => return Err("webhook_addresses: it is \"lookup\" or \"host\"".to_owned()),
    };
    let settings = Settings { targets, lookup };
    SETTINGS.set(Some(settings));
    Ok(settings)
}

async fn read(name: &str) -> Result<String, String> {
    variables::get(name).await.map_err(|_| format!("{name}: it cannot be read"))
}
