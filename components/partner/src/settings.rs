use feiqian_calendar::Calendar;
use feiqian_edge::spin::SpinPlatform;
use feiqian_edge::{
    Call, ConfigurationError, Origins, PartnerKeys, Problem, VariableSource, Variables, auth,
};
use feiqian_flows::Platform;
use feiqian_ledger::PartnerId;
use feiqian_signing::SessionKey;

/// What the component reads from its variables, and what its flows run on.
pub(crate) struct Settings {
    pub(crate) calendar: Calendar,
    /// None: partners call from their servers, where no page's origin matters.
    pub(crate) origins: Origins,
    pub(crate) platform: SpinPlatform,
    pub(crate) session_key: SessionKey,
    partner_keys: PartnerKeys,
}

impl Settings {
    pub(crate) async fn load<S: VariableSource>(
        variables: &Variables<S>,
    ) -> Result<Self, ConfigurationError> {
        Ok(Self {
            calendar: variables.utc_offset().await?,
            origins: Origins::default(),
            platform: SpinPlatform::load(variables).await?,
            session_key: variables.session_key().await?,
            partner_keys: variables.partner_keys().await?,
        })
    }

    /// The partner who asks.
    pub(crate) fn partner(&self, call: &Call) -> Result<PartnerId, Problem> {
        auth::partner(call, &self.partner_keys, self.platform.now())
    }
}
