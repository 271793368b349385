//! Adjustments of customers' accounts: one operator proposes, another approves or rejects.

mod adjustment;
mod decide;
mod propose;
mod settings;
mod settle;
mod show;

use feiqian_edge::settlement::SETTLEMENTS_PATH;
use feiqian_edge::{
    Answer, Call, Component, ConfigurationError, Origins, Problem, Route, VariableSource, Variables,
};
use http::Method;
use settings::Settings;

feiqian_edge::export_component!(Adjustments);

#[derive(Clone, Copy)]
enum Endpoint {
    Propose,
    Show,
    Approve,
    Reject,
    Settle,
}

struct Adjustments;

impl Component for Adjustments {
    type Endpoint = Endpoint;
    type Settings = Settings;

    const ROUTES: &'static [Route<Endpoint>] = &[
        Route::new(Method::POST, "/v1/operations/adjustments", Endpoint::Propose),
        Route::new(Method::GET, "/v1/operations/adjustments/:adjustment_id", Endpoint::Show),
        Route::new(
            Method::POST,
            "/v1/operations/adjustments/:adjustment_id/approval",
            Endpoint::Approve,
        ),
        Route::new(
            Method::POST,
            "/v1/operations/adjustments/:adjustment_id/rejection",
            Endpoint::Reject,
        ),
        Route::new(Method::POST, SETTLEMENTS_PATH, Endpoint::Settle),
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
            Endpoint::Propose => propose::answer(&call, settings).await,
            Endpoint::Show => show::answer(&call, settings).await,
            Endpoint::Approve => decide::answer(&call, settings, true).await,
            Endpoint::Reject => decide::answer(&call, settings, false).await,
            Endpoint::Settle => settle::answer(&call, settings).await,
        }
    }
}
