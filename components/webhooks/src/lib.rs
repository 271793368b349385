//! Events for partners: endpoints that they are sent to, lists of them, attempts and replays, and
//! the worker that delivers them.

mod change_endpoint;
mod create_endpoint;
mod endpoint;
mod get_attempts;
mod get_event;
mod get_events;
mod list_endpoints;
mod ping_endpoint;
mod remove_endpoint;
mod replay_event;
mod replay_range;
mod rotate_secret;
mod run_deliveries;
mod settings;

use feiqian_edge::{
    Answer, Call, Component, ConfigurationError, Origins, Problem, Route, VariableSource, Variables,
};
use http::Method;
use settings::Settings;

feiqian_edge::export_component!(Webhooks);

#[derive(Clone, Copy)]
enum Endpoint {
    GetEvents,
    GetEvent,
    GetAttempts,
    ReplayEvent,
    ListEndpoints,
    CreateEndpoint,
    GetEndpoint,
    ChangeEndpoint,
    RemoveEndpoint,
    RotateSecret,
    PingEndpoint,
    ReplayRange,
    RunDeliveries,
}

struct Webhooks;

impl Component for Webhooks {
    type Endpoint = Endpoint;
    type Settings = Settings;

    const ROUTES: &'static [Route<Endpoint>] = &[
        Route::new(Method::GET, "/v1/events", Endpoint::GetEvents),
        Route::new(Method::GET, "/v1/events/:event_id", Endpoint::GetEvent),
        Route::new(Method::GET, "/v1/events/:event_id/attempts", Endpoint::GetAttempts),
        Route::new(Method::POST, "/v1/events/:event_id/replays", Endpoint::ReplayEvent),
        Route::new(Method::GET, "/v1/webhook-endpoints", Endpoint::ListEndpoints),
        Route::new(Method::POST, "/v1/webhook-endpoints", Endpoint::CreateEndpoint),
        Route::new(Method::GET, "/v1/webhook-endpoints/:endpoint_id", Endpoint::GetEndpoint),
        Route::new(Method::PUT, "/v1/webhook-endpoints/:endpoint_id", Endpoint::ChangeEndpoint),
        Route::new(Method::DELETE, "/v1/webhook-endpoints/:endpoint_id", Endpoint::RemoveEndpoint),
        Route::new(
            Method::POST,
            "/v1/webhook-endpoints/:endpoint_id/secrets",
            Endpoint::RotateSecret,
        ),
        Route::new(
            Method::POST,
            "/v1/webhook-endpoints/:endpoint_id/pings",
            Endpoint::PingEndpoint,
        ),
        Route::new(
            Method::POST,
            "/v1/webhook-endpoints/:endpoint_id/replays",
            Endpoint::ReplayRange,
        ),
        Route::new(Method::POST, "/v1/operations/delivery-runs", Endpoint::RunDeliveries),
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
            Endpoint::GetEvents => get_events::answer(&call, settings).await,
            Endpoint::GetEvent => get_event::answer(&call, settings).await,
            Endpoint::GetAttempts => get_attempts::answer(&call, settings).await,
            Endpoint::ReplayEvent => replay_event::answer(&call, settings).await,
            Endpoint::ListEndpoints => list_endpoints::all(&call, settings).await,
            Endpoint::CreateEndpoint => create_endpoint::answer(&call, settings).await,
            Endpoint::GetEndpoint => list_endpoints::one(&call, settings).await,
            Endpoint::ChangeEndpoint => change_endpoint::answer(&call, settings).await,
            Endpoint::RemoveEndpoint => remove_endpoint::answer(&call, settings).await,
            Endpoint::RotateSecret => rotate_secret::answer(&call, settings).await,
            Endpoint::PingEndpoint => ping_endpoint::answer(&call, settings).await,
            Endpoint::ReplayRange => replay_range::answer(&call, settings).await,
            Endpoint::RunDeliveries => run_deliveries::answer(&call, settings).await,
        }
    }
}
