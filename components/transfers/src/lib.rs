//! Moves money between an account and its bound cards or other accounts, takes what others send
//! from banks, and shows operations.

mod accept_transfers;
mod cancel_transfer;
mod card_move;
mod close_account;
mod collect_deposits;
mod confirm_sending;
mod get_operation;
mod get_payee;
mod settings;
mod settle;
mod top_up;
mod transfer;
mod withdraw;

use feiqian_edge::settlement::SETTLEMENTS_PATH;
use feiqian_edge::{
    Answer, Call, Component, ConfigurationError, Origins, Problem, Route, VariableSource, Variables,
};
use http::Method;
use settings::Settings;

feiqian_edge::export_component!(Transfers);

#[derive(Clone, Copy)]
enum Endpoint {
    TopUp,
    Withdraw,
    ConfirmSending,
    CollectDeposits,
    Transfer,
    CancelTransfer,
    GetPayee,
    AcceptTransfers,
    CloseAccount,
    GetOperation,
    Settle,
}

struct Transfers;

impl Component for Transfers {
    type Endpoint = Endpoint;
    type Settings = Settings;

    const ROUTES: &'static [Route<Endpoint>] = &[
        Route::new(Method::POST, "/v1/accounts/:account_id/top-ups", Endpoint::TopUp),
        Route::new(Method::POST, "/v1/accounts/:account_id/withdrawals", Endpoint::Withdraw),
        Route::new(Method::POST, "/v1/accounts/:account_id/transfers", Endpoint::Transfer),
        Route::new(
            Method::POST,
            "/v1/accounts/:account_id/confirmations",
            Endpoint::ConfirmSending,
        ),
        Route::new(
            Method::POST,
            "/v1/accounts/:account_id/transfers/:operation_id/cancellation",
            Endpoint::CancelTransfer,
        ),
        Route::new(Method::POST, "/v1/operations/deposit-runs", Endpoint::CollectDeposits),
        Route::new(Method::GET, "/v1/accounts/:account_id/payees/:payee_id", Endpoint::GetPayee),
        Route::new(
            Method::PUT,
            "/v1/accounts/:account_id/incoming-transfers",
            Endpoint::AcceptTransfers,
        ),
        Route::new(Method::POST, "/v1/accounts/:account_id/closure", Endpoint::CloseAccount),
        Route::new(
            Method::GET,
            "/v1/accounts/:account_id/operations/:operation_id",
            Endpoint::GetOperation,
        ),
        Route::new(Method::POST, SETTLEMENTS_PATH, Endpoint::Settle),
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
            Endpoint::TopUp => top_up::answer(&call, settings).await,
            Endpoint::Withdraw => withdraw::answer(&call, settings).await,
            Endpoint::ConfirmSending => confirm_sending::answer(&call, settings).await,
            Endpoint::CollectDeposits => collect_deposits::answer(&call, settings).await,
            Endpoint::Transfer => transfer::answer(&call, settings).await,
            Endpoint::CancelTransfer => cancel_transfer::answer(&call, settings).await,
            Endpoint::GetPayee => get_payee::answer(&call, settings).await,
            Endpoint::AcceptTransfers => accept_transfers::answer(&call, settings).await,
            Endpoint::CloseAccount => close_account::answer(&call, settings).await,
            Endpoint::GetOperation => get_operation::answer(&call, settings).await,
            Endpoint::Settle => settle::answer(&call, settings).await,
        }
    }
}
