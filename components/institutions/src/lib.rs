//! Says which merchants are institutions of medical insurance, and holds the three books of
//! a day against each other, for operators.

mod reconcile;
mod set_institution;
mod settings;

use feiqian_edge::{
    Answer, Call, Component, ConfigurationError, Origins, Problem, Route, VariableSource, Variables,
};
use http::Method;
use settings::Settings;

feiqian_edge::export_component!(Institutions);

#[derive(Clone, Copy)]
enum Endpoint {
    Set,
    Reconcile,
}

struct Institutions;

impl Component for Institutions {
    type Endpoint = Endpoint;
    type Settings = Settings;

    const ROUTES: &'static [Route<Endpoint>] = &[
        Route::new(Method::PUT, "/v1/operations/institutions/:merchant_id", Endpoint::Set),
        Route::new(Method::GET, "/v1/operations/visit-reconciliations/:day", Endpoint::Reconcile),
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
            Endpoint::Set => set_institution::answer(&call, settings).await,
            Endpoint::Reconcile => reconcile::answer(&call, settings).await,
        }
    }
}
