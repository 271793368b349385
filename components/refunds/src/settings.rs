use feiqian_edge::spin::SpinPlatform;
use feiqian_edge::{
    Call, ConfigurationError, Origins, Partners, Problem, VariableSource, Variables,
};
use feiqian_flows::Policy;
use feiqian_ledger::PartnerId;
use feiqian_ledger::partner::PartnerScope;

/// What the component reads from its variables, and what its flows run on.
pub(crate) struct Settings {
    /// None: partners call from their servers, where no page's origin matters.
    pub(crate) origins: Origins,
    pub(crate) platform: SpinPlatform,
    pub(crate) policy: Policy,
    partners: Partners,
}

impl Settings {
    pub(crate) async fn load<S: VariableSource>(
        variables: &Variables<S>,
    ) -> Result<Self, ConfigurationError> {
        Ok(Self {
            origins: Origins::default(),
            platform: SpinPlatform::load(variables).await?,
            policy: Policy {
                calendar: variables.utc_offset().await?,
                rules: variables.rule_set().await?,
            },
            partners: variables.partners().await?,
        })
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
