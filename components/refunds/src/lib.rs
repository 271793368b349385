//! Gives money of paid orders back, and redeems wealth products, for partner platforms that sign their requests.

mod create_refund;
mod get_refund;
mod get_refunds;
mod redeem_order;
mod refund;
mod settings;
mod settle;

use feiqian_edge::settlement::SETTLEMENTS_PATH;
use feiqian_edge::{
    Answer, Call, Component, ConfigurationError, Origins, Problem, Route, VariableSource, Variables,
};
use http::Method;
use settings::Settings;

feiqian_edge::export_component!(Refunds);

#[derive(Clone, Copy)]
enum Endpoint {
    CreateRefund,
    RedeemOrder,
    GetRefunds,
    GetRefund,
    Settle,
}

struct Refunds;

impl Component for Refunds {
    type Endpoint = Endpoint;
    type Settings = Settings;

    const ROUTES: &'static [Route<Endpoint>] = &[
        Route::new(Method::POST, "/v1/orders/:order_id/refunds", Endpoint::CreateRefund),
        Route::new(Method::POST, "/v1/orders/:order_id/redemptions", Endpoint::RedeemOrder),
        Route::new(Method::GET, "/v1/orders/:order_id/refunds", Endpoint::GetRefunds),
        Route::new(Method::GET, "/v1/orders/:order_id/refunds/:refund_id", Endpoint::GetRefund),
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
            Endpoint::CreateRefund => create_refund::answer(&call, settings).await,
            Endpoint::RedeemOrder => redeem_order::answer(&call, settings).await,
            Endpoint::GetRefunds => get_refunds::answer(&call, settings).await,
            Endpoint::GetRefund => get_refund::answer(&call, settings).await,
            Endpoint::Settle => settle::answer(&call, settings).await,
        }
    }
}
