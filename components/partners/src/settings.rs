use feiqian_calendar::Calendar;
use feiqian_edge::spin::SpinPlatform;
use feiqian_edge::{
    Acting, Call, ConfigurationError, Operator, OperatorScope, Operators, Origins, Problem,
    VariableSource, Variables, auth,
};
use feiqian_identity::SealKeys;

/// What the component reads from its variables, and what its flows run on.
pub(crate) struct Settings {
    pub(crate) calendar: Calendar,
    /// None: the operator calls, no page.
    pub(crate) origins: Origins,
    pub(crate) platform: SpinPlatform,
    pub(crate) seal: SealKeys,
    operators: Operators,
}

impl Settings {
    pub(crate) async fn load<S: VariableSource>(
        variables: &Variables<S>,
    ) -> Result<Self, ConfigurationError> {
        Ok(Self {
            calendar: variables.utc_offset().await?,
            origins: Origins::default(),
            platform: SpinPlatform::load(variables).await?,
            seal: variables.partner_seal_keys().await?,
            operators: variables.operators().await?,
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

    /// The operator who asks to look at what is no one person's, if they have the scope.
    pub(crate) fn looking(&self, call: &Call, scope: OperatorScope) -> Result<&Operator, Problem> {
        auth::looking(call, &self.operators, scope)
    }
}
