//! Moves money between an account and the cards that are bound to it, and shows operations.

mod card_move;
mod get_operation;
mod settings;
mod settle;
mod top_up;
mod withdraw;

use feiqian_edge::settlement::SETTLEMENTS_PATH;
use feiqian_edge::{
    Answer, Call, Component, ConfigurationError, Origins, Problem, Route, VariableSource, Variables,
};
use http::Method;
use settings::Settings;

feiqian_edge::export_component!(Transfers);

#[derive(Clone, Copy)]
enum Endpoint {
    TopUp,
    Withdraw,
    GetOperation,
    Settle,
}

struct Transfers;

impl Component for Transfers {
    type Endpoint = Endpoint;
    type Settings = Settings;

    const ROUTES: &'static [Route<Endpoint>] = &[
        Route::new(Method::POST, "/v1/accounts/:account_id/top-ups", Endpoint::TopUp),
        Route::new(Method::POST, "/v1/accounts/:account_id/withdrawals", Endpoint::Withdraw),
        Route::new(
            Method::GET,
            "/v1/accounts/:account_id/operations/:operation_id",
            Endpoint::GetOperation,
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
            Endpoint::TopUp => top_up::answer(&call, settings).await,
            Endpoint::Withdraw => withdraw::answer(&call, settings).await,
            Endpoint::GetOperation => get_operation::answer(&call, settings).await,
            Endpoint::Settle => settle::answer(&call, settings).await,
        }
    }
}
