//! Visits to hospitals and pharmacies, which a medical insurer and a family pay together.

mod partner;
mod payer;
mod settings;
mod settle;
mod visit;

use feiqian_edge::settlement::SETTLEMENTS_PATH;
use feiqian_edge::{
    Answer, Call, Component, ConfigurationError, Origins, Problem, Route, VariableSource, Variables,
};
use http::Method;
use settings::Settings;

feiqian_edge::export_component!(Medical);

#[derive(Clone, Copy)]
enum Endpoint {
    Create,
    Get,
    Cancel,
    Refund,
    GetByPayer,
    Confirm,
    CancelByPayer,
    Settle,
}

struct Medical;

impl Component for Medical {
    type Endpoint = Endpoint;
    type Settings = Settings;

    const ROUTES: &'static [Route<Endpoint>] = &[
        Route::new(Method::POST, "/v1/visits", Endpoint::Create),
        Route::new(Method::GET, "/v1/visits/:visit_id", Endpoint::Get),
        Route::new(Method::POST, "/v1/visits/:visit_id/cancellation", Endpoint::Cancel),
        Route::new(Method::POST, "/v1/visits/:visit_id/refunds", Endpoint::Refund),
        Route::new(Method::GET, "/v1/accounts/:account_id/visits/:visit_id", Endpoint::GetByPayer),
        Route::new(
            Method::POST,
            "/v1/accounts/:account_id/visits/:visit_id/confirmation",
            Endpoint::Confirm,
        ),
        Route::new(
            Method::POST,
            "/v1/accounts/:account_id/visits/:visit_id/cancellation",
            Endpoint::CancelByPayer,
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
            Endpoint::Create => partner::create(&call, settings).await,
            Endpoint::Get => partner::get(&call, settings).await,
            Endpoint::Cancel => partner::cancel(&call, settings).await,
            Endpoint::Refund => partner::refund(&call, settings).await,
            Endpoint::GetByPayer => payer::get(&call, settings).await,
            Endpoint::Confirm => payer::confirm(&call, settings).await,
            Endpoint::CancelByPayer => payer::cancel(&call, settings).await,
            Endpoint::Settle => settle::answer(&call, settings).await,
        }
    }
}
