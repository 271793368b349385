use feiqian_calendar::{Calendar, Day};
use feiqian_courier::Targets;
use feiqian_edge::spin::SpinPlatform;
use feiqian_edge::{
    Acting, Call, ConfigurationError, OperatorScope, Operators, Origins, Partners, Problem,
    VariableSource, Variables, auth, query,
};
use feiqian_flows::Platform;
use feiqian_identity::SealKeys;
use feiqian_ledger::partner::PartnerScope;
use feiqian_ledger::{EventType, PartnerId};

/// What the component reads from its variables, and what its flows run on.
pub(crate) struct Settings {
    /// None: partners call from their servers, where no page's origin matters.
    pub(crate) origins: Origins,
    pub(crate) platform: SpinPlatform,
    pub(crate) calendar: Calendar,
    pub(crate) seal_keys: SealKeys,
    pub(crate) targets: Targets,
    partners: Partners,
    operators: Operators,
}

impl Settings {
    pub(crate) async fn load<S: VariableSource>(
        variables: &Variables<S>,
    ) -> Result<Self, ConfigurationError> {
        Ok(Self {
            origins: Origins::default(),
            platform: SpinPlatform::load(variables).await?,
            calendar: variables.utc_offset().await?,
            seal_keys: variables.seal_keys().await?,
            targets: variables.webhook_targets().await?,
            partners: variables.partners().await?,
            operators: variables.operators().await?,
        })
    }

    /// The partner who asks, if its key may hear of events.
    pub(crate) async fn partner(&self, call: &Call) -> Result<PartnerId, Problem> {
        self.partners.admit(call, &self.platform, PartnerScope::Events).await
    }

    /// The operator who asks to do something, if they have the scope.
    pub(crate) fn acting<'a>(
        &'a self,
        call: &'a Call,
        scope: OperatorScope,
    ) -> Result<Acting<'a>, Problem> {
        auth::acting(call, &self.operators, scope)
    }

    /// A day that was named, else today.
    pub(crate) fn day(&self, text: Option<&str>) -> Result<Day, Problem> {
        match text {
            None => Ok(self.calendar.day(self.platform.now())),
            Some(text) => Day::parse(text).map_err(|_| {
                query::invalid("day", "it is a day such as 2026-11-23", "应为日期（如 2026-11-23）")
            }),
        }
    }
}

/// A type of events by its name.
pub(crate) fn event_type(parameter: &'static str, text: &str) -> Result<EventType, Problem> {
    EventType::parse(text)
        .ok_or_else(|| query::invalid(parameter, "it is no type of events", "不是已知的事件类型"))
}
