use crate::world::{World, merchant, run};
use feiqian_flows::{
    BillView, FlowError, PublishBillRequest, load_bill, look_up_bills, order_of_bill, publish_bill,
};
use feiqian_ledger::{BILLS_MAX, BillTerms, Order, PartnerId, Refusal};
use feiqian_limits::AccountClass;
use feiqian_money::Amount;

/// More calls than publishing or ordering makes.
const CALLS_MAX: usize = 20;

/// A world in which the merchant is.
fn with_biller() -> World {
    let world = World::new();
    world.order("another", 1);
    world
}

fn publish(world: &World, number: &str, minor: i64) -> Option<Result<BillView, FlowError>> {
    publish_as(world, number, minor, None)
}

fn publish_as(
    world: &World,
    number: &str,
    minor: i64,
    revision: Option<u64>,
) -> Option<Result<BillView, FlowError>> {
    let request = PublishBillRequest {
        partner: PartnerId::parse("par_demo").unwrap(),
        merchant: merchant(),
        subscriber: "0017".into(),
        number: number.into(),
        terms: BillTerms {
            amount: Amount::from_minor(minor),
            description: "Water".into(),
            due_on: None,
        },
        revision,
    };
    run(publish_bill(world, request))
}

fn bill(world: &World, number: &str, minor: i64) -> BillView {
    publish(world, number, minor).unwrap().unwrap()
}

fn order(world: &World, view: &BillView) -> Result<Order, FlowError> {
    run(order_of_bill(world, &view.bill.id)).unwrap()
}

fn listed(world: &World) -> Vec<BillView> {
    run(look_up_bills(world, &merchant(), "0017")).unwrap().unwrap()
}

#[test]
fn a_bill_is_paid_once_whatever_becomes_of_its_orders() {
    let world = with_biller();
    let family = world.family("a", AccountClass::II);
    world.fund(&family, "t", 10_000);
    let view = bill(&world, "b", 700);
    let first = order(&world, &view).unwrap();
    assert_eq!(order(&world, &view).unwrap(), first);

    world.clock.set(first.expires_at.as_millis());
    let second = order(&world, &view).unwrap();
    assert_ne!(first.id, second.id);
    let late = world.pay(world.pay_request(&family, "p1", &first.id, 700)).unwrap().unwrap_err();
    assert!(matches!(late, FlowError::Refused { refusal: Refusal::OrderExpired, .. }), "{late}");

    bill(&world, "b", 800);
    let closed = world.pay(world.pay_request(&family, "p2", &second.id, 700)).unwrap();
    let closed = closed.unwrap_err();
    assert!(matches!(closed, FlowError::Refused { refusal: Refusal::OrderClosed, .. }), "{closed}");
    let third = order(&world, &view).unwrap();
    assert_eq!(third.amount.minor(), 800);
    world.settle(&world.pay(world.pay_request(&family, "p3", &third.id, 800)).unwrap().unwrap());

    assert_eq!(order(&world, &view).unwrap_err(), Refusal::BillAlreadyPaid.into());
    let changed = publish(&world, "b", 900).unwrap().unwrap_err();
    assert_eq!(changed, Refusal::BillAlreadyPaid.into());
    assert!(bill(&world, "b", 800).is_paid());
    assert_eq!(world.merchants_balance(), 800);
    world.check_quiet();
}

#[test]
fn other_terms_close_an_order_that_was_never_made() {
    let world = with_biller();
    let view = bill(&world, "b", 700);
    let never = view.bill.order_id();
    bill(&world, "b", 800);
    let family = world.family("a", AccountClass::II);
    world.fund(&family, "t", 10_000);
    let closed = world.pay(world.pay_request(&family, "p", &never, 700)).unwrap().unwrap_err();
    assert!(matches!(closed, FlowError::Refused { refusal: Refusal::OrderClosed, .. }), "{closed}");
}

#[test]
fn publishing_and_ordering_that_die_at_any_call_leave_one_order_to_pay() {
    for ordered in [false, true] {
        let mut finished = false;
        for calls in 0..CALLS_MAX {
            let world = with_biller();
            let view = bill(&world, "b", 700);
            let old = ordered.then(|| order(&world, &view).unwrap());
            world.die_after(Some(calls));
            let changed = publish(&world, "b", 800);
            finished = changed.is_some();
            world.die_after(None);
            let dead_order = {
                world.die_after(Some(calls));
                let dead = run(order_of_bill(&world, &view.bill.id));
                world.die_after(None);
                dead
            };
            assert!(dead_order.is_none_or(|order| order.is_ok()), "died after {calls}");
            assert_eq!(bill(&world, "b", 800).bill.terms.amount.minor(), 800);
            let now = order(&world, &view).unwrap();
            assert_eq!(now.amount.minor(), 800, "died after {calls}");
            assert_eq!(
                run(load_bill(&world, &view.bill.id)).unwrap().unwrap().order,
                Some(now.clone())
            );
            if let Some(old) = old {
                assert_ne!(old.id, now.id, "died after {calls}");
                let old = run(feiqian_flows::load_order(&world, &old.id)).unwrap().unwrap();
                assert!(old.payment().is_none() && old.state != now.state, "it is closed");
            }
            if finished {
                break;
            }
        }
        assert!(finished, "publishing never ran to its end");
    }
}

#[test]
fn a_full_subscriber_takes_another_bill_once_one_is_paid() {
    let world = with_biller();
    let family = world.family("a", AccountClass::II);
    world.fund(&family, "t", 100_000);
    for number in 0..BILLS_MAX {
        bill(&world, &format!("b{number}"), 100);
    }
    let full = publish(&world, "more", 100).unwrap().unwrap_err();
    assert_eq!(full, Refusal::BillsFull.into());
    let paid = listed(&world).remove(3);
    let order = order(&world, &paid).unwrap();
    world.settle(&world.pay(world.pay_request(&family, "p", &order.id, 100)).unwrap().unwrap());
    bill(&world, "more", 100);
    let left = listed(&world);
    assert_eq!(left.len(), BILLS_MAX);
    assert!(left.iter().all(|view| view.bill.id != paid.bill.id));
    let again = run(load_bill(&world, &paid.bill.id)).unwrap().unwrap();
    assert!(again.is_paid(), "what left the list stays paid");
}

#[test]
fn the_newest_terms_of_a_bill_count_in_whatever_order_they_come() {
    // What each revision asks for: the second and the fourth ask for the same.
    let terms = [(1, 700), (2, 800), (3, 750), (4, 800)];
    for order_of in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1], [1, 0, 3, 2]] {
        let world = with_biller();
        for place in order_of {
            let (revision, minor) = terms[place];
            let view = publish_as(&world, "b", minor, Some(revision)).unwrap().unwrap();
            let again = publish_as(&world, "b", minor, Some(revision)).unwrap().unwrap();
            assert_eq!(again.bill, view.bill, "told again it changes nothing");
        }
        let view = listed(&world).remove(0);
        assert_eq!((view.bill.terms.amount.minor(), view.bill.revision), (800, Some(4)));
        assert_eq!(order(&world, &view).unwrap().amount.minor(), 800);
        // What the partner asks for itself is as new as it comes, and old events stay old.
        assert_eq!(bill(&world, "b", 900).bill.terms.amount.minor(), 900);
        let late = publish_as(&world, "b", 750, Some(3)).unwrap().unwrap();
        assert_eq!(late.bill.terms.amount.minor(), 900);
    }
}

#[test]
fn a_revision_that_died_at_any_call_is_told_again_and_counts() {
    for calls in 0..CALLS_MAX {
        let world = with_biller();
        publish_as(&world, "b", 700, Some(1)).unwrap().unwrap();
        world.die_after(Some(calls));
        let first = publish_as(&world, "b", 800, Some(2));
        world.die_after(None);
        publish_as(&world, "b", 750, Some(0)).unwrap().unwrap();
        publish_as(&world, "b", 800, Some(2)).unwrap().unwrap();
        let view = listed(&world).remove(0);
        assert_eq!(view.bill.terms.amount.minor(), 800, "died after {calls}");
        assert_eq!(order(&world, &view).unwrap().amount.minor(), 800);
        if first.is_some() {
            return;
        }
    }
    panic!("it was never published");
}
