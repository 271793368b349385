//! Bills: partners publish them for their billers, payers look them up and ask for the
//! order by which one is paid.

mod bill;
mod get_bill;
mod list_bills;
mod order_bill;
mod publish_bill;
mod settings;

use feiqian_edge::{
    Answer, Call, Component, ConfigurationError, Origins, Problem, Route, VariableSource, Variables,
};
use http::Method;
use settings::Settings;

feiqian_edge::export_component!(Bills);

#[derive(Clone, Copy)]
enum Endpoint {
    Publish,
    List,
    Get,
    Order,
}

struct Bills;

impl Component for Bills {
    type Endpoint = Endpoint;
    type Settings = Settings;

    const ROUTES: &'static [Route<Endpoint>] = &[
        Route::new(Method::PUT, "/v1/merchants/:merchant_id/bills", Endpoint::Publish),
        Route::new(Method::GET, "/v1/bills", Endpoint::List),
        Route::new(Method::GET, "/v1/bills/:bill_id", Endpoint::Get),
        Route::new(Method::PUT, "/v1/bills/:bill_id/order", Endpoint::Order),
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
            Endpoint::Publish => publish_bill::answer(&call, settings).await,
            Endpoint::List => list_bills::answer(&call, settings).await,
            Endpoint::Get => get_bill::answer(&call, settings).await,
            Endpoint::Order => order_bill::answer(&call, settings).await,
        }
    }
}
