//! Binds cards to accounts by a one-time code, shows them and lets them go.

mod begin_binding;
mod card;
mod choose_default;
mod confirm_binding;
mod get_cards;
mod settings;
mod unbind_card;

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
    ChooseDefault,
    UnbindCard,
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
        Route::new(
            Method::PUT,
            "/v1/accounts/:account_id/cards/:card_id/default",
            Endpoint::ChooseDefault,
        ),
        Route::new(
            Method::POST,
            "/v1/accounts/:account_id/cards/:card_id/unbinding",
            Endpoint::UnbindCard,
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
            Endpoint::ChooseDefault => choose_default::answer(&call, settings).await,
            Endpoint::UnbindCard => unbind_card::answer(&call, settings).await,
        }
    }
}
