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
enum Operation {
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
    type Endpoint = Operation;
    type Settings = Settings;

    const ROUTES: &'static [Route<Operation>] = &[
        Route::new(Method::GET, "/v1/events", Operation::GetEvents),
        Route::new(Method::GET, "/v1/events/:event_id", Operation::GetEvent),
        Route::new(Method::GET, "/v1/events/:event_id/attempts", Operation::GetAttempts),
        Route::new(Method::POST, "/v1/events/:event_id/replays", Operation::ReplayEvent),
        Route::new(Method::GET, "/v1/webhook-endpoints", Operation::ListEndpoints),
        Route::new(Method::POST, "/v1/webhook-endpoints", Operation::CreateEndpoint),
        Route::new(Method::GET, "/v1/webhook-endpoints/:endpoint_id", Operation::GetEndpoint),
        Route::new(Method::PUT, "/v1/webhook-endpoints/:endpoint_id", Operation::ChangeEndpoint),
        Route::new(Method::DELETE, "/v1/webhook-endpoints/:endpoint_id", Operation::RemoveEndpoint),
        Route::new(
            Method::POST,
            "/v1/webhook-endpoints/:endpoint_id/secrets",
            Operation::RotateSecret,
        ),
        Route::new(
            Method::POST,
            "/v1/webhook-endpoints/:endpoint_id/pings",
            Operation::PingEndpoint,
        ),
        Route::new(
            Method::POST,
            "/v1/webhook-endpoints/:endpoint_id/replays",
            Operation::ReplayRange,
        ),
        Route::new(Method::POST, "/v1/operations/delivery-runs", Operation::RunDeliveries),
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
        endpoint: Operation,
        call: Call,
        settings: &'static Settings,
    ) -> Result<Answer, Problem> {
        match endpoint {
            Operation::GetEvents => get_events::answer(&call, settings).await,
            Operation::GetEvent => get_event::answer(&call, settings).await,
            Operation::GetAttempts => get_attempts::answer(&call, settings).await,
            Operation::ReplayEvent => replay_event::answer(&call, settings).await,
            Operation::ListEndpoints => list_endpoints::all(&call, settings).await,
            Operation::CreateEndpoint => create_endpoint::answer(&call, settings).await,
            Operation::GetEndpoint => list_endpoints::one(&call, settings).await,
            Operation::ChangeEndpoint => change_endpoint::answer(&call, settings).await,
            Operation::RemoveEndpoint => remove_endpoint::answer(&call, settings).await,
            Operation::RotateSecret => rotate_secret::answer(&call, settings).await,
            Operation::PingEndpoint => ping_endpoint::answer(&call, settings).await,
            Operation::ReplayRange => replay_range::answer(&call, settings).await,
            Operation::RunDeliveries => run_deliveries::answer(&call, settings).await,
        }
    }
}
