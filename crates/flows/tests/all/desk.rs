//! What support looks for and asks the bank about, at whatever step an operation died.

use crate::world::{Family, Mood, World, policy, run, vault};
use feiqian_flows::{
    FlowError, InProcess, OperationStatus, Progress, Queried, Subject, query_now, search_account,
    search_operation, search_order,
};
use feiqian_ledger::OperationId;
use feiqian_limits::AccountClass;

impl World {
    fn query(&self, subject: &str) -> Option<Queried<FlowError>> {
        let settler = InProcess { platform: self, policy: &policy(), vault: &vault() };
        run(query_now(self, &settler, subject)).unwrap().unwrap()
    }
}

fn stranded(mood: Mood) -> (World, Family, OperationId) {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    world.bank.mood.set(mood);
    let moved = world.top_up(&family, "t", 500).unwrap().unwrap();
    (world, family, moved.operation.id)
}

#[test]
fn a_query_ends_what_the_bank_has_settled_long_before_it_is_due() {
    let (world, family, id) = stranded(Mood::SettlesInSilence);
    world.bank.mood.set(Mood::Settles);
    let queried = world.query(id.as_str()).unwrap();
    assert_eq!((queried.progress, queried.item.state), (Progress::Finished, Some("succeeded")));
    assert_eq!(world.account(&family).balance().minor(), 500);
    assert_eq!(world.query(id.as_str()), None, "nothing is pending any more");
    assert_eq!(world.bank.debited(), 500);
    world.check_quiet();
}

#[test]
fn a_query_that_gets_no_answer_changes_nothing_and_the_mark_keeps_its_time() {
    let (world, family, id) = stranded(Mood::Loses);
    let before = world.store.inner.documents();
    let queried = world.query(id.as_str()).unwrap();
    assert_eq!(queried.progress, Progress::Waiting(FlowError::BankUnavailable));
    assert_eq!((queried.item.state, queried.item.tries), (Some("requested"), 0));
    assert_eq!((world.store.inner.documents(), world.pending()), (before, 1));
    assert_eq!(world.query(family.account.as_str()), None, "an account is no subject of a top up");
}

#[test]
fn a_query_that_dies_at_any_call_is_finished_by_the_worker() {
    let mut finished = false;
    for calls in 0..40 {
        let (world, family, id) = stranded(Mood::SettlesInSilence);
        world.bank.mood.set(Mood::Settles);
        world.die_after(Some(calls));
        let settler = InProcess { platform: &world, policy: &policy(), vault: &vault() };
        finished = run(query_now(&world, &settler, id.as_str())).is_some();
        world.die_after(None);
        world.check_whole();
        world.work_until_quiet();
        world.check_quiet();
        assert_eq!(world.account(&family).balance().minor(), 500, "died after {calls}");
        if finished {
            break;
        }
    }
    assert!(finished, "the query never ran to its end");
}

#[test]
fn an_operation_is_found_wherever_it_is_kept() {
    let (world, family, top_up) = stranded(Mood::Loses);
    let found = run(search_operation(&world, &top_up, None)).unwrap().unwrap();
    assert_eq!((found.account, found.state), (family.account.clone(), Some("requested")));
    assert_eq!(found.pending.len(), 1);
    let seen = run(search_account(&world, &family.account)).unwrap().unwrap();
    assert_eq!((seen.in_flight.len(), seen.pending.len()), (1, 1));

    world.bank.mood.set(Mood::Settles);
    world.fund(&family, "u", 1_000);
    let order = world.order("o", 700);
    let paid = world.pay(world.pay_request(&family, "p", &order, 700)).unwrap().unwrap();
    let id = paid.operation.id.clone();
    let search = |account| run(search_operation(&world, &id, account)).unwrap();
    // While its mark is there it is found by that; then in its account or by its order.
    assert_eq!(search(None).unwrap().operation.status, OperationStatus::Succeeded);
    world.settle(&paid);
    assert_eq!(search(None).unwrap_err(), FlowError::NotFound(Subject::Operation));
    let there = search(Some(&family.account)).unwrap();
    assert_eq!(there.operation.status, OperationStatus::Succeeded);
    let by_order = run(search_order(&world, &order)).unwrap().unwrap();
    assert_eq!(by_order.order.payment().unwrap().operation, id);
    assert_eq!(by_order.pending, []);
}
