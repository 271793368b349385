use crate::world::{Mood, World};
use feiqian_bank_api::DeclineReason;
use feiqian_flows::{FlowError, OperationStatus};
use feiqian_ledger::Refusal;
use feiqian_limits::AccountClass;

#[test]
fn a_top_up_is_debited_at_the_bank_and_credited_here_once() {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    let first = world.top_up(&family, "t", 5_000).unwrap().unwrap();
    let again = world.top_up(&family, "t", 5_000).unwrap().unwrap();
    assert_eq!(first.operation, again.operation);
    assert!(!first.replayed && again.replayed);
    world.work_until_quiet();
    let last = world.top_up(&family, "t", 5_000).unwrap().unwrap();
    assert_eq!(first.operation, last.operation);
    assert_eq!(last.unsettled, None);
    assert_eq!(world.account(&family).balance().minor(), 5_000);
    world.check_quiet();
    let reused = world.top_up(&family, "t", 5_001).unwrap().unwrap_err();
    assert_eq!(reused, FlowError::KeyReused);
}

#[test]
fn a_declined_card_moves_nothing_and_stays_declined_under_its_key() {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    world.bank.mood.set(Mood::Rejects);
    let declined = |replayed| FlowError::Refused {
        refusal: Refusal::CardDeclined { reason: DeclineReason::InsufficientFunds },
        replayed,
    };
    assert_eq!(world.top_up(&family, "t", 100).unwrap().unwrap_err(), declined(false));
    world.bank.mood.set(Mood::Settles);
    assert_eq!(world.top_up(&family, "t", 100).unwrap().unwrap_err(), declined(true));
    world.check_quiet();
    assert_eq!(world.account(&family).balance().minor(), 0);
}

#[test]
fn an_unknown_answer_is_processing_until_the_bank_says() {
    for mood in [Mood::SettlesInSilence, Mood::Loses] {
        let world = World::new();
        let family = world.family("a", AccountClass::II);
        world.bank.mood.set(mood);
        let answer = world.top_up(&family, "t", 100).unwrap().unwrap();
        assert_eq!(answer.operation.status, OperationStatus::Processing, "{mood:?}");
        assert_eq!(world.account(&family).balance().minor(), 0);
        assert_eq!(world.account(&family).in_flight().len(), 1);
        world.bank.mood.set(Mood::Settles);
        world.work_until_quiet();
        assert_eq!(world.account(&family).balance().minor(), 100);
        assert_eq!(world.bank.debited(), 100, "{mood:?}");
        world.check_quiet();
    }
}

#[test]
fn what_is_on_its_way_counts_towards_the_cap_on_the_balance() {
    let world = World::new();
    let family = world.family("a", AccountClass::III);
    world.bank.mood.set(Mood::SettlesInSilence);
    world.top_up(&family, "t", 150_000).unwrap().unwrap();
    match world.top_up(&family, "u", 50_001).unwrap().unwrap_err() {
        FlowError::Refused { refusal: Refusal::LimitExceeded { limits }, .. } => {
            assert_eq!(limits[0].rule, "class_iii.balance");
            assert_eq!(limits[0].remaining.minor(), 50_000);
        }
        other => panic!("{other}"),
    }
    assert!(world.top_up(&family, "v", 50_000).unwrap().is_ok());
    world.work_until_quiet();
    assert_eq!(world.account(&family).balance().minor(), 200_000);
    world.check_quiet();
}
