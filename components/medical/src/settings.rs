use feiqian_edge::spin::SpinPlatform;
use feiqian_edge::{
    Call, ConfigurationError, Customer, Origins, Partners, Problem, VariableSource, Variables, auth,
};
use feiqian_flows::{Platform, Policy};
use feiqian_ledger::PartnerId;
use feiqian_ledger::partner::PartnerScope;
use feiqian_signing::{PinPepper, SessionKey};

/// What the component reads from its variables, and what its flows run on.
pub(crate) struct Settings {
    pub(crate) origins: Origins,
    pub(crate) pepper: PinPepper,
    pub(crate) platform: SpinPlatform,
    pub(crate) policy: Policy,
    partners: Partners,
    session_key: SessionKey,
}

impl Settings {
    pub(crate) async fn load<S: VariableSource>(
        variables: &Variables<S>,
    ) -> Result<Self, ConfigurationError> {
        Ok(Self {
            origins: variables.cors_origins().await?,
            pepper: variables.pin_pepper().await?,
            platform: SpinPlatform::load(variables).await?,
            policy: Policy {
                calendar: variables.utc_offset().await?,
                rules: variables.rule_set().await?,
            },
            partners: variables.partners().await?,
            session_key: variables.session_key().await?,
        })
    }

    /// The customer who asks.
    pub(crate) fn customer(&self, call: &Call) -> Result<Customer, Problem> {
        auth::customer(call, &self.session_key, self.platform.now())
    }

    /// The partner who asks, if its key has the scope.
    pub(crate) async fn partner(
        &self,
        call: &Call,
        scope: PartnerScope,
    ) -> Result<PartnerId, Problem> {
        self.partners.admit(call, &self.platform, scope).await
    }
}
