use feiqian_calendar::Calendar;
use feiqian_edge::spin::SpinPlatform;
use feiqian_edge::{
    Acting, Call, ConfigurationError, Customer, OperatorScope, Operators, Origins, Problem,
    VariableSource, Variables, auth,
};
use feiqian_flows::{Platform, Vault};
use feiqian_signing::{PinPepper, SessionKey};

/// What the component reads from its variables, and what its flows run on.
pub(crate) struct Settings {
    pub(crate) calendar: Calendar,
    pub(crate) origins: Origins,
    pub(crate) pepper: PinPepper,
    pub(crate) platform: SpinPlatform,
    pub(crate) vault: Vault,
    operators: Operators,
    session_key: SessionKey,
}

impl Settings {
    pub(crate) async fn load<S: VariableSource>(
        variables: &Variables<S>,
    ) -> Result<Self, ConfigurationError> {
        Ok(Self {
            calendar: variables.utc_offset().await?,
            origins: variables.cors_origins().await?,
            pepper: variables.pin_pepper().await?,
            platform: SpinPlatform::load(variables).await?,
            vault: Vault {
                seal: variables.seal_keys().await?,
                index: variables.index_key().await?,
            },
            operators: variables.operators().await?,
            session_key: variables.session_key().await?,
        })
    }

    /// The customer who asks.
    pub(crate) fn customer(&self, call: &Call) -> Result<Customer, Problem> {
        auth::customer(call, &self.session_key, self.platform.now())
    }

    /// The operator who asks to do something, if they have the scope.
    pub(crate) fn acting<'a>(
        &'a self,
        call: &'a Call,
        scope: OperatorScope,
    ) -> Result<Acting<'a>, Problem> {
        auth::acting(call, &self.operators, scope)
    }
}
