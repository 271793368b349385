//! Opens accounts, shows them, and makes class III accounts class II ones.

mod account;
mod get_account;
mod open_account;
mod settings;
mod settle;
mod upgrade_account;

use feiqian_edge::settlement::SETTLEMENTS_PATH;
use feiqian_edge::{
    Answer, Call, Component, ConfigurationError, Origins, Problem, Route, VariableSource, Variables,
};
use http::Method;
use settings::Settings;

feiqian_edge::export_component!(Activation);

#[derive(Clone, Copy)]
enum Endpoint {
    OpenAccount,
    GetAccount,
    UpgradeAccount,
    Settle,
}

struct Activation;

impl Component for Activation {
    type Endpoint = Endpoint;
    type Settings = Settings;

    const ROUTES: &'static [Route<Endpoint>] = &[
        Route::new(Method::POST, "/v1/accounts", Endpoint::OpenAccount),
        Route::new(Method::GET, "/v1/accounts/:account_id", Endpoint::GetAccount),
        Route::new(Method::POST, "/v1/accounts/:account_id/upgrades", Endpoint::UpgradeAccount),
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
            Endpoint::OpenAccount => open_account::answer(&call, settings).await,
            Endpoint::GetAccount => get_account::answer(&call, settings).await,
            Endpoint::UpgradeAccount => upgrade_account::answer(&call, settings).await,
            Endpoint::Settle => settle::answer(&call, settings).await,
        }
    }
}
