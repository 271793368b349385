use feiqian_calendar::{Calendar, Day};
use feiqian_edge::spin::SpinPlatform;
use feiqian_edge::{
    Acting, Call, ConfigurationError, Operator, OperatorScope, Operators, Origins, Partners,
    Problem, VariableSource, Variables, auth, query,
};
use feiqian_flows::Vault;
use feiqian_ledger::PartnerId;
use feiqian_ledger::partner::PartnerScope;

/// What the component reads from its variables, and what its flows run on.
pub(crate) struct Settings {
    /// None: partners and operators call, no page.
    pub(crate) origins: Origins,
    pub(crate) calendar: Calendar,
    pub(crate) platform: SpinPlatform,
    pub(crate) vault: Vault,
    operators: Operators,
    partners: Partners,
}

impl Settings {
    pub(crate) async fn load<S: VariableSource>(
        variables: &Variables<S>,
    ) -> Result<Self, ConfigurationError> {
        Ok(Self {
            origins: Origins::default(),
            calendar: variables.utc_offset().await?,
            platform: SpinPlatform::load(variables).await?,
            vault: Vault {
                seal: variables.seal_keys().await?,
                index: variables.index_key().await?,
            },
            operators: variables.operators().await?,
            partners: variables.partners().await?,
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

    /// The partner who asks, if its key may read settlements.
    pub(crate) async fn partner(&self, call: &Call) -> Result<PartnerId, Problem> {
        self.partners.admit(call, &self.platform, PartnerScope::Settlements).await
    }
}

/// The day that a call names.
pub(crate) fn day_of(call: &Call) -> Result<Day, Problem> {
    query::day("day", call.parameter("day")?)
}
