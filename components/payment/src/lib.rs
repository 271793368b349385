//! Shows orders to their payers, and pays them.

mod confirm_payment;
mod get_order;
mod pay_order;
mod settings;
mod settle;

use feiqian_edge::settlement::SETTLEMENTS_PATH;
use feiqian_edge::{
    Answer, Call, Component, ConfigurationError, Origins, Problem, Route, VariableSource, Variables,
};
use http::Method;
use settings::Settings;

feiqian_edge::export_component!(Payment);

#[derive(Clone, Copy)]
enum Endpoint {
    GetOrder,
    ConfirmPayment,
    PayOrder,
    Settle,
}

struct Payment;

impl Component for Payment {
    type Endpoint = Endpoint;
    type Settings = Settings;

    const ROUTES: &'static [Route<Endpoint>] = &[
        Route::new(Method::GET, "/v1/orders/:order_id", Endpoint::GetOrder),
        Route::new(Method::POST, "/v1/orders/:order_id/confirmations", Endpoint::ConfirmPayment),
        Route::new(Method::POST, "/v1/orders/:order_id/payments", Endpoint::PayOrder),
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
            Endpoint::GetOrder => get_order::answer(&call, settings).await,
            Endpoint::ConfirmPayment => confirm_payment::answer(&call, settings).await,
            Endpoint::PayOrder => pay_order::answer(&call, settings).await,
            Endpoint::Settle => settle::answer(&call, settings).await,
        }
    }
}
