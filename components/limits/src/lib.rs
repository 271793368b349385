//! Shows an account's limits, changes what its holder has set, and checks a movement against
//! them without making it.

mod check_limits;
mod get_limits;
mod holder_limits;
mod put_limits;
mod settings;

use feiqian_edge::{
    Answer, Call, Component, ConfigurationError, Origins, Problem, Route, VariableSource, Variables,
};
use http::Method;
use settings::Settings;

feiqian_edge::export_component!(Limits);

#[derive(Clone, Copy)]
enum Endpoint {
    Read,
    Change,
    Check,
}

struct Limits;

impl Component for Limits {
    type Endpoint = Endpoint;
    type Settings = Settings;

    const ROUTES: &'static [Route<Endpoint>] = &[
        Route::new(Method::GET, "/v1/accounts/:account_id/limits", Endpoint::Read),
        Route::new(Method::PUT, "/v1/accounts/:account_id/limits", Endpoint::Change),
        Route::new(Method::POST, "/v1/accounts/:account_id/limit-checks", Endpoint::Check),
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
            Endpoint::Read => get_limits::answer(&call, settings).await,
            Endpoint::Change => put_limits::answer(&call, settings).await,
            Endpoint::Check => check_limits::answer(&call, settings).await,
        }
    }
}
