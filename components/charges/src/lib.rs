//! What payers show at a till, payer codes and NFC tokens, and charging it.

mod add_token;
mod charge;
mod get_payer_code;
mod give_payer_code;
mod order;
mod settings;

use feiqian_edge::{
    Answer, Call, Component, ConfigurationError, Origins, Problem, Route, VariableSource, Variables,
};
use http::Method;
use settings::Settings;

feiqian_edge::export_component!(Charges);

#[derive(Clone, Copy)]
enum Endpoint {
    GivePayerCode,
    GetPayerCode,
    AddToken,
    Charge,
}

struct Charges;

impl Component for Charges {
    type Endpoint = Endpoint;
    type Settings = Settings;

    const ROUTES: &'static [Route<Endpoint>] = &[
        Route::new(Method::POST, "/v1/accounts/:account_id/payer-codes", Endpoint::GivePayerCode),
        Route::new(
            Method::GET,
            "/v1/accounts/:account_id/payer-codes/:code",
            Endpoint::GetPayerCode,
        ),
        Route::new(Method::POST, "/v1/accounts/:account_id/nfc-tokens", Endpoint::AddToken),
        Route::new(Method::POST, "/v1/charges", Endpoint::Charge),
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
            Endpoint::GivePayerCode => give_payer_code::answer(&call, settings).await,
            Endpoint::GetPayerCode => get_payer_code::answer(&call, settings).await,
            Endpoint::AddToken => add_token::answer(&call, settings).await,
            Endpoint::Charge => charge::answer(&call, settings).await,
        }
    }
}
