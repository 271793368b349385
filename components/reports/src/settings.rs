use feiqian_calendar::Calendar;
use feiqian_edge::spin::SpinPlatform;
use feiqian_edge::{
    Acting, Call, ConfigurationError, Customer, OperatorScope, Operators, Origins, Partners,
    Problem, VariableSource, Variables, auth,
};
use feiqian_flows::Platform;
use feiqian_ledger::PartnerId;
use feiqian_ledger::partner::PartnerScope;
use feiqian_signing::SessionKey;

/// What the component reads from its variables, and what its flows run on.
pub(crate) struct Settings {
    pub(crate) calendar: Calendar,
    pub(crate) origins: Origins,
    pub(crate) platform: SpinPlatform,
    operators: Operators,
    partners: Partners,
    session_key: SessionKey,
}

impl Settings {
    pub(crate) async fn load<S: VariableSource>(
        variables: &Variables<S>,
    ) -> Result<Self, ConfigurationError> {
        Ok(Self {
            calendar: variables.utc_offset().await?,
            origins: variables.cors_origins().await?,
            platform: SpinPlatform::load(variables).await?,
            operators: variables.operators().await?,
            partners: variables.partners().await?,
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

    /// The partner who asks, if its key has the scope.
    pub(crate) async fn partner(
        &self,
        call: &Call,
        scope: PartnerScope,
    ) -> Result<PartnerId, Problem> {
        self.partners.admit(call, &self.platform, scope).await
    }
}
