//! What partner platforms ask for by signed requests: sessions, merchants and orders.

mod close_order;
mod create_merchant;
mod create_order;
mod create_session;
mod get_merchant;
mod get_order;
mod merchant;
mod order;
mod settings;

use feiqian_edge::{
    Answer, Call, Component, ConfigurationError, Origins, Problem, Route, VariableSource, Variables,
};
use http::Method;
use settings::Settings;

feiqian_edge::export_component!(Partner);

#[derive(Clone, Copy)]
enum Endpoint {
    CreateSession,
    CreateMerchant,
    GetMerchant,
    CreateOrder,
    CloseOrder,
    GetOrder,
}

struct Partner;

impl Component for Partner {
    type Endpoint = Endpoint;
    type Settings = Settings;

    const ROUTES: &'static [Route<Endpoint>] = &[
        Route::new(Method::POST, "/v1/sessions", Endpoint::CreateSession),
        Route::new(Method::POST, "/v1/merchants", Endpoint::CreateMerchant),
        Route::new(Method::GET, "/v1/merchants/:merchant_id", Endpoint::GetMerchant),
        Route::new(Method::POST, "/v1/orders", Endpoint::CreateOrder),
        Route::new(Method::POST, "/v1/orders/:order_id/close", Endpoint::CloseOrder),
        Route::new(Method::GET, "/v1/merchants/:merchant_id/orders/:order_id", Endpoint::GetOrder),
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
            Endpoint::CreateSession => create_session::answer(&call, settings).await,
            Endpoint::CreateMerchant => create_merchant::answer(&call, settings).await,
            Endpoint::GetMerchant => get_merchant::answer(&call, settings).await,
            Endpoint::CreateOrder => create_order::answer(&call, settings).await,
            Endpoint::CloseOrder => close_order::answer(&call, settings).await,
            Endpoint::GetOrder => get_order::answer(&call, settings).await,
        }
    }
}
