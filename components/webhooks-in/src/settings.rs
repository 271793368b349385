use feiqian_edge::spin::SpinPlatform;
use feiqian_edge::{
    Call, ConfigurationError, Operator, OperatorScope, Operators, Origins, Problem, VariableSource,
    Variables, WebhookSecrets, auth,
};
use feiqian_flows::Policy;

/// What the component reads from its variables, and what its flows run on.
pub(crate) struct Settings {
    /// None: servers call, no page.
    pub(crate) origins: Origins,
    pub(crate) platform: SpinPlatform,
    pub(crate) policy: Policy,
    pub(crate) secrets: WebhookSecrets,
    operators: Operators,
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
            secrets: variables.webhook_secrets().await?,
            operators: variables.operators().await?,
        })
    }

    /// The operator who asks to look at what is no one person's, if they have the scope.
    pub(crate) fn looking(&self, call: &Call, scope: OperatorScope) -> Result<&Operator, Problem> {
        auth::looking(call, &self.operators, scope)
    }
}
