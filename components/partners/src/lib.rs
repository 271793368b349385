//! Registers partner platforms and the keys with which they sign, for operators.

mod add_key;
mod end_key;
mod get_partner;
mod partner;
mod register;
mod settings;

use feiqian_edge::{
    Answer, Call, Component, ConfigurationError, Origins, Problem, Route, VariableSource, Variables,
};
use http::Method;
use settings::Settings;

feiqian_edge::export_component!(Partners);

#[derive(Clone, Copy)]
enum Endpoint {
    Register,
    Get,
    AddKey,
    EndKey,
}

struct Partners;

impl Component for Partners {
    type Endpoint = Endpoint;
    type Settings = Settings;

    const ROUTES: &'static [Route<Endpoint>] = &[
        Route::new(Method::PUT, "/v1/operations/partners/:partner_id", Endpoint::Register),
        Route::new(Method::GET, "/v1/operations/partners/:partner_id", Endpoint::Get),
        Route::new(Method::PUT, "/v1/operations/partners/:partner_id/keys/:name", Endpoint::AddKey),
        Route::new(
            Method::PUT,
            "/v1/operations/partners/:partner_id/keys/:name/end",
            Endpoint::EndKey,
        ),
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
            Endpoint::Register => register::answer(&call, settings).await,
            Endpoint::Get => get_partner::answer(&call, settings).await,
            Endpoint::AddKey => add_key::answer(&call, settings).await,
            Endpoint::EndKey => end_key::answer(&call, settings).await,
        }
    }
}
