//! Partners are told of what happened: whatever dies, at least once, and never of what did not.

use crate::settling;
use crate::world::{Family, World, merchant, policy, run, vault};
use feiqian_calendar::{Calendar, Timestamp};
use feiqian_flows::{
    Courier, CreateEndpointRequest, DeliveryRun, EventPosition, EventsQuery, FlowError, Parcel,
    Platform as _, RefundRequest, Subject, Vault, change_endpoint, close_case, close_order,
    create_endpoint, finish_payment, list_endpoints, list_events, load_attempts, load_endpoint,
    load_event, ping_endpoint, refund_order, remove_endpoint, replay_event, replay_range,
    report_operation, reseal, rotate_secret, run_deliveries, settle_refund, settle_report,
};
use feiqian_identity::SealKeys;
use feiqian_ledger::account::{CaseOutcome, ReportReason};
use feiqian_ledger::event::{AttemptOutcome, Delivered, DisableReason, Endpoint, EndpointState};
use feiqian_ledger::{
    ENDPOINTS_MAX, EVENT_PAGE_LINES, EndpointId, Event, EventId, EventType, OperationId, OrderId,
    PartnerId, Refusal, Region,
};
use feiqian_limits::AccountClass;
use feiqian_money::Amount;
use feiqian_store::Store as _;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// More calls than any of these flows makes.
const CALLS_MAX: usize = 80;
const HOUR_MS: u64 = 60 * 60 * 1000;

/// A receiver that answers what it is told to, and keeps what it got.
#[derive(Default)]
struct Receiver {
    answers: RefCell<BTreeMap<String, AttemptOutcome>>,
    retry_after_ms: RefCell<Option<u64>>,
    got: RefCell<Vec<(String, EventId, Vec<String>)>>,
}

impl Receiver {
    fn answer(&self, url: &str, outcome: AttemptOutcome) {
        self.answers.borrow_mut().insert(url.to_owned(), outcome);
    }

    /// The types that a URL got, in order.
    fn got(&self, world: &World, url: &str) -> Vec<EventType> {
        let got = self.got.borrow();
        let of_url = got.iter().filter(|(to, ..)| to == url);
        of_url.map(|(_, event, _)| event_of(world, event).kind).collect()
    }
}

impl Courier for Receiver {
    async fn deliver(&self, parcel: &Parcel<'_>) -> Delivered {
        let got = (parcel.url.to_owned(), parcel.event.id.clone(), parcel.secrets.clone());
        self.got.borrow_mut().push(got);
        let answers = self.answers.borrow();
        let outcome = answers.get(parcel.url).copied().unwrap_or(AttemptOutcome::Status(200));
        Delivered { outcome, retry_after_ms: *self.retry_after_ms.borrow(), took_ms: 10 }
    }
}

fn partner() -> PartnerId {
    PartnerId::parse("par_demo").unwrap()
}

fn deliver(world: &World, receiver: &Receiver) -> Option<DeliveryRun> {
    let keys = vault().seal;
    run(run_deliveries(world, Calendar::CHINA, &keys, receiver)).map(|report| report.unwrap())
}

/// Lets the worker of the outbox run until nothing is due for a day.
fn deliver_all(world: &World, receiver: &Receiver) {
    for _ in 0..40 {
        let report = deliver(world, receiver).unwrap();
        assert_eq!(report.failures, []);
        world.clock.set(world.clock.get() + HOUR_MS);
    }
}

fn outbox(world: &World) -> usize {
    run(world.store.inner.outbox_due(Timestamp::MAX, 1_000)).unwrap().unwrap().len()
}

fn event_of(world: &World, id: &EventId) -> Event {
    run(load_event(world, &partner(), id)).unwrap().unwrap()
}

/// Everything that is listed on some days from now back.
fn listed(world: &World) -> Vec<Event> {
    let mut events = Vec::new();
    for day in 0..4 {
        let at = Timestamp::from_millis(world.clock.get() - day * 24 * HOUR_MS);
        let (mut after, day) = (EventPosition::default(), Calendar::CHINA.day(at));
        loop {
            let query = EventsQuery { partner: partner(), day, kind: None, after, limit: 2 };
            let page = run(list_events(world, &query)).unwrap().unwrap();
            events.extend(page.events);
            assert_eq!(EventPosition::from_number(page.next.number()), page.next);
            after = page.next;
            if !page.has_more {
                break;
            }
        }
    }
    events
}

/// Type, object and sequence of each event that is listed, once each, in order of the object.
fn facts(world: &World) -> Vec<(EventType, String, u32)> {
    let known = listed(world).into_iter().map(|e| (e.kind, e.object, e.sequence));
    let mut known: Vec<_> = known.collect();
    known.sort_by(|a, b| (&a.1, a.2).cmp(&(&b.1, b.2)));
    known.dedup();
    known
}

fn endpoint(world: &World, key: &str, types: &[EventType]) -> Endpoint {
    let request = CreateEndpointRequest {
        partner: partner(),
        key: key.into(),
        url: format!("https://{key}.example/"),
        types: types.to_vec(),
    };
    run(create_endpoint(world, &vault().seal, request)).unwrap().unwrap().endpoint
}

fn url(key: &str) -> String {
    format!("https://{key}.example/")
}

fn funded() -> (World, Family) {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    world.fund(&family, "t", 10_000);
    (world, family)
}

fn pay(world: &World, family: &Family, key: &str, fen: i64) -> OrderId {
    let order = world.order(key, fen);
    let paid = world.pay(world.pay_request(family, key, &order, fen)).unwrap().unwrap();
    world.settle(&paid);
    order
}

fn refund_request(order: &OrderId, key: &str, fen: i64) -> RefundRequest {
    RefundRequest {
        partner: partner(),
        key: key.into(),
        order: order.clone(),
        amount: Amount::from_minor(fen),
        reason: "Cold".into(),
    }
}

#[test]
fn what_happens_to_an_order_is_told_in_an_order_that_shows_gaps() {
    let (world, family) = funded();
    let order = pay(&world, &family, "o", 700);
    let refunded = run(refund_order(&world, &policy(), refund_request(&order, "r1", 300)));
    let mark = refunded.unwrap().unwrap().unsettled.unwrap();
    run(settle_refund(&world, &policy(), &mark)).unwrap().unwrap();
    let refused = run(refund_order(&world, &policy(), refund_request(&order, "r2", 9_999)));
    assert!(matches!(refused.unwrap(), Err(FlowError::Refused { .. })));
    let unpaid = world.order("c", 100);
    run(close_order(&world, &partner(), &unpaid)).unwrap().unwrap();
    deliver_all(&world, &Receiver::default());
    let mut expected = vec![
        (EventType::OrderPaid, order.to_string(), 1),
        (EventType::RefundSucceeded, order.to_string(), 2),
        (EventType::RefundRefused, order.to_string(), 3),
        (EventType::OrderClosed, unpaid.to_string(), 1),
    ];
    expected.sort_by(|a, b| (&a.1, a.2).cmp(&(&b.1, b.2)));
    assert_eq!(facts(&world), expected);
    assert_eq!(outbox(&world), 0);
    assert_eq!(world.pending(), 0);
}

#[test]
fn a_payment_that_dies_at_any_call_is_told_if_and_only_if_it_happened() {
    for calls in 0..CALLS_MAX {
        let (world, family) = funded();
        endpoint(&world, "shop", &[]);
        let receiver = Receiver::default();
        let order = world.order("o", 700);
        world.die_after(Some(calls));
        let answered = world.pay(world.pay_request(&family, "p", &order, 700));
        let mut finished = false;
        if let Some(Ok(paid)) = &answered {
            finished = run(finish_payment(&world, paid.unsettled.clone().unwrap())).is_some();
        }
        finished = finished && deliver(&world, &receiver).is_some();
        world.die_after(None);
        world.work_until_quiet();
        deliver_all(&world, &receiver);
        let paid = world.load_order(&order).payment().is_some();
        let told = facts(&world).contains(&(EventType::OrderPaid, order.to_string(), 1));
        assert_eq!(told, paid, "died after {calls}");
        assert_eq!(!receiver.got(&world, &url("shop")).is_empty(), paid, "died after {calls}");
        assert_eq!(outbox(&world), 0, "died after {calls}");
        if finished {
            return;
        }
    }
    panic!("the payment never ran to its end");
}

#[test]
fn a_run_tells_all_that_a_busy_second_brings_in_few_round_trips() {
    const PAYMENTS: usize = 300;
    let (world, family) = funded();
    for number in 0..PAYMENTS {
        pay(&world, &family, &format!("o{number}"), 1);
    }
    let before = world.calls();
    assert_eq!(deliver(&world, &Receiver::default()).unwrap().told, PAYMENTS);
    let calls = world.calls() - before;
    // Three batches: each reads orders and the endpoints' places, and writes events, log and marks.
    assert!(calls < 60, "{calls}");
    assert_eq!(outbox(&world), 0);
    assert_eq!(facts(&world).len(), PAYMENTS);
}

#[test]
fn a_closing_that_dies_at_any_call_is_told_if_the_order_is_closed() {
    for calls in 0..CALLS_MAX {
        let (world, _) = funded();
        let order = world.order("o", 700);
        world.die_after(Some(calls));
        let finished = run(close_order(&world, &partner(), &order)).is_some();
        world.die_after(None);
        let closed = !world.load_order(&order).is_open();
        deliver_all(&world, &Receiver::default());
        let told = facts(&world).contains(&(EventType::OrderClosed, order.to_string(), 1));
        assert!(told || !closed, "died after {calls}");
        assert_eq!(outbox(&world), 0, "an order that nobody closes ends; died after {calls}");
        if finished {
            assert!(closed && told);
            return;
        }
    }
    panic!("the closing never ran to its end");
}

#[test]
fn a_refund_that_dies_at_any_call_is_told_once_it_has_ended() {
    for (fen, kind) in [(300, EventType::RefundSucceeded), (9_000, EventType::RefundRefused)] {
        let mut finished = false;
        for calls in 0..CALLS_MAX {
            let (world, family) = funded();
            let order = pay(&world, &family, "o", 700);
            world.die_after(Some(calls));
            let answer = run(refund_order(&world, &policy(), refund_request(&order, "r", fen)));
            finished = match &answer {
                Some(Ok(refunded)) => {
                    let mark = refunded.unsettled.as_ref().unwrap();
                    run(settle_refund(&world, &policy(), mark)).is_some()
                }
                other => other.is_some(),
            };
            world.die_after(None);
            world.work_until_quiet();
            deliver_all(&world, &Receiver::default());
            let known = facts(&world).into_iter().find(|(.., sequence)| *sequence == 2);
            let refunds = world.load_order(&order).refunds().len();
            assert_eq!(known.is_some(), refunds == 1, "died after {calls}");
            if answer.is_some() {
                assert_eq!(known.unwrap().0, kind, "died after {calls}");
            }
            if finished {
                break;
            }
        }
        assert!(finished, "the refund never ran to its end");
    }
}

#[test]
fn a_delivery_that_dies_at_any_call_arrives_at_least_once_and_is_written_down() {
    for calls in 0..CALLS_MAX {
        let (world, family) = funded();
        let known = endpoint(&world, "shop", &[]);
        let order = pay(&world, &family, "o", 700);
        let receiver = Receiver::default();
        world.die_after(Some(calls));
        let finished = deliver(&world, &receiver).is_some();
        world.die_after(None);
        deliver_all(&world, &receiver);
        let got = receiver.got(&world, &url("shop"));
        assert!(!got.is_empty() && got.iter().all(|kind| *kind == EventType::OrderPaid));
        assert_eq!(facts(&world), [(EventType::OrderPaid, order.to_string(), 1)]);
        let event = listed(&world).remove(0).id;
        let attempts = run(load_attempts(&world, &partner(), &event)).unwrap().unwrap();
        assert_eq!(attempts[0].0, known.id);
        let last = attempts[0].1.last().unwrap();
        assert!(last.outcome.is_success() && last.next_at.is_none(), "died after {calls}");
        assert_eq!(outbox(&world), 0, "died after {calls}");
        if finished {
            assert_eq!(got.len(), 1, "undisturbed, it arrives once");
            return;
        }
    }
    panic!("the delivery never ran to its end");
}

#[test]
fn an_endpoint_gets_the_schedule_and_then_no_more() {
    let (world, family) = funded();
    endpoint(&world, "shop", &[]);
    pay(&world, &family, "o", 700);
    let receiver = Receiver::default();
    receiver.answer(&url("shop"), AttemptOutcome::Status(500));
    let mut waits = Vec::new();
    let mut last = world.clock.get();
    while outbox(&world) > 0 {
        let before = receiver.got.borrow().len();
        deliver(&world, &receiver).unwrap();
        if receiver.got.borrow().len() > before {
            waits.push((world.clock.get() - last) / 1_000);
            last = world.clock.get();
        }
        world.clock.set(world.clock.get() + 1_000);
        let next = run(world.store.inner.outbox_due(Timestamp::MAX, 1)).unwrap().unwrap();
        if let Some(next) = next.first() {
            world.clock.set(world.clock.get().max(next.due.as_millis()));
        }
    }
    assert_eq!(waits.len(), 10);
    for (wait, least) in
        waits[1..].iter().zip([5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400])
    {
        assert!((least..=least + least / 10 + 2).contains(wait), "{wait} for {least}");
    }
    let event = listed(&world).remove(0).id;
    let attempts = run(load_attempts(&world, &partner(), &event)).unwrap().unwrap();
    let numbers: Vec<u32> = attempts[0].1.iter().map(|attempt| attempt.number).collect();
    assert_eq!(numbers, (1..=10).collect::<Vec<_>>());
    assert!(attempts[0].1[9].next_at.is_none());
    assert!(list(&world)[0].is_enabled(), "three days are not five");
}

fn list(world: &World) -> Vec<Endpoint> {
    run(list_endpoints(world, &partner())).unwrap().unwrap()
}

#[test]
fn retry_after_is_honoured_and_holds_the_endpoints_other_events_back() {
    let (world, family) = funded();
    endpoint(&world, "shop", &[]);
    pay(&world, &family, "o1", 100);
    pay(&world, &family, "o2", 200);
    let receiver = Receiver::default();
    receiver.answer(&url("shop"), AttemptOutcome::Status(503));
    *receiver.retry_after_ms.borrow_mut() = Some(HOUR_MS);
    deliver(&world, &receiver).unwrap();
    assert_eq!(receiver.got.borrow().len(), 1, "the second is not tried");
    world.clock.set(world.clock.get() + HOUR_MS - 1);
    deliver(&world, &receiver).unwrap();
    assert_eq!(receiver.got.borrow().len(), 1);
    receiver.answer(&url("shop"), AttemptOutcome::Status(200));
    *receiver.retry_after_ms.borrow_mut() = None;
    world.clock.set(world.clock.get() + 1_000);
    deliver(&world, &receiver).unwrap();
    assert_eq!(receiver.got.borrow().len(), 3);
    assert_eq!(outbox(&world), 0);
}

#[test]
fn an_endpoint_that_is_gone_is_disabled_and_the_others_hear_of_it_once() {
    for calls in 0..CALLS_MAX {
        let (world, family) = funded();
        let gone = endpoint(&world, "gone", &[]);
        endpoint(&world, "other", &[EventType::RefundRefused]);
        pay(&world, &family, "o1", 100);
        pay(&world, &family, "o2", 100);
        let receiver = Receiver::default();
        receiver.answer(&url("gone"), AttemptOutcome::Status(410));
        world.die_after(Some(calls));
        let finished = deliver(&world, &receiver).is_some();
        world.die_after(None);
        deliver_all(&world, &receiver);
        let known = run(load_endpoint(&world, &partner(), &gone.id)).unwrap().unwrap();
        let EndpointState::Disabled { reason, .. } = known.state else { panic!("{known:?}") };
        assert_eq!(reason, DisableReason::Gone);
        let heard = receiver.got(&world, &url("other"));
        assert!(heard.contains(&EventType::EndpointDisabled), "died after {calls}");
        assert!(heard.iter().all(|kind| *kind == EventType::EndpointDisabled));
        assert_eq!(outbox(&world), 0, "died after {calls}");
        if finished {
            assert_eq!(heard.len(), 1);
            return;
        }
    }
    panic!("the run never came to its end");
}

#[test]
fn an_endpoint_at_which_nothing_arrives_for_days_is_disabled_and_enabled_again() {
    let (world, family) = funded();
    let known = endpoint(&world, "shop", &[]);
    let receiver = Receiver::default();
    receiver.answer(&url("shop"), AttemptOutcome::TimedOut);
    let mut hours = 0;
    while list(&world)[0].is_enabled() {
        if hours % 24 == 0 {
            pay(&world, &family, &format!("o{hours}"), 1);
        }
        deliver(&world, &receiver).unwrap();
        world.clock.set(world.clock.get() + HOUR_MS);
        hours += 1;
        assert!(hours < 24 * 8, "it is disabled in time");
    }
    assert!(hours >= 24 * 5, "disabled after {hours} hours");
    let first = listed(&world).remove(0).id;
    let again = run(replay_event(&world, &partner(), &first, &known.id));
    assert_eq!(again.unwrap(), Err(Refusal::EndpointDisabled.into()));
    receiver.answer(&url("shop"), AttemptOutcome::Status(200));
    let enabled = (url("shop"), vec![], true);
    let change = run(change_endpoint(&world, &partner(), &known.id, enabled));
    assert!(change.unwrap().unwrap().is_enabled());
    let before = receiver.got.borrow().len();
    let day = Calendar::CHINA.day(Timestamp::from_millis(world.clock.get() - 24 * HOUR_MS));
    let query = EventsQuery {
        partner: partner(),
        day,
        kind: None,
        after: EventPosition::default(),
        limit: 100,
    };
    let range = run(replay_range(&world, &query, &known.id)).unwrap().unwrap();
    assert!(range.replayed >= 1 && !range.has_more);
    deliver_all(&world, &receiver);
    assert!(receiver.got.borrow().len() >= before + range.replayed);
}

#[test]
fn a_filter_and_a_ping_and_a_replay_reach_one_endpoint() {
    let (world, family) = funded();
    let all = endpoint(&world, "all", &[]);
    let closed = endpoint(&world, "closed", &[EventType::OrderClosed]);
    pay(&world, &family, "o", 100);
    let receiver = Receiver::default();
    deliver_all(&world, &receiver);
    assert_eq!(receiver.got(&world, &url("all")), [EventType::OrderPaid]);
    assert!(receiver.got(&world, &url("closed")).is_empty());
    let event = listed(&world).remove(0).id;
    run(replay_event(&world, &partner(), &event, &closed.id)).unwrap().unwrap();
    run(ping_endpoint(&world, &partner(), &all.id)).unwrap().unwrap();
    deliver_all(&world, &receiver);
    assert_eq!(receiver.got(&world, &url("closed")), [EventType::OrderPaid]);
    let got = receiver.got(&world, &url("all"));
    assert_eq!(got, [EventType::OrderPaid, EventType::EndpointPinged]);
    assert_eq!(listed(&world).len(), 1, "a ping is no event of the day");
}

#[test]
fn events_are_signed_by_both_secrets_while_one_is_replaced() {
    let (world, family) = funded();
    let known = endpoint(&world, "shop", &[]);
    let first = run(rotate_secret(&world, &vault().seal, &partner(), &known.id)).unwrap().unwrap();
    pay(&world, &family, "o1", 100);
    let receiver = Receiver::default();
    deliver(&world, &receiver).unwrap();
    let secrets = receiver.got.borrow()[0].2.clone();
    assert_eq!(secrets.len(), 2);
    assert_eq!(secrets[0], first.secret);
    assert_ne!(secrets[0], secrets[1]);
    world.clock.set(world.clock.get() + 24 * HOUR_MS);
    pay(&world, &family, "o2", 100);
    deliver(&world, &receiver).unwrap();
    assert_eq!(receiver.got.borrow()[1].2, [first.secret]);
}

#[test]
fn endpoints_are_made_once_and_as_many_as_there_are_places() {
    let world = World::new();
    let request = |key: &str, url: &str| CreateEndpointRequest {
        partner: partner(),
        key: key.into(),
        url: url.into(),
        types: Vec::new(),
    };
    let make = |key: &str, url: &str| {
        run(create_endpoint(&world, &vault().seal, request(key, url))).unwrap()
    };
    let first = make("k0", "https://a.example/").unwrap();
    let again = make("k0", "https://a.example/").unwrap();
    assert!(!first.replayed && again.replayed);
    assert_eq!((&first.endpoint.id, &first.secret), (&again.endpoint.id, &again.secret));
    assert_eq!(make("k0", "https://b.example/").unwrap_err(), FlowError::KeyReused);
    for number in 1..ENDPOINTS_MAX {
        make(&format!("k{number}"), "https://a.example/").unwrap();
    }
    assert_eq!(make("k9", "https://a.example/").unwrap_err(), Refusal::EndpointsFull.into());
    run(remove_endpoint(&world, &partner(), &first.endpoint.id)).unwrap().unwrap();
    assert!(make("k9", "https://a.example/").is_ok(), "a removed one makes room");
    let others = PartnerId::parse("par_other").unwrap();
    let lost = run(load_endpoint(&world, &others, &first.endpoint.id)).unwrap();
    assert_eq!(lost, Err(FlowError::NotFound(Subject::Endpoint)));
}

#[test]
fn what_goes_to_a_removed_endpoint_comes_to_nothing() {
    let (world, family) = funded();
    let known = endpoint(&world, "shop", &[]);
    let receiver = Receiver::default();
    receiver.answer(&url("shop"), AttemptOutcome::Status(500));
    pay(&world, &family, "o", 100);
    deliver(&world, &receiver).unwrap();
    run(remove_endpoint(&world, &partner(), &known.id)).unwrap().unwrap();
    deliver_all(&world, &receiver);
    assert_eq!((receiver.got.borrow().len(), outbox(&world)), (1, 0));
}

#[test]
fn a_case_is_told_when_it_opens_and_when_it_is_closed() {
    let (world, family) = funded();
    pay(&world, &family, "p", 100);
    let account = &family.account;
    let operation = OperationId::derive(account.region(), &[account.as_str(), "payment", "p"]);
    let request = feiqian_flows::ReportRequest {
        customer: family.customer.clone(),
        partner: partner(),
        key: "r".into(),
        account: account.clone(),
        operation,
        reason: ReportReason::NotMine,
        description: "I was asleep".into(),
        freeze: false,
    };
    let (made, mark) = run(report_operation(&world, request)).unwrap().unwrap();
    run(settle_report(&world, Calendar::CHINA, &mark.unwrap())).unwrap().unwrap();
    let case = made.document.id;
    run(close_case(&world, account, &case, CaseOutcome::Confirmed, "checked")).unwrap().unwrap();
    deliver_all(&world, &Receiver::default());
    let of_case: Vec<_> =
        facts(&world).into_iter().filter(|(_, object, _)| *object == case.to_string()).collect();
    let expected = [EventType::CaseOpened, EventType::CaseClosed];
    assert_eq!(of_case.iter().map(|fact| fact.0).collect::<Vec<_>>(), expected);
}

#[test]
fn a_busy_day_is_listed_whole_and_in_order() {
    let (world, family) = funded();
    let receiver = Receiver::default();
    let count = EVENT_PAGE_LINES * 2 + 5;
    let mut orders = Vec::new();
    for number in 0..count {
        orders.push(pay(&world, &family, &format!("o{number}"), 1).to_string());
        world.clock.set(world.clock.get() + 1);
        deliver(&world, &receiver).unwrap();
    }
    let found: Vec<String> = listed(&world).into_iter().map(|event| event.object).collect();
    assert_eq!(found, orders);
    let day = Calendar::CHINA.day(world.now());
    let after = EventPosition::default();
    let kind = Some(EventType::OrderClosed);
    let query = EventsQuery { partner: partner(), day, kind, after, limit: 10 };
    let none = run(list_events(&world, &query)).unwrap().unwrap();
    assert!(none.events.is_empty() && !none.has_more);
}

#[test]
fn what_a_partner_is_told_is_its_own() {
    let (world, family) = funded();
    let order = pay(&world, &family, "o", 100);
    deliver(&world, &Receiver::default()).unwrap();
    let event = listed(&world).remove(0);
    assert_eq!((event.object.as_str(), event.partner.clone()), (order.as_str(), partner()));
    let text = serde_json::to_string(&event).unwrap();
    assert!(text.contains(merchant().as_str()) && !text.contains(family.account.as_str()));
    let others = PartnerId::parse("par_other").unwrap();
    let lost = run(load_event(&world, &others, &event.id)).unwrap();
    assert_eq!(lost, Err(FlowError::NotFound(Subject::Event)));
    let unknown = EndpointId::derive(Region::EXAMPLE, &["x"]);
    let lost = run(replay_event(&world, &partner(), &event.id, &unknown)).unwrap();
    assert_eq!(lost, Err(FlowError::NotFound(Subject::Endpoint)));
}

#[test]
fn an_endpoint_is_signed_for_after_the_keys_that_seal_its_secret_were_replaced() {
    let (world, family) = funded();
    endpoint(&world, "shop", &[]);
    let both = r#"{"active":"k2","keys":{
        "k1":"MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE=",
        "k2":"MjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjI="}}"#;
    let new = r#"{"active":"k2","keys":{"k2":"MjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjI="}}"#;
    let rotated = Vault { seal: SealKeys::parse(both).unwrap(), ..vault() };
    let batch = run(reseal(&world, &rotated, "")).unwrap().unwrap();
    assert_eq!((batch.resealed, batch.unopened.len(), batch.next), (2, 0, None));
    pay(&world, &family, "o", 100);
    let (keys, receiver) = (SealKeys::parse(new).unwrap(), Receiver::default());
    run(run_deliveries(&world, Calendar::CHINA, &keys, &receiver)).unwrap().unwrap();
    assert_eq!(receiver.got(&world, &url("shop")), [EventType::OrderPaid]);
    assert!(receiver.got.borrow()[0].2[0].starts_with("whsec_"));
}

#[test]
fn a_merchants_day_is_told_wherever_its_settlement_dies() {
    for calls in 0..200 {
        let (world, _) = settling::sold();
        settling::next_day(&world);
        world.die_after(Some(calls));
        let first = settling::settle(&world);
        world.die_after(None);
        settling::settle(&world).unwrap().unwrap();
        let receiver = Receiver::default();
        deliver_all(&world, &receiver);
        let told = facts(&world).into_iter().filter(|(kind, ..)| kind.as_str().contains("settle"));
        let told: Vec<_> = told.map(|(kind, _, sequence)| (kind, sequence)).collect();
        assert_eq!(told, [(EventType::SettlementPaidOut, 1)], "died after {calls}");
        if first.is_some() {
            return;
        }
    }
    panic!("the day was never settled");
}
