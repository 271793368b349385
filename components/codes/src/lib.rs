//! Draws merchants' codes for their partners, reads them for payers, and makes the orders
//! of static ones.

mod draw_order_code;
mod get_merchant_code;
mod order_by_code;
mod read_code;
mod scan;
mod settings;

use feiqian_edge::{
    Answer, Call, Component, ConfigurationError, Origins, Problem, Route, VariableSource, Variables,
};
use http::Method;
use settings::Settings;

feiqian_edge::export_component!(Codes);

#[derive(Clone, Copy)]
enum Endpoint {
    GetMerchantCode,
    DrawOrderCode,
    ReadCode,
    CreateOrder,
}

struct Codes;

impl Component for Codes {
    type Endpoint = Endpoint;
    type Settings = Settings;

    const ROUTES: &'static [Route<Endpoint>] = &[
        Route::new(Method::GET, "/v1/merchants/:merchant_id/code", Endpoint::GetMerchantCode),
        Route::new(
            Method::PUT,
            "/v1/merchants/:merchant_id/orders/:order_id/code",
            Endpoint::DrawOrderCode,
        ),
        Route::new(Method::POST, "/v1/code-readings", Endpoint::ReadCode),
        Route::new(Method::POST, "/v1/code-orders", Endpoint::CreateOrder),
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
            Endpoint::GetMerchantCode => get_merchant_code::answer(&call, settings).await,
            Endpoint::DrawOrderCode => draw_order_code::answer(&call, settings).await,
            Endpoint::ReadCode => read_code::answer(&call, settings).await,
            Endpoint::CreateOrder => order_by_code::answer(&call, settings).await,
        }
    }
}
