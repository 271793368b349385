//! Third-party wallets: their platforms link them to accounts, holders see and unlink them.

mod begin_wallet;
mod link_wallet;
mod list_wallets;
mod settings;
mod unlink_wallet;
mod wallet;

use feiqian_edge::{
    Answer, Call, Component, ConfigurationError, Origins, Problem, Route, VariableSource, Variables,
};
use http::Method;
use settings::Settings;

feiqian_edge::export_component!(Wallets);

#[derive(Clone, Copy)]
enum Endpoint {
    Begin,
    Link,
    List,
    Unlink,
}

struct Wallets;

impl Component for Wallets {
    type Endpoint = Endpoint;
    type Settings = Settings;

    const ROUTES: &'static [Route<Endpoint>] = &[
        Route::new(Method::POST, "/v1/wallets/verifications", Endpoint::Begin),
        Route::new(Method::POST, "/v1/wallets/agreements", Endpoint::Link),
        Route::new(Method::GET, "/v1/accounts/:account_id/wallets", Endpoint::List),
        Route::new(
            Method::DELETE,
            "/v1/accounts/:account_id/wallets/:agreement_id",
            Endpoint::Unlink,
        ),
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
            Endpoint::Begin => begin_wallet::answer(&call, settings).await,
            Endpoint::Link => link_wallet::answer(&call, settings).await,
            Endpoint::List => list_wallets::answer(&call, settings).await,
            Endpoint::Unlink => unlink_wallet::answer(&call, settings).await,
        }
    }
}
