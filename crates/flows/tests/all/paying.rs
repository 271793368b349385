use crate::world::{PIN, World, merchant, policy, run};
use feiqian_flows::{EntriesQuery, FlowError, entries, merchant_balance};
use feiqian_identity::Pin;
use feiqian_ledger::{EntryKind, OrderState, Refusal};
use feiqian_limits::AccountClass;

#[test]
fn a_payment_moves_money_from_the_payer_to_the_merchant_once() {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    world.fund(&family, "t", 10_000);
    let order = world.order("o", 1_234);

    let paid = world.pay(world.pay_request(&family, "p", &order, 1_234)).unwrap().unwrap();
    assert!(!paid.replayed);
    world.settle(&paid);

    assert_eq!(world.account(&family).balance().minor(), 8_766);
    assert_eq!(run(merchant_balance(&world, &merchant())).unwrap().unwrap().minor(), 1_234);
    world.check_quiet();

    let again = world.pay(world.pay_request(&family, "p", &order, 1_234)).unwrap().unwrap();
    assert!(again.replayed);
    assert_eq!(again.operation, paid.operation);
    assert_eq!(world.account(&family).balance().minor(), 8_766);
}

/// Round trips of a payment after its answer: the merchant's shard and the order, each read and
/// swapped; the errand of the event; the account, read and swapped; the mark.
const AFTER_THE_ANSWER: usize = 8;

/// Of a hundred payments of one account to one merchant, round trips in all: what leaves a
/// document for a page or an archive, and what is looked up there, included.
const ROUND_TRIPS_OF_A_HUNDRED: usize = 1_433;

/// And bytes of keys and values written.
const BYTES_OF_A_HUNDRED: usize = 1_428_059;

#[test]
fn a_payment_takes_five_round_trips_before_the_answer_and_history_two() {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    world.fund(&family, "t", 100_000);
    let (mut round_trips, mut bytes) = (0, 0);
    for number in 0..100 {
        let order = world.order(&format!("o{number}"), 1);
        let (begun, written) = (world.calls(), world.written());
        let request = world.pay_request(&family, &format!("p{number}"), &order, 1);
        let paid = world.pay(request).unwrap().unwrap();
        let answered = world.calls();
        // Room is made in the settling update, so a payment only ever adds the look at
        // archived outcomes.
        let before = answered - begun;
        assert!(before <= 7, "payment {number} took {before}");
        assert!(number > 0 || before == 5, "the first took {before}");
        world.settle(&paid);
        let after = world.calls() - answered;
        assert!(number > 0 || after == AFTER_THE_ANSWER, "after the first: {after}");
        round_trips += world.calls() - begun;
        bytes += world.written() - written;
    }
    assert_eq!((round_trips, bytes), (ROUND_TRIPS_OF_A_HUNDRED, BYTES_OF_A_HUNDRED));
    let before = world.calls();
    let query = EntriesQuery { limit: 100, ..EntriesQuery::default() };
    let page = run(entries(&world, &family.customer, &family.account, &query)).unwrap().unwrap();
    assert_eq!(world.calls() - before, 2);
    assert_eq!(page.entries.len(), 100);
    assert_eq!(page.more_before, Some(2));
}

#[test]
fn a_refusal_is_kept_under_its_key_even_when_its_reason_is_gone() {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    let order = world.order("o", 500);
    let refused = |replayed| FlowError::Refused { refusal: Refusal::InsufficientBalance, replayed };
    let pay = |key| world.pay(world.pay_request(&family, key, &order, 500)).unwrap();
    assert_eq!(pay("p").unwrap_err(), refused(false));
    world.fund(&family, "t", 1_000);
    assert_eq!(pay("p").unwrap_err(), refused(true));
    assert!(pay("q").is_ok());
}

#[test]
fn a_key_never_stands_for_two_requests_however_much_later() {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    world.fund(&family, "t", 100_000);
    let first = world.order("first", 5);
    let paid = world.pay(world.pay_request(&family, "p", &first, 5)).unwrap().unwrap();
    world.settle(&paid);
    for number in 0..60 {
        let order = world.order(&format!("o{number}"), 1);
        let request = world.pay_request(&family, &format!("p{number}"), &order, 1);
        world.settle(&world.pay(request).unwrap().unwrap());
    }
    assert!(world.account(&family).has_archived_outcomes());
    let balance = world.account(&family).balance();
    let again = world.pay(world.pay_request(&family, "p", &first, 5)).unwrap().unwrap();
    assert_eq!(again.operation, paid.operation);
    let other = world.order("other", 5);
    let reused = world.pay(world.pay_request(&family, "p", &other, 5)).unwrap();
    assert_eq!(reused.unwrap_err(), FlowError::KeyReused);
    assert_eq!(world.account(&family).balance(), balance);
}

#[test]
fn of_two_payers_one_pays_and_the_other_gets_everything_back() {
    let world = World::new();
    let (a, b) = (world.family("a", AccountClass::II), world.family("b", AccountClass::II));
    world.fund(&a, "t", 1_000);
    world.fund(&b, "t", 1_000);
    let order = world.order("o", 700);
    // B's debit is posted, then its process dies before it reaches the order.
    world.die_after(Some(4));
    assert!(world.pay(world.pay_request(&b, "p", &order, 700)).is_none());
    world.die_after(None);
    assert_eq!(world.account(&b).balance().minor(), 300);

    world.settle(&world.pay(world.pay_request(&a, "p", &order, 700)).unwrap().unwrap());
    world.work_until_quiet();

    assert_eq!(world.account(&a).balance().minor(), 300);
    let loser = world.account(&b);
    assert_eq!(loser.balance().minor(), 1_000);
    let kinds: Vec<EntryKind> = loser.journal.entries().iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, [EntryKind::TopUp, EntryKind::Payment, EntryKind::PaymentReversal]);
    let answer = world.pay(world.pay_request(&b, "p", &order, 700)).unwrap().unwrap_err();
    let refusal = Refusal::OrderAlreadyPaid;
    assert_eq!(answer, FlowError::Refused { refusal, replayed: true });
    world.check_quiet();
}

#[test]
fn three_wrong_pins_lock_even_the_right_one() {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    world.fund(&family, "t", 1_000);
    let order = world.order("o", 1);
    let pay = |key: &str, pin: &str| {
        let mut request = world.pay_request(&family, key, &order, 1);
        request.pin = Pin::parse(pin).unwrap();
        match world.pay(request).unwrap() {
            Err(FlowError::Refused { refusal, .. }) => Err(refusal),
            other => Ok(other.unwrap()),
        }
    };
    assert_eq!(pay("1", "111222"), Err(Refusal::PinIncorrect { attempts_left: 2 }));
    assert_eq!(pay("1", "111222"), Err(Refusal::PinIncorrect { attempts_left: 2 }), "one try");
    assert_eq!(pay("2", "111222"), Err(Refusal::PinIncorrect { attempts_left: 1 }));
    assert!(matches!(pay("3", "111222"), Err(Refusal::PinLocked { .. })));
    assert!(matches!(pay("4", PIN), Err(Refusal::PinLocked { .. })));
    world.clock.set(world.clock.get() + feiqian_ledger::PIN_LOCK_MS);
    let order = world.order("o2", 1);
    let request = world.pay_request(&family, "5", &order, 1);
    assert!(world.pay(request).unwrap().is_ok());
}

#[test]
fn a_limit_is_reached_and_not_passed_and_comes_back_at_midnight() {
    let world = World::new();
    let family = world.family("a", AccountClass::III);
    let pay = |key: &str, fen| {
        let order = world.order(key, fen);
        world.pay(world.pay_request(&family, key, &order, fen)).unwrap()
    };
    world.fund(&family, "t", 200_000);
    world.settle(&pay("1", 200_000).unwrap());
    world.fund(&family, "u", 1_000);
    match pay("2", 1).unwrap_err() {
        FlowError::Refused { refusal: Refusal::LimitExceeded { limits }, .. } => {
            assert_eq!(limits[0].rule, "class_iii.out.day");
            assert_eq!(limits[0].remaining.minor(), 0);
        }
        other => panic!("{other}"),
    }
    let midnight = 12 * 60 * 60 * 1000;
    world.clock.set(world.clock.get() + midnight);
    assert!(pay("3", 1).is_ok());
    assert_eq!(policy().rules.name(), "bank-accounts");
}

#[test]
fn an_order_is_not_paid_after_its_time_whatever_the_clock_does_then() {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    world.fund(&family, "t", 1_000);
    let order = world.order("o", 1);
    let then = world.clock.get();
    world.clock.set(then + 900_000);
    let pay = |key| world.pay(world.pay_request(&family, key, &order, 1)).unwrap().unwrap_err();
    assert_eq!(pay("p"), FlowError::from(Refusal::OrderExpired));
    world.clock.set(then);
    assert_eq!(pay("p"), FlowError::from(Refusal::OrderExpired), "the same answer again");
    assert!(matches!(world.load_order(&order).state, OrderState::Closed { .. }));
}

#[test]
fn what_is_not_the_callers_is_not_found_and_what_was_not_seen_is_not_paid() {
    let world = World::new();
    let (a, b) = (world.family("a", AccountClass::II), world.family("b", AccountClass::II));
    world.fund(&a, "t", 1_000);
    let order = world.order("o", 5);
    let mut stolen = world.pay_request(&a, "p", &order, 5);
    stolen.customer = b.customer.clone();
    let answer = world.pay(stolen).unwrap().unwrap_err();
    assert_eq!(answer, FlowError::NotFound(feiqian_flows::Subject::Account));
    let answer = world.pay(world.pay_request(&a, "p", &order, 6)).unwrap().unwrap_err();
    assert_eq!(answer, FlowError::from(Refusal::OrderAmountDiffers));
    assert_eq!(world.account(&a).balance().minor(), 1_000);
}

#[test]
fn a_closed_order_is_not_paid_and_a_paid_one_not_closed() {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    world.fund(&family, "t", 1_000);
    let partner = feiqian_ledger::PartnerId::parse("par_demo").unwrap();
    let close = |order| run(feiqian_flows::close_order(&world, &partner, order)).unwrap();
    let (closed, paid) = (world.order("closed", 5), world.order("paid", 5));
    assert!(matches!(close(&closed).unwrap().state, OrderState::Closed { .. }));
    // The debit is in flight when the order is closed: it comes back.
    let raced = world.order("raced", 5);
    world.die_after(Some(4));
    assert!(world.pay(world.pay_request(&family, "r", &raced, 5)).is_none());
    world.die_after(None);
    assert!(close(&raced).is_ok());
    world.work_until_quiet();
    for (key, order) in [("c", &closed), ("r", &raced)] {
        match world.pay(world.pay_request(&family, key, order, 5)).unwrap().unwrap_err() {
            FlowError::Refused { refusal: Refusal::OrderClosed, .. } => {}
            other => panic!("{other}"),
        }
    }
    assert_eq!(world.account(&family).balance().minor(), 1_000);
    world.settle(&world.pay(world.pay_request(&family, "p", &paid, 5)).unwrap().unwrap());
    assert_eq!(close(&paid).unwrap_err(), FlowError::from(Refusal::OrderAlreadyPaid));
    world.check_quiet();
}
