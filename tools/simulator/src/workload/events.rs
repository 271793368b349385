//! Endpoints for events, and a courier that brings them through all kinds of weather.

use std::rc::Rc;

use feiqian_flows::{
    Courier, CreateEndpointRequest, EventPosition, EventsQuery, FlowError, Parcel, Platform as _,
    change_endpoint, create_endpoint, list_endpoints, ping_endpoint, remove_endpoint, replay_range,
    rotate_secret, run_deliveries,
};
use feiqian_ledger::event::{AttemptOutcome, Delivered};
use feiqian_ledger::{EndpointId, EventType};

use super::requests::partner;
use super::{Request, Workload};
use crate::auditor::check_error;
use crate::clock::HOUR_MS;
use crate::platform::Machine;
use crate::world::World;

/// What somebody asks for about events.
#[derive(Debug, Clone)]
pub enum EventRequest {
    /// Run the worker of the outbox.
    Deliver,
    /// Make an endpoint.
    Create(CreateEndpointRequest),
    /// Enable an endpoint again, with another filter.
    Change(EndpointId, Vec<EventType>),
    /// Remove an endpoint.
    Remove(EndpointId),
    /// Give an endpoint another secret.
    Rotate(EndpointId),
    /// Send an event to see whether it arrives.
    Ping(EndpointId),
    /// Send today's events once more.
    Replay(EndpointId),
}

/// Brings events to endpoints that answer as the dice say.
struct SimCourier(Rc<World>);

impl Courier for SimCourier {
    async fn deliver(&self, parcel: &Parcel<'_>) -> Delivered {
        let world = &self.0;
        world.point().await;
        world.audit(|auditor| auditor.saw_delivery(parcel.event.id.as_str()));
        let (outcome, retry_after_ms) = match world.dice.below(12) {
            _ if !world.faults.are_on() => (AttemptOutcome::Status(200), None),
            0 => (AttemptOutcome::Status(410), None),
            1 => (AttemptOutcome::Status(503), Some(world.dice.between(0, 2 * HOUR_MS))),
            2 => (AttemptOutcome::Status(302), None),
            3 => (AttemptOutcome::TimedOut, None),
            4 => (AttemptOutcome::Unreached, None),
            _ => (AttemptOutcome::Status(204), None),
        };
        world.note(|| format!("event {} to {}: {outcome:?}", parcel.event.id, parcel.url));
        world.point().await;
        Delivered { outcome, retry_after_ms, took_ms: 1 }
    }
}

impl Workload {
    /// Something that a partner does with its endpoints.
    pub(super) async fn keep_events(
        &self,
        machine: &Machine,
        request: EventRequest,
    ) -> Result<(), FlowError> {
        let Some(partner) = partner() else { return Ok(()) };
        let keys = &self.region.vault.seal;
        match request {
            EventRequest::Deliver => {
                let courier = SimCourier(Rc::clone(&self.world));
                let calendar = self.region.policy.calendar;
                let run = run_deliveries(machine, calendar, keys, &courier).await?;
                for (name, error) in &run.failures {
                    self.world.note(|| format!("the outbox failed at {name}: {error}"));
                    self.world.audit(|_| check_error(error, &[]));
                }
            }
            EventRequest::Create(asked) => {
                let made = create_endpoint(machine, keys, asked).await?;
                self.state.borrow_mut().endpoints.push(made.endpoint.id);
            }
            EventRequest::Change(id, types) => {
                let what = ("https://shop.example/other".to_owned(), types, true);
                change_endpoint(machine, &partner, &id, what).await?;
            }
            EventRequest::Remove(id) => remove_endpoint(machine, &partner, &id).await?,
            EventRequest::Rotate(id) => {
                rotate_secret(machine, keys, &partner, &id).await?;
            }
            EventRequest::Ping(id) => {
                ping_endpoint(machine, &partner, &id).await?;
            }
            EventRequest::Replay(id) => {
                list_endpoints(machine, &partner).await?;
                let day = self.region.policy.calendar.day(machine.now());
                let after = EventPosition::default();
                let query = EventsQuery { partner, day, kind: None, after, limit: 5 };
                replay_range(machine, &query, &id).await?;
            }
        }
        Ok(())
    }

    /// What a partner does next with its endpoints.
    pub(super) fn new_event_request(&self) -> Option<Request> {
        let dice = &self.world.dice;
        let mut state = self.state.borrow_mut();
        let known = dice.pick(&state.endpoints).cloned();
        let filters = [Vec::new(), vec![EventType::OrderPaid, EventType::RefundSucceeded]];
        let request = match (dice.below(9), known) {
            (0, Some(id)) => EventRequest::Change(id, dice.pick(&filters)?.clone()),
            (1, Some(id)) => EventRequest::Remove(id),
            (2, Some(id)) => EventRequest::Rotate(id),
            (3, Some(id)) => EventRequest::Ping(id),
            (4, Some(id)) => EventRequest::Replay(id),
            _ => EventRequest::Create(CreateEndpointRequest {
                partner: partner()?,
                key: state.next_key(),
                url: "https://shop.example/events".to_owned(),
                types: dice.pick(&filters)?.clone(),
            }),
        };
        Some(Request::Event(request))
    }
}
