//! Merchants' days: operators say how a merchant is paid out and see how far that has come,
//! partners read what became of each day and what it was made of. And the bank's books of a day
//! against ours, for operators.

mod get_file;
mod get_settlement;
mod get_terms;
mod reconcile;
mod run;
mod set_terms;
mod settings;
mod settle;
mod terms;

use feiqian_edge::settlement::SETTLEMENTS_PATH;
use feiqian_edge::{
    Answer, Call, Component, ConfigurationError, Origins, Problem, Route, VariableSource, Variables,
};
use http::Method;
use settings::Settings;

feiqian_edge::export_component!(Settlements);

#[derive(Clone, Copy)]
enum Endpoint {
    SetTerms,
    GetTerms,
    Run,
    Reconcile,
    Get,
    GetFile,
    Settle,
}

struct Settlements;

impl Component for Settlements {
    type Endpoint = Endpoint;
    type Settings = Settings;

    const ROUTES: &'static [Route<Endpoint>] = &[
        Route::new(Method::PUT, "/v1/operations/settlements/:merchant_id", Endpoint::SetTerms),
        Route::new(Method::GET, "/v1/operations/settlements/:merchant_id", Endpoint::GetTerms),
        Route::new(Method::POST, "/v1/operations/settlements/:merchant_id/runs", Endpoint::Run),
        Route::new(Method::GET, "/v1/operations/bank-reconciliations/:day", Endpoint::Reconcile),
        Route::new(Method::GET, "/v1/merchants/:merchant_id/settlements/:day", Endpoint::Get),
        Route::new(
            Method::GET,
            "/v1/merchants/:merchant_id/settlements/:day/file",
            Endpoint::GetFile,
        ),
        Route::new(Method::POST, SETTLEMENTS_PATH, Endpoint::Settle),
    ];

    const READS_EVERY_HEADER: bool = true;

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
            Endpoint::SetTerms => set_terms::answer(&call, settings).await,
            Endpoint::GetTerms => get_terms::answer(&call, settings).await,
            Endpoint::Run => run::answer(&call, settings).await,
            Endpoint::Reconcile => reconcile::answer(&call, settings).await,
            Endpoint::Get => get_settlement::answer(&call, settings).await,
            Endpoint::GetFile => get_file::answer(&call, settings).await,
            Endpoint::Settle => settle::answer(&call, settings).await,
        }
    }
}
