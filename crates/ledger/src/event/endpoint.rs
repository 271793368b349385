use feiqian_calendar::Timestamp;
use feiqian_identity::Sealed;
use serde::{Deserialize, Serialize};

use super::{AttemptOutcome, EventType};
use crate::{
    Document, ENDPOINT_FAILING_MAX_MS, ENDPOINT_QUIET_MS, EndpointId, Fingerprint, PartnerId,
    SECRET_OVERLAP_MS,
};

/// Where a partner wants to be told of events: one of its places for endpoints. A removed
/// endpoint leaves its place to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    schema: u16,
    /// Its id.
    pub id: EndpointId,
    /// Whose.
    pub partner: PartnerId,
    /// What the creating request asked for.
    pub fingerprint: Fingerprint,
    /// Where events are sent to.
    pub url: String,
    /// The types that are sent to it; none for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<EventType>,
    /// Its secrets, the one in use last; those before it still sign until they end.
    pub secrets: Vec<EndpointSecret>,
    /// Whether it gets events.
    pub state: EndpointState,
    /// Since when every attempt has failed, if the newest has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing: Option<Failing>,
    /// Events about itself so far: the sequence of the newest.
    pub events: u32,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A secret of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointSecret {
    /// It, sealed for this endpoint.
    pub sealed: Sealed,
    /// Until when it signs; none for the one in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// Whether an endpoint gets events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndpointState {
    /// It does.
    Enabled,
    /// It does not, until its partner enables it again.
    Disabled {
        /// Since when.
        at: Timestamp,
        /// Why.
        reason: DisableReason,
    },
    /// It was removed, and its place is free.
    Removed,
}

/// Why an endpoint gets no events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisableReason {
    /// It has answered 410.
    Gone,
    /// Nothing has arrived for [`ENDPOINT_FAILING_MAX_MS`].
    Failing,
    /// Its partner wants it so.
    Partner,
}

impl DisableReason {
    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Failing => "failing",
            Self::Partner => "partner",
        }
    }
}

/// A row of attempts that have all failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failing {
    /// When the first one failed.
    pub since: Timestamp,
    /// When the newest one did.
    pub last: Timestamp,
}

/// What a partner asks for when it makes an endpoint.
#[derive(Debug, Clone)]
pub struct NewEndpoint {
    /// Its id.
    pub id: EndpointId,
    /// Whose.
    pub partner: PartnerId,
    /// Where events are sent to.
    pub url: String,
    /// The types that are sent to it; none for all.
    pub types: Vec<EventType>,
    /// Its first secret.
    pub secret: Sealed,
    /// Now.
    pub now: Timestamp,
}

impl Document for Endpoint {
    const SCHEMA: u16 = 1;
    const NAME: &'static str = "endpoint";

    fn schema(&self) -> u16 {
        self.schema
    }
}

impl Endpoint {
    /// The key of one of a partner's places.
    #[must_use]
    pub fn key(partner: &PartnerId, place: u8) -> String {
        format!("endpoint/{}/{place}", partner.as_str())
    }

    /// What a secret of an endpoint is sealed for.
    #[must_use]
    pub fn seal_context(id: &EndpointId) -> String {
        format!("endpoint/{id}/secret")
    }

    /// A new, enabled endpoint.
    #[must_use]
    pub fn new(new: NewEndpoint) -> Self {
        let NewEndpoint { id, partner, url, types, secret, now } = new;
        let names: Vec<&str> = types.iter().map(|kind| kind.as_str()).collect();
        Self {
            schema: Self::SCHEMA,
            id,
            partner,
            fingerprint: Fingerprint::of(&[&url, &names.join(",")]),
            url,
            types,
            secrets: vec![EndpointSecret { sealed: secret, until: None }],
            state: EndpointState::Enabled,
            failing: None,
            events: 0,
            created_at: now,
        }
    }

    /// Whether it has been removed.
    #[must_use]
    pub const fn is_removed(&self) -> bool {
        matches!(self.state, EndpointState::Removed)
    }

    /// Whether it gets events.
    #[must_use]
    pub const fn is_enabled(&self) -> bool {
        matches!(self.state, EndpointState::Enabled)
    }

    /// Whether it is told of events of a type. What is about the endpoint itself is told to the
    /// others whatever their filter: they would not hear of it otherwise.
    #[must_use]
    pub fn wants(&self, kind: EventType, object: &str) -> bool {
        self.is_enabled()
            && object != self.id.as_str()
            && (self.types.is_empty()
                || self.types.contains(&kind)
                || kind == EventType::EndpointDisabled)
    }

    /// The secrets that sign at an instant, the one in use first.
    pub fn signing(&self, now: Timestamp) -> impl Iterator<Item = &Sealed> {
        let signs = move |secret: &&EndpointSecret| secret.until.is_none_or(|until| now < until);
        self.secrets.iter().rev().filter(signs).map(|secret| &secret.sealed)
    }

    /// Takes a new secret into use. The one before signs beside it for [`SECRET_OVERLAP_MS`], and
    /// older ones no more.
    pub fn rotate(&mut self, secret: Sealed, now: Timestamp) {
        let former = self.secrets.pop();
        self.secrets.clear();
        let until = Some(now.plus_millis(SECRET_OVERLAP_MS));
        self.secrets.extend(former.map(|former| EndpointSecret { until, ..former }));
        self.secrets.push(EndpointSecret { sealed: secret, until: None });
    }

    /// Changes where it is and what it gets; whatever was wrong with it may be right now.
    pub fn change(&mut self, url: String, types: Vec<EventType>, enabled: bool, now: Timestamp) {
        self.url = url;
        self.types = types;
        self.state = match (&self.state, enabled) {
            (EndpointState::Removed, _) => EndpointState::Removed,
            (_, true) => EndpointState::Enabled,
            (disabled @ EndpointState::Disabled { .. }, false) => disabled.clone(),
            (EndpointState::Enabled, false) => {
                EndpointState::Disabled { at: now, reason: DisableReason::Partner }
            }
        };
        if enabled {
            self.failing = None;
        }
    }

    /// Removes it. Its place is free.
    pub fn remove(&mut self) {
        self.state = EndpointState::Removed;
    }

    /// Notes what became of an attempt. Gives why the endpoint is disabled by it, if it is: gone,
    /// or without a success among attempts that span [`ENDPOINT_FAILING_MAX_MS`], none of them
    /// [`ENDPOINT_QUIET_MS`] or more behind the one before.
    pub fn note(&mut self, outcome: AttemptOutcome, now: Timestamp) -> Option<DisableReason> {
        if outcome.is_success() {
            self.failing = None;
            return None;
        }
        let known = self.failing.filter(|known| now.millis_since(known.last) < ENDPOINT_QUIET_MS);
        let since = known.map_or(now, |known| known.since);
        let last = known.map_or(now, |known| known.last.max(now));
        self.failing = Some(Failing { since, last });
        let reason = if outcome.is_gone() {
            DisableReason::Gone
        } else if last.millis_since(since) >= ENDPOINT_FAILING_MAX_MS {
            DisableReason::Failing
        } else {
            return None;
        };
        if !self.is_enabled() {
            return None;
        }
        self.state = EndpointState::Disabled { at: now, reason };
        self.events = self.events.saturating_add(1);
        Some(reason)
    }

    /// Whether noting this changes something that is worth a write: a success after a failure, or
    /// a failure. A row of failures is written down now and then, not each time.
    #[must_use]
    pub fn is_news(&self, outcome: AttemptOutcome, now: Timestamp) -> bool {
        match (outcome.is_success(), &self.failing) {
            (true, failing) => failing.is_some(),
            (false, None) => true,
            (false, Some(known)) => {
                outcome.is_gone() || now.millis_since(known.last) >= NOTED_EVERY_MS
            }
        }
    }
}

/// How often a row of failures is written down, milliseconds: often enough to tell days apart.
const NOTED_EVERY_MS: u64 = 10 * 60 * 1000;
