use crate::world::{Family, Mood, World, run};
use feiqian_bank_api::DeclineReason;
use feiqian_flows::{FlowError, OperationStatus, find_operation};
use feiqian_ledger::{EntryKind, Refusal};
use feiqian_limits::AccountClass;

fn funded(class: AccountClass, fen: i64) -> (World, Family) {
    let world = World::new();
    let family = world.family("a", class);
    world.fund(&family, "t", fen);
    (world, family)
}

fn balance(world: &World, family: &Family) -> i64 {
    world.account(family).balance().minor()
}

#[test]
fn a_withdrawal_leaves_the_account_and_reaches_the_card_once() {
    let (world, family) = funded(AccountClass::II, 5_000);
    let first = world.withdraw(&family, "w", 3_000).unwrap().unwrap();
    assert_eq!(first.operation.status, OperationStatus::Succeeded);
    assert_eq!(world.bank.debited(), 2_000);
    let found = find_operation(&world, &family.customer, &family.account, &first.operation.id);
    assert_eq!(run(found).unwrap().unwrap(), first.operation, "before it has left flight, too");
    let again = world.withdraw(&family, "w", 3_000).unwrap().unwrap();
    assert_eq!(first.operation, again.operation);
    world.work_until_quiet();
    let last = world.withdraw(&family, "w", 3_000).unwrap().unwrap();
    assert_eq!((last.operation, last.unsettled), (first.operation, None));
    assert_eq!(balance(&world, &family), 2_000);
    world.check_quiet();
    let reused = world.withdraw(&family, "w", 3_001).unwrap().unwrap_err();
    assert_eq!(reused, FlowError::KeyReused);
}

#[test]
fn what_the_bank_refuses_to_pay_out_comes_back_by_an_entry() {
    let (world, family) = funded(AccountClass::II, 5_000);
    world.bank.mood.set(Mood::Rejects);
    let declined = |replayed| FlowError::Refused {
        refusal: Refusal::CardDeclined { reason: DeclineReason::InsufficientFunds },
        replayed,
    };
    assert_eq!(world.withdraw(&family, "w", 100).unwrap().unwrap_err(), declined(false));
    world.bank.mood.set(Mood::Settles);
    assert_eq!(world.withdraw(&family, "w", 100).unwrap().unwrap_err(), declined(true));
    world.check_quiet();
    let account = world.account(&family);
    let kinds: Vec<_> = account.journal.entries().iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, [EntryKind::TopUp, EntryKind::Withdrawal, EntryKind::WithdrawalReversal]);
    assert_eq!(account.balance().minor(), 5_000);
}

#[test]
fn a_withdrawal_without_an_answer_is_neither_given_back_nor_paid_twice() {
    for mood in [Mood::SettlesInSilence, Mood::Loses] {
        let (world, family) = funded(AccountClass::II, 5_000);
        world.bank.mood.set(mood);
        let answer = world.withdraw(&family, "w", 5_000).unwrap().unwrap();
        assert_eq!(answer.operation.status, OperationStatus::Processing, "{mood:?}");
        assert_eq!(balance(&world, &family), 0);
        let second = world.withdraw(&family, "x", 1).unwrap().unwrap_err();
        assert_eq!(
            second,
            FlowError::Refused { refusal: Refusal::InsufficientBalance, replayed: false }
        );
        world.bank.mood.set(Mood::Settles);
        world.work_until_quiet();
        assert_eq!((balance(&world, &family), world.bank.debited()), (0, 0), "{mood:?}");
        world.check_quiet();
    }
}

/// (balance, amount, whether it goes): the balance is the only bound.
#[test]
fn withdrawals_are_bound_by_the_balance_and_not_by_the_caps() {
    for (fen, amount, goes) in
        [(200_000, 199_999, true), (200_000, 200_000, true), (200_000, 200_001, false)]
    {
        let (world, family) = funded(AccountClass::III, fen);
        assert_eq!(world.withdraw(&family, "w", amount).unwrap().is_ok(), goes, "{amount}");
        world.work_until_quiet();
        world.check_quiet();
    }
    let (world, family) = funded(AccountClass::III, 200_000);
    world.settle_card_move(&world.withdraw(&family, "w", 200_000).unwrap().unwrap());
    world.fund(&family, "t2", 200_000);
    assert!(world.withdraw(&family, "x", 200_000).unwrap().is_ok(), "the day's cap is 2,000 yuan");
}

#[test]
fn a_withdrawal_that_may_come_back_keeps_its_room_below_the_cap_on_the_balance() {
    let (world, family) = funded(AccountClass::III, 200_000);
    world.bank.mood.set(Mood::Loses);
    world.withdraw(&family, "w", 150_000).unwrap().unwrap();
    world.bank.mood.set(Mood::Rejects);
    let refused = world.top_up(&family, "t2", 1).unwrap().unwrap_err();
    assert!(
        matches!(refused, FlowError::Refused { refusal: Refusal::LimitExceeded { .. }, .. }),
        "{refused}"
    );
    world.work_until_quiet();
    assert_eq!(balance(&world, &family), 200_000);
    world.check_quiet();
}

#[test]
fn only_a_bound_card_is_paid() {
    let (world, family) = funded(AccountClass::II, 5_000);
    let other = world.family("b", AccountClass::II);
    let stolen = Family { card: other.card, ..family };
    let refused = world.withdraw(&stolen, "w", 100).unwrap().unwrap_err();
    let refusal = Refusal::CardNotFound;
    assert_eq!(refused, FlowError::Refused { refusal, replayed: false });
    world.check_quiet();
}

/// RULES section 1, transfers that no counter sees: above 50,000 yuan a day takes a signature.
#[test]
fn large_withdrawals_of_a_day_ask_for_more() {
    for (first, second, goes) in
        [(3_000_000, 1_999_999, true), (3_000_000, 2_000_000, true), (3_000_000, 2_000_001, false)]
    {
        let (world, family) = funded(AccountClass::II, 6_000_000);
        world.settle_card_move(&world.withdraw(&family, "w", first).unwrap().unwrap());
        let answer = world.withdraw(&family, "x", second).unwrap();
        assert_eq!(answer.is_ok(), goes, "{second}");
        if let Err(FlowError::Refused { refusal: Refusal::LimitExceeded { limits }, .. }) = answer {
            assert_eq!(limits[0].remaining.minor(), 2_000_000);
        }
    }
}
