//! Binds cards to accounts by a one-time code, and shows them.

mod begin_binding;
mod card;
mod confirm_binding;
mod get_cards;
mod settings;

use feiqian_edge::{
    Answer, Call, Component, ConfigurationError, Origins, Problem, Route, VariableSource, Variables,
};
use http::Method;
use settings::Settings;

feiqian_edge::export_component!(Binding);

#[derive(Clone, Copy)]
enum Endpoint {
    BeginBinding,
    GetCards,
    ConfirmBinding,
}

struct Binding;

impl Component for Binding {
    type Endpoint = Endpoint;
    type Settings = Settings;

    const ROUTES: &'static [Route<Endpoint>] = &[
        Route::new(Method::POST, "/v1/accounts/:account_id/cards", Endpoint::BeginBinding),
        Route::new(Method::GET, "/v1/accounts/:account_id/cards", Endpoint::GetCards),
        Route::new(
            Method::POST,
            "/v1/accounts/:account_id/cards/:binding_id/confirmation",
            Endpoint::ConfirmBinding,
        ),
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
            Endpoint::BeginBinding => begin_binding::answer(&call, settings).await,
            Endpoint::GetCards => get_cards::answer(&call, settings).await,
            Endpoint::ConfirmBinding => confirm_binding::answer(&call, settings).await,
        }
    }
}
