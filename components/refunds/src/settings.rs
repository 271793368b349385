use feiqian_edge::spin::SpinPlatform;
use feiqian_edge::{
    Call, ConfigurationError, Origins, PartnerKeys, Problem, VariableSource, Variables, auth,
};
use feiqian_flows::{Platform, Policy};
use feiqian_ledger::PartnerId;

/// What the component reads from its variables, and what its flows run on.
pub(crate) struct Settings {
    /// None: partners call from their servers, where no page's origin matters.
    pub(crate) origins: Origins,
    pub(crate) platform: SpinPlatform,
    pub(crate) policy: Policy,
    partner_keys: PartnerKeys,
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
            partner_keys: variables.partner_keys().await?,
        })
    }

    /// The partner who asks.
    pub(crate) fn partner(&self, call: &Call) -> Result<PartnerId, Problem> {
        auth::partner(call, &self.partner_keys, self.platform.now())
    }
}
