//! Shows an account's balance and the entries of its journal, with the holder's notes
//! and receipts, which anyone can have checked.

mod check_receipt;
mod filter;
mod get_balance;
mod get_entries;
mod get_receipt;
mod put_note;
mod receipt;
mod settings;

use feiqian_edge::{
    Answer, Call, Component, ConfigurationError, Origins, Problem, Route, VariableSource, Variables,
};
use http::Method;
use settings::Settings;

feiqian_edge::export_component!(History);

#[derive(Clone, Copy)]
enum Endpoint {
    GetBalance,
    GetEntries,
    PutNote,
    RemoveNote,
    GetEntryReceipt,
    GetOperationReceipt,
    CheckReceipt,
}

struct History;

const NOTE: &str = "/v1/accounts/:account_id/entries/:sequence/note";

impl Component for History {
    type Endpoint = Endpoint;
    type Settings = Settings;

    const ROUTES: &'static [Route<Endpoint>] = &[
        Route::new(Method::GET, "/v1/accounts/:account_id/balance", Endpoint::GetBalance),
        Route::new(Method::GET, "/v1/accounts/:account_id/entries", Endpoint::GetEntries),
        Route::new(Method::PUT, NOTE, Endpoint::PutNote),
        Route::new(Method::DELETE, NOTE, Endpoint::RemoveNote),
        Route::new(
            Method::GET,
            "/v1/accounts/:account_id/entries/:sequence/receipt",
            Endpoint::GetEntryReceipt,
        ),
        Route::new(
            Method::GET,
            "/v1/accounts/:account_id/operations/:operation_id/receipt",
            Endpoint::GetOperationReceipt,
        ),
        Route::new(Method::POST, "/v1/receipt-checks", Endpoint::CheckReceipt),
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
            Endpoint::GetBalance => get_balance::answer(&call, settings).await,
            Endpoint::GetEntries => get_entries::answer(&call, settings).await,
            Endpoint::PutNote => put_note::answer(&call, settings).await,
            Endpoint::RemoveNote => put_note::remove(&call, settings).await,
            Endpoint::GetEntryReceipt => get_receipt::of_entry(&call, settings).await,
            Endpoint::GetOperationReceipt => get_receipt::of_operation(&call, settings).await,
            Endpoint::CheckReceipt => check_receipt::answer(&call, settings).await,
        }
    }
}
