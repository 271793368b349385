//! Takes events of the bank and of partner platforms. A bank's event is a hint: what it is
//! about is asked of the bank itself. A partner's asks for what its signed requests may ask for.

mod event;
mod get_events;
mod of_bank;
mod of_partner;
mod receive_event;
mod settings;

use feiqian_edge::{
    Answer, Call, Component, ConfigurationError, Origins, Problem, Route, VariableSource, Variables,
};
use http::Method;
use settings::Settings;

feiqian_edge::export_component!(WebhooksIn);

#[derive(Clone, Copy)]
enum Endpoint {
    ReceiveEvent,
    GetEvents,
}

struct WebhooksIn;

impl Component for WebhooksIn {
    type Endpoint = Endpoint;
    type Settings = Settings;

    const ROUTES: &'static [Route<Endpoint>] = &[
        Route::new(Method::POST, "/v1/webhooks/:source", Endpoint::ReceiveEvent),
        Route::new(Method::GET, "/v1/operations/webhook-events", Endpoint::GetEvents),
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
            Endpoint::ReceiveEvent => receive_event::answer(&call, settings).await,
            Endpoint::GetEvents => get_events::answer(&call, settings).await,
        }
    }
}
