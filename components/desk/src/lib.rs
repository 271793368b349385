//! Finds what a holder asks about, and takes it up at the bank at once, for operators.

mod account;
mod operation;
mod order;
mod query_now;
mod search;
mod settings;

use feiqian_edge::{
    Answer, Call, Component, ConfigurationError, Origins, Problem, Route, VariableSource, Variables,
};
use http::Method;
use settings::Settings;

feiqian_edge::export_component!(Desk);

#[derive(Clone, Copy)]
enum Endpoint {
    Search,
    QueryNow,
}

struct Desk;

impl Component for Desk {
    type Endpoint = Endpoint;
    type Settings = Settings;

    const ROUTES: &'static [Route<Endpoint>] = &[
        Route::new(Method::GET, "/v1/operations/search", Endpoint::Search),
        Route::new(Method::POST, "/v1/operations/pending/:subject/queries", Endpoint::QueryNow),
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
            Endpoint::Search => search::answer(&call, settings).await,
            Endpoint::QueryNow => query_now::answer(&call, settings).await,
        }
    }
}
