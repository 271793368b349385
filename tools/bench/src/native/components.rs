//! The two components that are compared, as components/payment and components/history have
//! them, over [`NativePlatform`].

use feiqian_edge::{
    Answer, Call, Component, ConfigurationError, EntryBody, OperationBody, Origins, PayMethod,
    Problem, Route, VariableSource, Variables, auth, log_fault,
};
use feiqian_flows::{
    EntriesQuery, PayOrderRequest, Platform as _, Policy, entries, finish_payment, pay_order,
};
use feiqian_identity::Pin;
use feiqian_money::MoneyInput;
use feiqian_signing::{PinPepper, SessionKey};
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::platform::NativePlatform;

/// Entries in one answer.
const ENTRIES: usize = 20;

/// What both read from their variables, and what their flows run on.
pub struct Settings {
    origins: Origins,
    pepper: PinPepper,
    policy: Policy,
    session_key: SessionKey,
    platform: NativePlatform,
}

impl Settings {
    /// Reads the variables.
    ///
    /// # Errors
    ///
    /// When one is missing or malformed.
    pub async fn load<S: VariableSource>(
        variables: &Variables<S>,
        platform: NativePlatform,
    ) -> Result<Self, ConfigurationError> {
        Ok(Self {
            origins: variables.cors_origins().await?,
            pepper: variables.pin_pepper().await?,
            policy: Policy {
                calendar: variables.utc_offset().await?,
                rules: variables.rule_set().await?,
            },
            session_key: variables.session_key().await?,
            platform,
        })
    }
}

/// What is asked for.
#[derive(Clone, Copy)]
pub enum Endpoint {
    /// A payment.
    PayOrder,
    /// A page of history.
    GetEntries,
}

/// Both components in one.
pub struct Native;

impl Component for Native {
    type Endpoint = Endpoint;
    type Settings = Settings;

    const ROUTES: &'static [Route<Endpoint>] = &[
        Route::new(Method::POST, "/v1/orders/:order_id/payments", Endpoint::PayOrder),
        Route::new(Method::GET, "/v1/accounts/:account_id/entries", Endpoint::GetEntries),
    ];

    async fn load<S: VariableSource>(_: &Variables<S>) -> Result<Settings, ConfigurationError> {
        let reason = "settings are loaded with a platform".to_owned();
        Err(ConfigurationError { variable: "store", reason })
    }

    fn origins(settings: &Settings) -> &Origins {
        &settings.origins
    }

    fn swaps_left(_settings: &Settings) -> Option<u32> {
        None
    }

    async fn answer(
        endpoint: Endpoint,
        call: Call,
        settings: &'static Settings,
    ) -> Result<Answer, Problem> {
        match endpoint {
            Endpoint::PayOrder => pay(&call, settings).await,
            Endpoint::GetEntries => get_entries(&call, settings).await,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    account_id: String,
    method: PayMethod,
    amount: MoneyInput,
    pin: String,
}

async fn pay(call: &Call, settings: &'static Settings) -> Result<Answer, Problem> {
    let Settings { platform, policy, pepper, .. } = settings;
    let customer = auth::customer(call, &settings.session_key, platform.now())?;
    let key = call.idempotency_key()?.into_string();
    let order = call.id("order_id")?;
    let body: Body = call.json()?;
    let request = PayOrderRequest {
        customer: customer.id,
        key,
        account: call.joined_id("account_id", &body.account_id)?,
        order,
        amount: body.amount.positive()?,
        from: body.method.source(None)?,
        pin: Pin::parse(&body.pin)?,
        confirmation: None,
    };
    let paid = pay_order(platform, policy, pepper, request).await?;
    let body = OperationBody::of(paid.operation, call, policy.calendar, platform.now());
    let answer = Answer::json(StatusCode::CREATED, &body).replayed(paid.replayed);
    let Some(unsettled) = paid.unsettled else { return Ok(answer) };
    let request_id = call.request_id.clone();
    Ok(answer.then(async move {
        if let Err(error) = finish_payment(platform, unsettled).await {
            log_fault(&request_id, "finish_payment", &error);
        }
    }))
}

async fn get_entries(call: &Call, settings: &'static Settings) -> Result<Answer, Problem> {
    let Settings { platform, policy, .. } = settings;
    let customer = auth::customer(call, &settings.session_key, platform.now())?;
    let id = call.id("account_id")?;
    let asked = EntriesQuery { limit: ENTRIES, ..EntriesQuery::default() };
    let page = entries(platform, &customer.id, &id, &asked).await?;
    let shown: Vec<_> =
        page.entries.iter().map(|noted| EntryBody::of(noted, policy.calendar)).collect();
    Ok(Answer::ok(&json!({"entries": shown, "has_more": page.more_before.is_some()})))
}
