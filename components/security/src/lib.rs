//! What keeps an account in its holder's hands: PIN, verifications by a code or face
//! to face, freezes and the security log.

mod begin_verification;
mod code;
mod face;
mod freeze;
mod freeze_account;
mod get_face_verification;
mod get_security_events;
mod operator_freeze;
mod operator_unfreeze;
mod put_pin;
mod request_face_verification;
mod reseal_accounts;
mod reset_pin;
mod settings;
mod unfreeze_account;
mod wake_account;

use feiqian_edge::{
    Answer, Call, Component, ConfigurationError, Origins, Problem, Route, VariableSource, Variables,
};
use http::Method;
use settings::Settings;

feiqian_edge::export_component!(Security);

#[derive(Clone, Copy)]
enum Endpoint {
    PutPin,
    BeginVerification,
    ResetPin,
    FreezeAccount,
    UnfreezeAccount,
    WakeAccount,
    RequestFaceVerification,
    GetFaceVerification,
    GetSecurityEvents,
    OperatorFreeze,
    OperatorUnfreeze,
    ResealAccounts,
}

struct Security;

impl Component for Security {
    type Endpoint = Endpoint;
    type Settings = Settings;

    const ROUTES: &'static [Route<Endpoint>] = &[
        Route::new(Method::PUT, "/v1/accounts/:account_id/pin", Endpoint::PutPin),
        Route::new(
            Method::POST,
            "/v1/accounts/:account_id/verifications",
            Endpoint::BeginVerification,
        ),
        Route::new(Method::POST, "/v1/accounts/:account_id/pin-resets", Endpoint::ResetPin),
        Route::new(Method::POST, "/v1/accounts/:account_id/freezes", Endpoint::FreezeAccount),
        Route::new(Method::POST, "/v1/accounts/:account_id/unfreezes", Endpoint::UnfreezeAccount),
        Route::new(Method::POST, "/v1/accounts/:account_id/wakings", Endpoint::WakeAccount),
        Route::new(
            Method::POST,
            "/v1/accounts/:account_id/face-verifications",
            Endpoint::RequestFaceVerification,
        ),
        Route::new(
            Method::GET,
            "/v1/accounts/:account_id/face-verifications/:verification_id",
            Endpoint::GetFaceVerification,
        ),
        Route::new(
            Method::GET,
            "/v1/accounts/:account_id/security-events",
            Endpoint::GetSecurityEvents,
        ),
        Route::new(
            Method::POST,
            "/v1/operations/accounts/:account_id/freezes",
            Endpoint::OperatorFreeze,
        ),
        Route::new(
            Method::POST,
            "/v1/operations/accounts/:account_id/unfreezes",
            Endpoint::OperatorUnfreeze,
        ),
        Route::new(Method::POST, "/v1/operations/accounts/reseals", Endpoint::ResealAccounts),
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
            Endpoint::PutPin => put_pin::answer(&call, settings).await,
            Endpoint::BeginVerification => begin_verification::answer(&call, settings).await,
            Endpoint::ResetPin => reset_pin::answer(&call, settings).await,
            Endpoint::FreezeAccount => freeze_account::answer(&call, settings).await,
            Endpoint::UnfreezeAccount => unfreeze_account::answer(&call, settings).await,
            Endpoint::WakeAccount => wake_account::answer(&call, settings).await,
            Endpoint::RequestFaceVerification => {
                request_face_verification::answer(&call, settings).await
            }
            Endpoint::GetFaceVerification => get_face_verification::answer(&call, settings).await,
            Endpoint::GetSecurityEvents => get_security_events::answer(&call, settings).await,
            Endpoint::OperatorFreeze => operator_freeze::answer(&call, settings).await,
            Endpoint::OperatorUnfreeze => operator_unfreeze::answer(&call, settings).await,
            Endpoint::ResealAccounts => reseal_accounts::answer(&call, settings).await,
        }
    }
}
