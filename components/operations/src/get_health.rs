use feiqian_edge::Answer;
use feiqian_edge::spin::ConnectorHealth;
use feiqian_flows::Platform;
use feiqian_store::Store;
use futures::future::join;
use http::StatusCode;
use serde::Serialize;

use crate::settings::Settings;

/// A key that nothing writes: reading it asks the store and costs it nothing.
const PROBE_KEY: &str = "healthz";

#[derive(Serialize)]
struct HealthBody {
    status: &'static str,
    dependencies: Dependencies,
}

#[derive(Serialize)]
struct Dependencies {
    store: &'static str,
    bank_connector: &'static str,
    bank: &'static str,
}

/// `GET /healthz`: 200 if everything that a request may need was reached, else 503.
pub(crate) async fn answer(settings: &Settings) -> Answer {
    let platform = &settings.platform;
    let (store, connector) = join(platform.store().read(PROBE_KEY), platform.bank().health()).await;
    let (bank_connector, bank) = match connector {
        ConnectorHealth::BankReached => ("ok", "ok"),
        ConnectorHealth::BankUnreached => ("ok", "unreachable"),
        ConnectorHealth::Unreached => ("unreachable", "unknown"),
    };
    let healthy = store.is_ok() && connector == ConnectorHealth::BankReached;
    let store = if store.is_ok() { "ok" } else { "unreachable" };
    let (status, word) = if healthy {
        (StatusCode::OK, "ok")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "degraded")
    };
    let dependencies = Dependencies { store, bank_connector, bank };
    Answer::json(status, &HealthBody { status: word, dependencies })
}
