//! Steps 2 to 5: events are derived, written, logged and handed to the endpoints that want them.

use std::collections::BTreeMap;
use std::slice;

use feiqian_calendar::{Calendar, Day, Timestamp};
use feiqian_ledger::account::Case;
use feiqian_ledger::audit::Documents;
use feiqian_ledger::event::{EventLine, EventLog, EventPage};
use feiqian_ledger::medical::{Visit, VisitState};
use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_ledger::{
    Account, Document, EVENT_LOG_SLOTS, Event, EventType, Merchant, Order, PartnerId, Settlement,
};
use feiqian_store::{Pending, Store};

use super::endpoints::places_of;
use super::{DELIVERY_BATCH_MAX, DeliveryRun, Errand, postpone};
use crate::documents::{Decision, change, create};
use crate::marks::RETRY_AFTER_MS;
use crate::{FlowError, Platform};

/// How long a run begins to tell, milliseconds: deliveries have their share of it.
const TELLING_MS: u64 = 2_000;

/// Tries after which nobody will write an event any more, half a day: whoever set its errand first
/// lives for a request's time.
const UNWRITTEN_TRIES_MAX: u32 = 30;

/// An errand about something that has happened, or is about to.
struct Fact<'a> {
    pending: &'a Pending,
    errand: Errand,
    tries: u32,
}

/// An errand that has its event.
struct Ready<'a> {
    pending: &'a Pending,
    event: Event,
}

/// Makes the events of what is due ready, as many as the time allows. True if there was anything
/// to tell, so that the outbox is another one now.
pub(super) async fn tell<P: Platform>(
    platform: &P,
    calendar: Calendar,
    due: &[Pending],
    run: &mut DeliveryRun,
) -> Result<bool, FlowError> {
    let mut facts = Vec::new();
    for pending in due {
        match Errand::parse(pending) {
            Some((Errand::Delivery { .. } | Errand::Replay { .. }, _)) => {}
            Some((errand, tries)) => facts.push(Fact { pending, errand, tries }),
            None => {
                let error = FlowError::Inconsistent(format!("{} is no errand", pending.name));
                run.failures.push((pending.name.clone(), error));
            }
        }
    }
    let started = platform.now();
    for some in facts.chunks(DELIVERY_BATCH_MAX) {
        let failures = run.failures.len();
        tell_some(platform, calendar, some, run).await?;
        // What failed would fail again: the instance is out of swaps, or the store is away.
        let failed = run.failures.len() > failures;
        if failed || platform.now().millis_since(started) > TELLING_MS {
            break;
        }
    }
    Ok(!facts.is_empty())
}

async fn tell_some<P: Platform>(
    platform: &P,
    calendar: Calendar,
    facts: &[Fact<'_>],
    run: &mut DeliveryRun,
) -> Result<(), FlowError> {
    let documents = read(platform, facts).await?;
    let mut by_partner: BTreeMap<PartnerId, Vec<Ready<'_>>> = BTreeMap::new();
    for fact in facts {
        if mutant(Mutant::EventForgotten) {
            platform.store().outbox_done(slice::from_ref(fact.pending)).await?;
        }
        match event_of(&fact.errand, &documents) {
            Some(event) => {
                let ready = Ready { pending: fact.pending, event };
                by_partner.entry(ready.event.partner.clone()).or_default().push(ready);
            }
            None => not_yet(platform, fact, &documents).await?,
        }
    }
    let day = calendar.day(platform.now());
    for (partner, ready) in by_partner {
        match hand_out(platform, &partner, day, &ready).await {
            Ok(()) => run.told += ready.len(),
            // The marks stay, and the next run tells all of it again.
            Err(error) => run.failures.push((partner.as_str().to_owned(), error)),
        }
    }
    Ok(())
}

/// The documents that decided, in one round trip.
async fn read<P: Platform>(platform: &P, facts: &[Fact<'_>]) -> Result<Documents, FlowError> {
    let mut keys: Vec<String> = Vec::with_capacity(facts.len());
    for Fact { errand, .. } in facts {
        match errand {
            Errand::Order(order) | Errand::Refund { order, .. } => keys.push(Order::key(order)),
            Errand::Visit(visit) | Errand::VisitRefund { visit, .. } => {
                keys.push(Visit::key(visit));
            }
            Errand::CaseOpened { account, case } | Errand::CaseClosed { account, case } => {
                keys.extend([Account::key(account), Case::key(case)]);
            }
            Errand::Settlement { merchant, day } => {
                keys.extend([Merchant::key(merchant), Settlement::key(merchant, *day)]);
            }
            Errand::Event(event) => keys.push(Event::key(event)),
            Errand::Delivery { .. } | Errand::Replay { .. } => {}
        }
    }
    keys.sort_unstable();
    keys.dedup();
    let values = platform.store().read_many(&keys).await?;
    let mut documents = Documents::default();
    keys.into_iter().zip(values).for_each(|(key, value)| documents.keep(key, value));
    Ok(documents)
}

/// The event that an errand is about; none if it has not happened.
fn event_of(errand: &Errand, documents: &Documents) -> Option<Event> {
    match errand {
        Errand::Order(id) => Event::of_order(&documents.get(&Order::key(id))?),
        Errand::Refund { order, refund } => {
            Event::of_refund(&documents.get(&Order::key(order))?, refund)
        }
        Errand::Visit(id) => Event::of_visit(&documents.get(&Visit::key(id))?),
        Errand::VisitRefund { visit, refund } => {
            Event::of_visit_refund(&documents.get(&Visit::key(visit))?, refund)
        }
        Errand::CaseOpened { account, case } => {
            let account: Option<Account> = documents.get(&Account::key(account));
            let open = account.as_ref().and_then(|account| account.case(case));
            let archived: Option<Case> = documents.get(&Case::key(case));
            open.or(archived.as_ref()).map(Event::of_case_opened)
        }
        Errand::CaseClosed { account, case } => {
            let account: Option<Account> = documents.get(&Account::key(account));
            let open = account.as_ref().and_then(|account| account.case(case));
            let archived: Option<Case> = documents.get(&Case::key(case));
            open.or(archived.as_ref()).and_then(Event::of_case_closed)
        }
        Errand::Settlement { merchant, day } => {
            let settlement: Settlement = documents.get(&Settlement::key(merchant, *day))?;
            let merchant: Merchant = documents.get(&Merchant::key(merchant))?;
            Some(Event::of_settlement(&merchant, &settlement))
        }
        Errand::Event(id) => documents.get(&Event::key(id)),
        Errand::Delivery { .. } | Errand::Replay { .. } => None,
    }
}

/// What was to be closed and is not: its request died, or only sleeps. It is looked at again until
/// it has ended, in one way or the other. An order or a visit that nobody closes ends when its time
/// is over, and an event that nobody writes is forgotten.
async fn not_yet<P: Platform>(
    platform: &P,
    fact: &Fact<'_>,
    documents: &Documents,
) -> Result<(), FlowError> {
    let Fact { pending, errand, tries } = fact;
    if matches!(errand, Errand::Event(_)) && *tries >= UNWRITTEN_TRIES_MAX {
        return Ok(platform.store().outbox_done(slice::from_ref(pending)).await?);
    }
    let now = platform.now();
    let last = RETRY_AFTER_MS.len() - 1;
    let wait = RETRY_AFTER_MS[usize::try_from(*tries).unwrap_or(last).min(last)];
    let mut due = now.plus_millis(wait);
    if let Some(expires_at) = ends_at(errand, documents) {
        if now >= expires_at {
            end(platform, errand, now).await?;
        }
        due = due.min(expires_at).max(now);
    }
    postpone(platform, pending, &errand.mark(due, tries.saturating_add(1))).await
}

/// When what an errand is about ends by itself, if it does.
fn ends_at(errand: &Errand, documents: &Documents) -> Option<Timestamp> {
    match errand {
        Errand::Order(id) => {
            let order: Order = documents.get(&Order::key(id))?;
            order.is_open().then_some(order.expires_at)
        }
        Errand::Visit(id) => {
            let visit: Visit = documents.get(&Visit::key(id))?;
            (visit.state == VisitState::Presettled).then(|| visit.expires_at())
        }
        _ => None,
    }
}

/// Closes an order or a visit whose time is over.
async fn end<P: Platform>(platform: &P, errand: &Errand, now: Timestamp) -> Result<(), FlowError> {
    let written = |news| Ok(if news { Decision::Write(()) } else { Decision::Keep(()) });
    match errand {
        Errand::Order(id) => {
            change(platform, &Order::key(id), async |order: &mut Order| {
                written(order.close_if_expired(now))
            })
            .await
        }
        Errand::Visit(id) => {
            change(platform, &Visit::key(id), async |visit: &mut Visit| {
                written(visit.close_if_expired(now))
            })
            .await
        }
        _ => Ok(()),
    }
}

async fn hand_out<P: Platform>(
    platform: &P,
    partner: &PartnerId,
    day: Day,
    ready: &[Ready<'_>],
) -> Result<(), FlowError> {
    let mut written = Vec::with_capacity(ready.len());
    for Ready { event, .. } in ready {
        written.push((Event::key(&event.id), event.encode()?));
    }
    platform.store().put_many(&written).await?;
    let listed = ready.iter().filter(|ready| ready.event.kind != EventType::EndpointPinged);
    let lines: Vec<EventLine> = listed.map(|ready| EventLine::from(&ready.event)).collect();
    log(platform, partner, day, &lines).await?;
    let places = places_of(platform, partner).await?;
    let now = platform.now();
    let mut deliveries = Vec::new();
    for Ready { event, .. } in ready {
        for endpoint in places.iter().flatten() {
            if endpoint.wants(event.kind, &event.object) {
                let (event, endpoint) = (event.id.clone(), endpoint.id.clone());
                deliveries.push(Errand::Delivery { event, endpoint }.mark(now, 0));
            }
        }
    }
    platform.store().outbox_add(&deliveries).await?;
    let told: Vec<Pending> = ready.iter().map(|ready| ready.pending.clone()).collect();
    Ok(platform.store().outbox_done(&told).await?)
}

/// Adds lines to a partner's day: to the first slot whose maker has not died.
async fn log<P: Platform>(
    platform: &P,
    partner: &PartnerId,
    day: Day,
    lines: &[EventLine],
) -> Result<(), FlowError> {
    if lines.is_empty() {
        return Ok(());
    }
    for slot in 0..EVENT_LOG_SLOTS {
        let key = EventLog::key(partner, day, slot);
        let add = || add_lines(platform, &key, partner, day, slot, lines);
        match add().await {
            Err(FlowError::DocumentMissing) => {
                match create(platform, &key, &EventLog::new()).await {
                    Ok(_) => return add().await,
                    Err(FlowError::InProgress) => {}
                    Err(error) => return Err(error),
                }
            }
            other => return other,
        }
    }
    Err(FlowError::Contended)
}

/// Full pages leave first: what they hold has been stored before, so that everybody who writes one
/// out writes the same.
async fn add_lines<P: Platform>(
    platform: &P,
    key: &str,
    partner: &PartnerId,
    day: Day,
    slot: u8,
    lines: &[EventLine],
) -> Result<(), FlowError> {
    change(platform, key, async |log: &mut EventLog| {
        let mut news = false;
        while let Some(page) = log.full_page() {
            let key = EventPage::key(partner, day, slot, page.number());
            platform.store().put(&key, &page.encode()?).await?;
            log.drop_page(&page);
            news = true;
        }
        for line in lines {
            news |= log.add(line.clone());
        }
        Ok(if news { Decision::Write(()) } else { Decision::Keep(()) })
    })
    .await
}
