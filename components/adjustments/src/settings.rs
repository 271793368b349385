use feiqian_calendar::Calendar;
use feiqian_edge::spin::SpinPlatform;
use feiqian_edge::{
    Acting, Call, ConfigurationError, OperatorScope, Operators, Origins, Problem, VariableSource,
    Variables, auth,
};

/// What the component reads from its variables, and what its flows run on.
pub(crate) struct Settings {
    /// None: operators call, no page.
    pub(crate) origins: Origins,
    pub(crate) calendar: Calendar,
    pub(crate) platform: SpinPlatform,
    operators: Operators,
}

impl Settings {
    pub(crate) async fn load<S: VariableSource>(
        variables: &Variables<S>,
    ) -> Result<Self, ConfigurationError> {
        Ok(Self {
            origins: Origins::default(),
            calendar: variables.utc_offset().await?,
            platform: SpinPlatform::load(variables).await?,
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
}
