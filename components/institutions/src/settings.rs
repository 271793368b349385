use feiqian_edge::spin::SpinPlatform;
use feiqian_edge::{Call, ConfigurationError, Origins, Problem, VariableSource, Variables, auth};
use feiqian_signing::OperatorToken;

/// What the component reads from its variables, and what its flows run on.
pub(crate) struct Settings {
    /// None: the operator calls, no page.
    pub(crate) origins: Origins,
    pub(crate) platform: SpinPlatform,
    operator_token: OperatorToken,
}

impl Settings {
    pub(crate) async fn load<S: VariableSource>(
        variables: &Variables<S>,
    ) -> Result<Self, ConfigurationError> {
        Ok(Self {
            origins: Origins::default(),
            platform: SpinPlatform::load(variables).await?,
            operator_token: variables.operator_token().await?,
        })
    }

    /// Lets only the operator pass.
    pub(crate) fn operator(&self, call: &Call) -> Result<(), Problem> {
        auth::operator(call, &self.operator_token)
    }
}
