//! Medical credentials, the codes that stand for them at a counter, and families: who shows
//! whose credential, shared personal accounts, and allowances.

mod credential;
mod give_code;
mod person;
mod relatives;
mod settings;

use feiqian_edge::{
    Answer, Call, Component, ConfigurationError, Origins, Problem, Route, VariableSource, Variables,
};
use http::Method;
use settings::Settings;

feiqian_edge::export_component!(Family);

#[derive(Clone, Copy)]
enum Endpoint {
    ChangeCredential,
    GetCredential,
    GiveCode,
    Bind,
    Unbind,
    Consent,
    Revoke,
    Share,
    Allow,
}

struct Family;

impl Component for Family {
    type Endpoint = Endpoint;
    type Settings = Settings;

    const ROUTES: &'static [Route<Endpoint>] = &[
        Route::new(
            Method::PUT,
            "/v1/accounts/:account_id/medical-credential",
            Endpoint::ChangeCredential,
        ),
        Route::new(
            Method::GET,
            "/v1/accounts/:account_id/medical-credential",
            Endpoint::GetCredential,
        ),
        Route::new(Method::POST, "/v1/accounts/:account_id/medical-codes", Endpoint::GiveCode),
        Route::new(Method::POST, "/v1/accounts/:account_id/relatives", Endpoint::Bind),
        Route::new(
            Method::POST,
            "/v1/accounts/:account_id/relatives/:relative_id/unbinding",
            Endpoint::Unbind,
        ),
        Route::new(
            Method::PUT,
            "/v1/accounts/:account_id/relatives/:relative_id/shared-account",
            Endpoint::Share,
        ),
        Route::new(
            Method::PUT,
            "/v1/accounts/:account_id/relatives/:relative_id/allowance",
            Endpoint::Allow,
        ),
        Route::new(
            Method::POST,
            "/v1/accounts/:account_id/binders/:relative_id/consent",
            Endpoint::Consent,
        ),
        Route::new(
            Method::POST,
            "/v1/accounts/:account_id/binders/:relative_id/revocation",
            Endpoint::Revoke,
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
            Endpoint::ChangeCredential => credential::change(&call, settings).await,
            Endpoint::GetCredential => credential::get(&call, settings).await,
            Endpoint::GiveCode => give_code::answer(&call, settings).await,
            Endpoint::Bind => relatives::bind(&call, settings).await,
            Endpoint::Unbind => relatives::unbind(&call, settings).await,
            Endpoint::Consent => relatives::consent(&call, settings).await,
            Endpoint::Revoke => relatives::revoke(&call, settings).await,
            Endpoint::Share => relatives::share(&call, settings).await,
            Endpoint::Allow => relatives::allow(&call, settings).await,
        }
    }
}
