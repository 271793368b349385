//! Shows an account's limits, and checks a movement against them without making it.

mod check_limits;
mod get_limits;
mod settings;

use bytes::Bytes;
use feiqian_edge::spin::{self, PerInstance};
use feiqian_edge::{
    Answer, Call, Component, ConfigurationError, Origins, Problem, Route, VariableSource, Variables,
};
use http::{Method, Response};
use http_body_util::Full;
use settings::Settings;
use spin_sdk::http::Request;

thread_local! {
    static SETTINGS: PerInstance<Settings> = const { PerInstance::new() };
}

#[spin_sdk::http_service]
async fn handle(request: Request) -> Response<Full<Bytes>> {
    spin::serve::<Limits>(request, &SETTINGS).await
}

#[derive(Clone, Copy)]
enum Endpoint {
    GetLimits,
    CheckLimits,
}

struct Limits;

impl Component for Limits {
    type Endpoint = Endpoint;
    type Settings = Settings;

    const ROUTES: &'static [Route<Endpoint>] = &[
        Route::new(Method::GET, "/v1/accounts/:account_id/limits", Endpoint::GetLimits),
        Route::new(Method::POST, "/v1/accounts/:account_id/limit-checks", Endpoint::CheckLimits),
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
            Endpoint::GetLimits => get_limits::answer(&call, settings).await,
            Endpoint::CheckLimits => check_limits::answer(&call, settings).await,
        }
    }
}
