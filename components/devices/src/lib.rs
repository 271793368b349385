//! The devices that sign for a holder. A component of its own, so that the others that do not
//! verify signatures do not carry three curves.

mod add_device;
mod device;
mod get_devices;
mod revoke_device;
mod settings;

use feiqian_edge::{
    Answer, Call, Component, ConfigurationError, Origins, Problem, Route, VariableSource, Variables,
};
use http::Method;
use settings::Settings;

feiqian_edge::export_component!(Devices);

#[derive(Clone, Copy)]
enum Endpoint {
    AddDevice,
    GetDevices,
    RevokeDevice,
}

struct Devices;

impl Component for Devices {
    type Endpoint = Endpoint;
    type Settings = Settings;

    const ROUTES: &'static [Route<Endpoint>] = &[
        Route::new(Method::POST, "/v1/accounts/:account_id/devices", Endpoint::AddDevice),
        Route::new(Method::GET, "/v1/accounts/:account_id/devices", Endpoint::GetDevices),
        Route::new(
            Method::DELETE,
            "/v1/accounts/:account_id/devices/:device_id",
            Endpoint::RevokeDevice,
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
            Endpoint::AddDevice => add_device::answer(&call, settings).await,
            Endpoint::GetDevices => get_devices::answer(&call, settings).await,
            Endpoint::RevokeDevice => revoke_device::answer(&call, settings).await,
        }
    }
}
