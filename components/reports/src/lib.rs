//! Reports of abnormal transactions: holders report, bank and partner are told, operators
//! close the cases.

mod case;
mod log;
mod operator;
mod report;
mod settings;

use feiqian_edge::settlement::{self, SETTLEMENTS_PATH};
use feiqian_edge::{
    Answer, Call, Component, ConfigurationError, Origins, Problem, Route, VariableSource, Variables,
};
use feiqian_flows::settle_report;
use http::Method;
use settings::Settings;

feiqian_edge::export_component!(Reports);

#[derive(Clone, Copy)]
enum Endpoint {
    Report,
    GetReports,
    GetPartnerLog,
    GetOperatorLog,
    GetCase,
    CloseCase,
    Settle,
}

struct Reports;

impl Component for Reports {
    type Endpoint = Endpoint;
    type Settings = Settings;

    const ROUTES: &'static [Route<Endpoint>] = &[
        Route::new(Method::POST, "/v1/accounts/:account_id/reports", Endpoint::Report),
        Route::new(Method::GET, "/v1/accounts/:account_id/reports", Endpoint::GetReports),
        Route::new(Method::GET, "/v1/reports", Endpoint::GetPartnerLog),
        Route::new(Method::GET, "/v1/operations/cases", Endpoint::GetOperatorLog),
        Route::new(Method::GET, "/v1/operations/cases/:account_id/:case_id", Endpoint::GetCase),
        Route::new(
            Method::POST,
            "/v1/operations/cases/:account_id/:case_id/closure",
            Endpoint::CloseCase,
        ),
        Route::new(Method::POST, SETTLEMENTS_PATH, Endpoint::Settle),
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
            Endpoint::Report => report::open(&call, settings).await,
            Endpoint::GetReports => report::list(&call, settings).await,
            Endpoint::GetPartnerLog => log::of_partner(&call, settings).await,
            Endpoint::GetOperatorLog => log::of_operator(&call, settings).await,
            Endpoint::GetCase => operator::show(&call, settings).await,
            Endpoint::CloseCase => operator::close(&call, settings).await,
            Endpoint::Settle => settle(&call, settings).await,
        }
    }
}

/// `POST /settlements`: the worker's way to tell bank and partner.
async fn settle(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let mark = settlement::mark_of(call)?;
    settlement::answer(settle_report(&settings.platform, settings.calendar, &mark).await)
}
