use super::*;
use crate::{
    DELIVERY_ATTEMPTS_KEPT, ENDPOINT_FAILING_MAX_MS, ENDPOINT_QUIET_MS, EVENT_PAGE_LINES,
    EndpointId, SECRET_OVERLAP_MS,
};
use feiqian_identity::Sealed;
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::from_millis(1_795_406_400_000);
const HOUR_MS: u64 = 60 * 60 * 1000;
const FAILED: AttemptOutcome = AttemptOutcome::Status(500);
const OK: AttemptOutcome = AttemptOutcome::Status(204);

fn partner() -> PartnerId {
    PartnerId::parse("par_demo").unwrap()
}

fn secret(number: u8) -> Sealed {
    Sealed::parse(&format!("k{number}.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAA")).unwrap()
}

fn endpoint(types: &[EventType]) -> Endpoint {
    Endpoint::new(NewEndpoint {
        id: EndpointId::derive(Region::EXAMPLE, &["e"]),
        partner: partner(),
        url: "https://shop.example/events".into(),
        types: types.to_vec(),
        secret: secret(1),
        now: NOW,
    })
}

fn line(number: usize) -> EventLine {
    let event = EventId::derive(Region::EXAMPLE, &[&number.to_string()]);
    EventLine { event, kind: EventType::OrderPaid, at: NOW }
}

#[test]
fn every_type_has_one_name_on_the_wire_and_in_stores() {
    for kind in EventType::ALL {
        assert_eq!(EventType::parse(kind.as_str()), Some(kind));
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
    }
    assert_eq!(EventType::parse("order.lost"), None);
}

#[test]
fn the_schedule_is_the_published_one_and_ends() {
    let waits: Vec<u64> = (1..=9).map(|number| wait_ms(number, None, 0).unwrap() / 1000).collect();
    assert_eq!(waits, [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]);
    assert_eq!(wait_ms(10, None, 0), None);
    assert_eq!(wait_ms(u32::MAX, Some(1), 7), None);
}

#[test]
fn a_success_ends_a_row_and_so_does_410_and_everything_else_does_not() {
    let next = |outcome| {
        let delivered = Delivered { outcome, retry_after_ms: None, took_ms: 100 };
        after_attempt(NOW, 1, false, &delivered, 0).next_at
    };
    for status in [200, 201, 204, 299] {
        assert_eq!(next(AttemptOutcome::Status(status)), None);
    }
    assert_eq!(next(AttemptOutcome::Status(410)), None);
    for status in [100, 199, 300, 301, 302, 307, 308, 400, 401, 404, 409, 429, 500, 503] {
        assert_eq!(next(AttemptOutcome::Status(status)), Some(NOW.plus_millis(5_100)), "{status}");
    }
    for outcome in [AttemptOutcome::Unreached, AttemptOutcome::TimedOut] {
        assert_eq!(next(outcome), Some(NOW.plus_millis(5_100)));
    }
}

proptest! {
    #[test]
    fn a_wait_is_never_shorter_than_the_schedule_and_bounded(
        number in 1_u32..=9,
        retry_after_ms in proptest::option::of(any::<u64>()),
        random in any::<u64>(),
    ) {
        let scheduled = DELIVERY_WAITS_MS[number as usize - 1];
        let wait = wait_ms(number, retry_after_ms, random).unwrap();
        prop_assert!(wait >= scheduled);
        prop_assert!(wait >= retry_after_ms.unwrap_or(0).min(24 * HOUR_MS));
        prop_assert!(wait <= (scheduled + scheduled / 10).max(24 * HOUR_MS));
    }

    #[test]
    fn an_endpoint_is_disabled_once_nothing_has_arrived_for_days_and_not_before(
        steps in proptest::collection::vec((1_u64..=30, any::<bool>()), 1..200),
    ) {
        let (mut endpoint, mut now) = (endpoint(&[]), NOW);
        let (mut since, mut last) = (None, NOW);
        for (hours, arrives) in steps {
            now = now.plus_millis(hours * HOUR_MS);
            let disabled = endpoint.note(if arrives { OK } else { FAILED }, now);
            if arrives {
                since = None;
            } else if since.is_none() || now.millis_since(last) >= ENDPOINT_QUIET_MS {
                since = Some(now);
            }
            last = now;
            let over = since.is_some_and(|since| now.millis_since(since) >= ENDPOINT_FAILING_MAX_MS);
            prop_assert_eq!(disabled, over.then_some(DisableReason::Failing));
            if over {
                prop_assert!(!endpoint.is_enabled() && endpoint.events == 1);
                break;
            }
        }
    }

    #[test]
    fn a_log_loses_no_line_and_its_pages_are_full(count in 0_usize..300) {
        let (mut log, mut pages) = (EventLog::new(), Vec::new());
        for number in 0..count {
            prop_assert!(log.add(line(number)));
            prop_assert!(!log.add(line(number)), "it is there");
            if let Some(page) = log.full_page() {
                prop_assert_eq!(page.lines().len(), EVENT_PAGE_LINES);
                prop_assert_eq!(page.number(), log.pages());
                log.drop_page(&page);
                log.drop_page(&page);
                pages.extend(page.lines().to_vec());
            }
        }
        pages.extend(log.lines().to_vec());
        prop_assert_eq!(pages, (0..count).map(line).collect::<Vec<_>>());
        prop_assert_eq!(log.len(), count as u64);
    }
}

#[test]
fn two_failures_with_a_quiet_time_between_them_are_no_row() {
    let mut endpoint = endpoint(&[]);
    assert_eq!(endpoint.note(FAILED, NOW), None);
    let months_later = NOW.plus_millis(60 * 24 * HOUR_MS);
    assert_eq!(endpoint.note(FAILED, months_later), None);
    assert!(endpoint.is_enabled());
}

#[test]
fn an_endpoint_that_is_gone_is_disabled_at_once_and_told_once() {
    let mut endpoint = endpoint(&[]);
    assert_eq!(endpoint.note(AttemptOutcome::Status(410), NOW), Some(DisableReason::Gone));
    assert_eq!(endpoint.note(AttemptOutcome::Status(410), NOW), None);
    assert_eq!(endpoint.events, 1);
    let again = NOW.plus_millis(1);
    endpoint.change(endpoint.url.clone(), Vec::new(), true, again);
    assert!(endpoint.is_enabled() && endpoint.failing.is_none());
}

#[test]
fn a_row_of_failures_is_written_down_now_and_then() {
    let mut endpoint = endpoint(&[]);
    assert!(!endpoint.is_news(OK, NOW) && endpoint.is_news(FAILED, NOW));
    endpoint.note(FAILED, NOW);
    assert!(endpoint.is_news(OK, NOW));
    assert!(!endpoint.is_news(FAILED, NOW.plus_millis(1_000)));
    assert!(endpoint.is_news(AttemptOutcome::Status(410), NOW.plus_millis(1_000)));
    assert!(endpoint.is_news(FAILED, NOW.plus_millis(HOUR_MS)));
}

#[test]
fn the_former_secret_signs_for_a_day_and_older_ones_no_more() {
    let mut endpoint = endpoint(&[]);
    let signing = |endpoint: &Endpoint, at| endpoint.signing(at).cloned().collect::<Vec<_>>();
    assert_eq!(signing(&endpoint, NOW), [secret(1)]);
    endpoint.rotate(secret(2), NOW);
    assert_eq!(signing(&endpoint, NOW), [secret(2), secret(1)]);
    let later = NOW.plus_millis(SECRET_OVERLAP_MS);
    assert_eq!(signing(&endpoint, later), [secret(2)]);
    endpoint.rotate(secret(3), NOW);
    assert_eq!(signing(&endpoint, NOW), [secret(3), secret(2)]);
}

#[test]
fn an_endpoint_gets_what_it_asks_for_and_hears_of_the_others() {
    let filtered = endpoint(&[EventType::OrderPaid]);
    assert!(filtered.wants(EventType::OrderPaid, "ord_x"));
    assert!(!filtered.wants(EventType::OrderClosed, "ord_x"));
    assert!(filtered.wants(EventType::EndpointDisabled, "whe_other"));
    assert!(!filtered.wants(EventType::EndpointDisabled, filtered.id.as_str()));
    let mut all = endpoint(&[]);
    assert!(EventType::ALL.iter().all(|kind| all.wants(*kind, "x")));
    all.change(all.url.clone(), Vec::new(), false, NOW);
    assert!(!all.wants(EventType::OrderPaid, "ord_x"));
}

#[test]
fn the_newest_attempts_are_kept() {
    let attempt = |number| {
        let delivered = Delivered { outcome: FAILED, retry_after_ms: None, took_ms: 1 };
        after_attempt(NOW, number, false, &delivered, 0)
    };
    let mut attempts = Attempts::new(attempt(1));
    let most = u32::try_from(DELIVERY_ATTEMPTS_KEPT).unwrap();
    (2..=most + 1).for_each(|number| attempts.add(attempt(number)));
    assert_eq!(attempts.lines().len(), DELIVERY_ATTEMPTS_KEPT);
    assert_eq!(attempts.lines()[0].number, 2);
}
