//! Says how the application is, and finishes what is pending.

mod get_health;
mod run_worker;
mod settings;

use feiqian_edge::{
    Answer, Call, Component, ConfigurationError, Origins, Problem, Route, VariableSource, Variables,
};
use http::Method;
use settings::Settings;

feiqian_edge::export_component!(Operations);

#[derive(Clone, Copy)]
enum Endpoint {
    GetHealth,
    RunWorker,
}

struct Operations;

impl Component for Operations {
    type Endpoint = Endpoint;
    type Settings = Settings;

    const ROUTES: &'static [Route<Endpoint>] = &[
        Route::new(Method::GET, "/healthz", Endpoint::GetHealth),
        Route::new(Method::POST, "/v1/operations/worker-runs", Endpoint::RunWorker),
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
            Endpoint::GetHealth => Ok(get_health::answer(settings).await),
            Endpoint::RunWorker => run_worker::answer(&call, settings).await,
        }
    }
}
