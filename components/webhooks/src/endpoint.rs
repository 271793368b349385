use feiqian_courier::{TargetError, Targets};
use feiqian_edge::{Problem, query};
use feiqian_ledger::event::{Endpoint, EndpointState};
use feiqian_ledger::{EndpointId, EventType};
use serde::Serialize;

use crate::settings::{Settings, event_type};

/// An endpoint as its partner sees it.
#[derive(Serialize)]
pub(crate) struct EndpointBody {
    endpoint_id: EndpointId,
    url: String,
    types: Vec<&'static str>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled: Option<DisabledBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failing_since: Option<String>,
    created_at: String,
}

#[derive(Serialize)]
struct DisabledBody {
    reason: &'static str,
    at: String,
}

/// An endpoint with the secret that signs what it gets.
#[derive(Serialize)]
pub(crate) struct WithSecretBody {
    #[serde(flatten)]
    pub(crate) endpoint: EndpointBody,
    pub(crate) secret: String,
}

impl EndpointBody {
    pub(crate) fn of(endpoint: &Endpoint, settings: &Settings) -> Self {
        let calendar = settings.calendar;
        let disabled = match &endpoint.state {
            EndpointState::Disabled { at, reason } => {
                Some(DisabledBody { reason: reason.as_str(), at: calendar.format(*at) })
            }
            EndpointState::Enabled | EndpointState::Removed => None,
        };
        Self {
            endpoint_id: endpoint.id.clone(),
            url: endpoint.url.clone(),
            types: endpoint.types.iter().map(|kind| kind.as_str()).collect(),
            status: if endpoint.is_enabled() { "enabled" } else { "disabled" },
            disabled,
            failing_since: endpoint.failing.map(|failing| calendar.format(failing.since)),
            created_at: calendar.format(endpoint.created_at),
        }
    }
}

/// A URL that events may be sent to.
pub(crate) fn read_url(url: String, targets: Targets) -> Result<String, Problem> {
    match targets.read(&url) {
        Ok(_) => Ok(url),
        Err(error) => Err(query::invalid("url", error.to_string(), chinese(error))),
    }
}

const fn chinese(error: TargetError) -> &'static str {
    match error {
        TargetError::Malformed => "应为网址，如 https://shop.example/events",
        TargetError::Scheme => "应为 https 网址",
        TargetError::Host => "主机名不是互联网域名",
        TargetError::Address => "该地址不是公网地址",
    }
}

/// The types of a filter, each once; none for all.
pub(crate) fn read_types(names: Option<Vec<String>>) -> Result<Vec<EventType>, Problem> {
    let names = names.unwrap_or_default();
    let read = names.iter().map(|name| event_type("types", name));
    let mut types = read.collect::<Result<Vec<_>, _>>()?;
    types.sort_unstable();
    types.dedup();
    Ok(types)
}
