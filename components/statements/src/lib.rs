//! Shows an account's months as statements: JSON for programs, CSV and PDF for people.

mod get_statement;
mod settings;

use feiqian_edge::{
    Answer, Call, Component, ConfigurationError, Origins, Problem, Route, VariableSource, Variables,
};
use http::Method;
use settings::Settings;

feiqian_edge::export_component!(Statements);

#[derive(Clone, Copy)]
enum Endpoint {
    GetStatement,
}

struct Statements;

impl Component for Statements {
    type Endpoint = Endpoint;
    type Settings = Settings;

    const ROUTES: &'static [Route<Endpoint>] = &[Route::new(
        Method::GET,
        "/v1/accounts/:account_id/statements/:month",
        Endpoint::GetStatement,
    )];

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
            Endpoint::GetStatement => get_statement::answer(&call, settings).await,
        }
    }
}
