//! Steps 6 to 9: events are sent to endpoints.

use std::slice;

use feiqian_calendar::Timestamp;
use feiqian_identity::SealKeys;
use feiqian_ledger::event::{
    Attempt, AttemptOutcome, Attempts, Delivered, DisableReason, Endpoint, EndpointState,
    after_attempt,
};
use feiqian_ledger::{DELIVERY_ATTEMPT_SLOTS, Document, EndpointId, Event, EventId};
use feiqian_store::{Pending, Store};
use futures::future::join_all;

use super::endpoints::places_of;
use super::{DELIVERY_BATCH_MAX, DeliveryRun, Errand, postpone, set};
use crate::documents::{Decision, change, load, load_many};
use crate::pages::add_line;
use crate::{FlowError, Platform};

/// Endpoints that a run sends to at once: a slow one holds up only itself, and the run is over
/// when the slowest has answered.
pub const DELIVERY_ENDPOINTS_MAX: usize = 16;

/// Attempts of a run at one endpoint: the next run is a second away, and others have their turn.
const ATTEMPTS_MAX: usize = 65;

/// Attempts at one endpoint at once, after one that was answered: as many as a small server takes.
const AT_ONCE_MAX: usize = 8;

/// How long a run begins attempts, milliseconds: with the time that the last one may take it stays
/// within a request's.
const RUN_BEGINS_MS: u64 = 5_000;

/// How long an endpoint that does not answer is left alone at least, milliseconds.
const HELD_BACK_MS: u64 = 5_000;

/// An event on its way to an endpoint.
#[derive(Debug)]
pub struct Parcel<'a> {
    /// The event.
    pub event: &'a Event,
    /// Where it goes.
    pub url: &'a str,
    /// The secrets that sign it, `whsec_` and base64, the one in use first.
    pub secrets: Vec<String>,
    /// When this attempt is made.
    pub at: Timestamp,
}

/// Who brings events to endpoints.
pub trait Courier {
    /// Brings an event to an endpoint, within a bounded time, and says what became of it.
    async fn deliver(&self, parcel: &Parcel<'_>) -> Delivered;
}

/// An event that is due at an endpoint.
struct Task {
    pending: Pending,
    event: EventId,
    tries: u32,
    replay: bool,
}

/// What is due at one endpoint, the longest due first.
struct Round {
    key: String,
    endpoint: Endpoint,
    tasks: Vec<Task>,
}

/// What became of a round.
#[derive(Default)]
struct RoundReport {
    delivered: usize,
    failed: usize,
    failure: Option<(String, FlowError)>,
}

impl RoundReport {
    fn count(&mut self, attempt: Option<&Attempt>) {
        match attempt {
            Some(attempt) if attempt.outcome.is_success() => self.delivered += 1,
            Some(_) => self.failed += 1,
            None => {}
        }
    }
}

/// What became of an errand.
#[derive(Default)]
struct Done {
    /// The attempt, if one was made.
    attempt: Option<Attempt>,
    /// Whether the endpoint is to be left alone for a while.
    leave_alone: bool,
    /// The endpoint as it is now, if it was changed.
    endpoint: Option<Endpoint>,
}

pub(super) async fn deliver<P: Platform, C: Courier>(
    platform: &P,
    keys: &SealKeys,
    courier: &C,
    due: Vec<Pending>,
    started: Timestamp,
    run: &mut DeliveryRun,
) -> Result<(), FlowError> {
    let rounds = rounds(platform, due).await?;
    let runner = Runner { platform, keys, courier, started };
    let reports = join_all(rounds.into_iter().map(|round| {
        let runner = &runner;
        async move { runner.round(round).await }
    }));
    for report in reports.await {
        run.delivered += report.delivered;
        run.failed += report.failed;
        run.failures.extend(report.failure);
    }
    Ok(())
}

/// What is due at the endpoints that have waited longest. Errands whose endpoint is not there any
/// more go.
async fn rounds<P: Platform>(platform: &P, due: Vec<Pending>) -> Result<Vec<Round>, FlowError> {
    let mut waiting: Vec<(EndpointId, Vec<Task>)> = Vec::new();
    for pending in due {
        let (event, endpoint, tries, replay) = match Errand::parse(&pending) {
            Some((Errand::Delivery { event, endpoint }, tries)) => (event, endpoint, tries, false),
            Some((Errand::Replay { event, endpoint }, tries)) => (event, endpoint, tries, true),
            _ => continue,
        };
        let task = Task { pending, event, tries, replay };
        match waiting.iter().position(|(known, _)| *known == endpoint) {
            Some(place) if waiting[place].1.len() < DELIVERY_BATCH_MAX => {
                waiting[place].1.push(task);
            }
            None if waiting.len() < DELIVERY_ENDPOINTS_MAX => waiting.push((endpoint, vec![task])),
            Some(_) | None => {}
        }
    }
    // One event of each says whose the endpoint is; it was written before its errand.
    let firsts = waiting.iter().filter_map(|(_, tasks)| Some(Event::key(&tasks.first()?.event)));
    let firsts = load_many::<P, Event>(platform, &firsts.collect::<Vec<_>>()).await?;
    let mut rounds = Vec::with_capacity(waiting.len());
    for ((endpoint, tasks), event) in waiting.into_iter().zip(firsts) {
        let Some(event) = event else { continue };
        let places = places_of(platform, &event.partner).await?;
        let mut known = (0_u8..).zip(places).filter_map(|(place, known)| Some((place, known?)));
        match known.find(|(_, known)| known.id == endpoint && !known.is_removed()) {
            Some((place, endpoint)) => {
                rounds.push(Round { key: Endpoint::key(&event.partner, place), endpoint, tasks });
            }
            None => {
                let gone: Vec<Pending> = tasks.into_iter().map(|task| task.pending).collect();
                platform.store().outbox_done(&gone).await?;
            }
        }
    }
    Ok(rounds)
}

struct Runner<'a, P, C> {
    platform: &'a P,
    keys: &'a SealKeys,
    courier: &'a C,
    started: Timestamp,
}

impl<P: Platform, C: Courier> Runner<'_, P, C> {
    /// One endpoint's attempts: one, and if that is answered, more of them at once. The first that
    /// gets no answer holds the rest back: they are put off without an attempt.
    async fn round(&self, round: Round) -> RoundReport {
        let mut report = RoundReport::default();
        let Round { key, mut endpoint, tasks } = round;
        let mut tasks = tasks.into_iter();
        let (mut made, mut at_once) = (0, 1);
        let mut held_until = None;
        while made < ATTEMPTS_MAX && held_until.is_none() {
            let late = self.platform.now().millis_since(self.started) > RUN_BEGINS_MS;
            let some: Vec<Task> = tasks.by_ref().take(if late { 0 } else { at_once }).collect();
            if some.is_empty() {
                return report;
            }
            made += some.len();
            at_once = AT_ONCE_MAX;
            let known = &endpoint;
            let attempts = some.iter().map(|task| self.attempt(&key, known, task));
            let mut changed = None;
            for (task, done) in some.iter().zip(join_all(attempts).await) {
                match done {
                    Ok(Done { attempt, leave_alone, endpoint }) => {
                        report.count(attempt.as_ref());
                        let rest = self.platform.now().plus_millis(HELD_BACK_MS);
                        let next = attempt.and_then(|attempt| attempt.next_at).unwrap_or(rest);
                        held_until = held_until.max(leave_alone.then(|| next.max(rest)));
                        changed = endpoint.or(changed);
                    }
                    Err(error) => {
                        report.failure = Some((task.pending.name.clone(), error));
                        return report;
                    }
                }
            }
            endpoint = changed.unwrap_or(endpoint);
        }
        for (task, until) in tasks.zip(std::iter::repeat(held_until)) {
            let Some(until) = until else { break };
            if let Err(error) = self.hold_back(&task, &endpoint, until).await {
                report.failure = Some((task.pending.name, error));
                break;
            }
        }
        report
    }

    async fn hold_back(
        &self,
        task: &Task,
        endpoint: &Endpoint,
        until: Timestamp,
    ) -> Result<(), FlowError> {
        postpone(self.platform, &task.pending, &self.errand(task, endpoint).mark(until, task.tries))
            .await
    }

    fn errand(&self, task: &Task, endpoint: &Endpoint) -> Errand {
        let (event, endpoint) = (task.event.clone(), endpoint.id.clone());
        if task.replay {
            Errand::Replay { event, endpoint }
        } else {
            Errand::Delivery { event, endpoint }
        }
    }

    async fn attempt(
        &self,
        key: &str,
        endpoint: &Endpoint,
        task: &Task,
    ) -> Result<Done, FlowError> {
        let (platform, store) = (self.platform, self.platform.store());
        if !endpoint.is_enabled() {
            // A partner that enables it again asks for what it has missed.
            tell_disabled(platform, endpoint).await?;
            store.outbox_done(slice::from_ref(&task.pending)).await?;
            return Ok(Done::default());
        }
        let event: Option<Event> = load(platform, &Event::key(&task.event)).await?;
        let event = event.ok_or(FlowError::DocumentMissing)?;
        let at = platform.now();
        let delivered = self.send(endpoint, &event, at).await;
        let mut random = [0; 8];
        platform.fill_random(&mut random);
        let number = task.tries.saturating_add(1);
        let random = u64::from_le_bytes(random);
        let mut attempt = after_attempt(at, number, task.replay, &delivered, random);
        let outcome = attempt.outcome;
        let mut changed = None;
        if endpoint.is_news(outcome, at) {
            let now = note(platform, key, endpoint, outcome).await?;
            tell_disabled(platform, &now).await?;
            if !now.is_enabled() {
                attempt.next_at = None;
            }
            changed = Some(now);
        }
        write_down(platform, &task.event, &endpoint.id, &attempt).await?;
        match attempt.next_at {
            Some(due) => {
                let next = self.errand(task, endpoint).mark(due, number);
                postpone(platform, &task.pending, &next).await?;
            }
            None => store.outbox_done(slice::from_ref(&task.pending)).await?,
        }
        let silent = outcome.status().is_none() || delivered.retry_after_ms.is_some();
        let leave_alone = silent && !outcome.is_success();
        Ok(Done { attempt: Some(attempt), leave_alone, endpoint: changed })
    }

    async fn send(&self, endpoint: &Endpoint, event: &Event, at: Timestamp) -> Delivered {
        let context = Endpoint::seal_context(&endpoint.id);
        let opened = endpoint.signing(at).map(|sealed| self.keys.open(&context, sealed));
        match opened.collect::<Result<Vec<String>, _>>() {
            Ok(secrets) if !secrets.is_empty() => {
                let parcel = Parcel { event, url: &endpoint.url, secrets, at };
                self.courier.deliver(&parcel).await
            }
            _ => Delivered { outcome: AttemptOutcome::Unsent, retry_after_ms: None, took_ms: 0 },
        }
    }
}

/// Step 8: in one swap of the endpoint, unless another has taken its place.
async fn note<P: Platform>(
    platform: &P,
    key: &str,
    endpoint: &Endpoint,
    outcome: AttemptOutcome,
) -> Result<Endpoint, FlowError> {
    let now = platform.now();
    change(platform, key, async |known: &mut Endpoint| {
        if known.id != endpoint.id || known.is_removed() {
            return Ok(Decision::Keep(endpoint.clone()));
        }
        known.note(outcome, now);
        Ok(Decision::Write(known.clone()))
    })
    .await
}

/// Tells its partner's other endpoints that one is disabled. The errand comes before the event: one
/// that is written has it. Whoever dies in between is followed by the next errand of the endpoint.
async fn tell_disabled<P: Platform>(platform: &P, endpoint: &Endpoint) -> Result<(), FlowError> {
    let EndpointState::Disabled { at, reason } = &endpoint.state else { return Ok(()) };
    if *reason == DisableReason::Partner {
        return Ok(());
    }
    let event = Event::of_disabled(endpoint, *reason, *at);
    let key = Event::key(&event.id);
    if platform.store().read(&key).await?.is_some() {
        return Ok(());
    }
    let errand = Errand::Event(event.id.clone());
    set(platform, &errand).await?;
    Ok(platform.store().put(&key, &event.encode()?).await?)
}

/// Step 7.
async fn write_down<P: Platform>(
    platform: &P,
    event: &EventId,
    endpoint: &EndpointId,
    attempt: &Attempt,
) -> Result<(), FlowError> {
    let slots = (0..DELIVERY_ATTEMPT_SLOTS).map(|slot| Attempts::key(event, endpoint, slot));
    let new = Attempts::new(attempt.clone());
    add_line(platform, slots, &new, |attempts: &mut Attempts| {
        attempts.add(attempt.clone());
        true
    })
    .await
}
