//! Audits the books, shows what is pending and what operators did, for operators. It changes
//! nothing but the log of whoever runs an audit.

mod get_log;
mod get_metrics;
mod get_pending;
mod run_audit;
mod settings;

use feiqian_edge::{
    Answer, Call, Component, ConfigurationError, Origins, Problem, Route, VariableSource, Variables,
};
use http::Method;
use settings::Settings;

feiqian_edge::export_component!(Audit);

#[derive(Clone, Copy)]
enum Endpoint {
    RunAudit,
    GetPending,
    GetMetrics,
    GetLog,
}

struct Audit;

impl Component for Audit {
    type Endpoint = Endpoint;
    type Settings = Settings;

    const ROUTES: &'static [Route<Endpoint>] = &[
        Route::new(Method::POST, "/v1/operations/audits", Endpoint::RunAudit),
        Route::new(Method::GET, "/v1/operations/pending", Endpoint::GetPending),
        Route::new(Method::GET, "/v1/operations/metrics", Endpoint::GetMetrics),
        Route::new(Method::GET, "/v1/operations/log", Endpoint::GetLog),
    ];

    async fn load<S: VariableSource>(
        variables: &Variables<S>,
    ) -> Result<Settings, ConfigurationError> {
        Settings::load(variables).await
    }

    fn origins(settings: &Settings) -> &Origins {
        &settings.origins
    }

    fn swaps_left(settings: &Settings) -> Option<u32> {
        settings.platform.swaps_left()
    }

    async fn answer(
        endpoint: Endpoint,
        call: Call,
        settings: &'static Settings,
    ) -> Result<Answer, Problem> {
        match endpoint {
            Endpoint::RunAudit => run_audit::answer(&call, settings).await,
            Endpoint::GetPending => get_pending::answer(&call, settings).await,
            Endpoint::GetMetrics => get_metrics::answer(&call, settings).await,
            Endpoint::GetLog => get_log::answer(&call, settings).await,
        }
    }
}
