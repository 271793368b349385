use feiqian_calendar::Calendar;
use feiqian_edge::spin::SpinPlatform;
use feiqian_edge::{
    Call, ConfigurationError, Origins, Partners, Problem, VariableSource, Variables,
};
use feiqian_ledger::PartnerId;
use feiqian_ledger::partner::PartnerScope;
use feiqian_signing::SessionKey;

/// What the component reads from its variables, and what its flows run on.
pub(crate) struct Settings {
    pub(crate) calendar: Calendar,
    /// None: partners call from their servers, where no page's origin matters.
    pub(crate) origins: Origins,
    pub(crate) platform: SpinPlatform,
    pub(crate) session_key: SessionKey,
    partners: Partners,
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
