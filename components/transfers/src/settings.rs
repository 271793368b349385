use feiqian_edge::spin::SpinPlatform;
use feiqian_edge::{
    Acting, Call, ConfigurationError, Customer, OperatorScope, Operators, Origins, Problem,
    VariableSource, Variables, auth,
};
use feiqian_flows::{OutboundTransfers, Platform, Policy};
use feiqian_signing::{ConfirmationKey, PinPepper, SessionKey};

/// What the component reads from its variables, and what its flows run on.
pub(crate) struct Settings {
    pub(crate) confirmation_key: ConfirmationKey,
    pub(crate) origins: Origins,
    pub(crate) outbound_transfers: OutboundTransfers,
    pub(crate) pepper: PinPepper,
    pub(crate) platform: SpinPlatform,
    pub(crate) policy: Policy,
    operators: Operators,
    session_key: SessionKey,
}

impl Settings {
    pub(crate) async fn load<S: VariableSource>(
        variables: &Variables<S>,
    ) -> Result<Self, ConfigurationError> {
        Ok(Self {
            confirmation_key: variables.confirmation_key().await?,
            origins: variables.cors_origins().await?,
            outbound_transfers: variables.outbound_transfers().await?,
            pepper: variables.pin_pepper().await?,
            platform: SpinPlatform::load(variables).await?,
            policy: Policy {
                calendar: variables.utc_offset().await?,
                rules: variables.rule_set().await?,
            },
            operators: variables.operators().await?,
            session_key: variables.session_key().await?,
        })
    }

    /// The operator who asks to do something, if they have the scope.
    pub(crate) fn acting<'a>(
        &'a self,
        call: &'a Call,
        scope: OperatorScope,
    ) -> Result<Acting<'a>, Problem> {
        auth::acting(call, &self.operators, scope)
    }

    /// The customer who asks.
    pub(crate) fn customer(&self, call: &Call) -> Result<Customer, Problem> {
        auth::customer(call, &self.session_key, self.platform.now())
    }
}
