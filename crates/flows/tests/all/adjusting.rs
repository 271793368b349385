//! What one operator proposes and another approves moves once, on both sides or on neither.

use crate::world::{Family, World, run};
use AdjustmentDirection::{Credit, Debit};
use feiqian_flows::{
    AdjustmentStatus, Decided, FlowError, Platform, ProposeAdjustmentRequest, Proposed, Subject,
    adjustment_status, decide_adjustment, find_operation, load_adjustment, operation_receipt,
    propose_adjustment,
};
use feiqian_ledger::account::{FrozenBy, Status};
use feiqian_ledger::audit::FindingKind;
use feiqian_ledger::{
    ADJUSTMENT_LIFETIME_MS, Account, AccountId, AdjustmentDirection, DORMANT_AFTER_MS, Document,
    EntryKind, InternalName, Operation, OperationId, Refusal, Region,
};
use feiqian_limits::AccountClass;
use feiqian_money::Amount;
use feiqian_store::Store;
use serde_json::Value;

/// More calls than an approval makes.
const CALLS_MAX: usize = 40;

/// An account with 10.00 in it.
fn funded() -> (World, Family) {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    world.fund(&family, "t", 1_000);
    (world, family)
}

fn change(world: &World, family: &Family, change: impl FnOnce(&mut Account)) {
    let mut account = world.account(family);
    change(&mut account);
    let key = Account::key(&family.account);
    run(world.store.put(&key, &account.encode().unwrap())).unwrap().unwrap();
}

fn request(
    family: &Family,
    key: &str,
    direction: AdjustmentDirection,
    fen: i64,
) -> ProposeAdjustmentRequest {
    ProposeAdjustmentRequest {
        maker: "alice".into(),
        key: key.into(),
        account: family.account.clone(),
        direction,
        amount: Amount::from_minor(fen),
        reason: "the till charged twice".into(),
        reference: "case 7".into(),
    }
}

fn propose(
    world: &World,
    request: ProposeAdjustmentRequest,
) -> Option<Result<Proposed, FlowError>> {
    run(propose_adjustment(world, request))
}

/// A proposal of alice's.
fn proposed(
    world: &World,
    family: &Family,
    direction: AdjustmentDirection,
    fen: i64,
) -> OperationId {
    propose(world, request(family, "p", direction, fen)).unwrap().unwrap().operation.id
}

fn decide(
    world: &World,
    who: &str,
    id: &OperationId,
    approved: bool,
) -> Option<Result<Decided, FlowError>> {
    run(decide_adjustment(world, who, id, approved))
}

fn approve(world: &World, who: &str, id: &OperationId) -> Result<Decided, FlowError> {
    decide(world, who, id, true).unwrap()
}

fn refused(refusal: Refusal) -> FlowError {
    FlowError::Refused { refusal, replayed: false }
}

fn status(world: &World, id: &OperationId) -> AdjustmentStatus {
    let operation = run(load_adjustment(world, id)).unwrap().unwrap();
    adjustment_status(&operation, world.now())
}

fn balance(world: &World, family: &Family) -> i64 {
    world.account(family).balance().minor()
}

/// What operators have taken from customers less what they have given.
fn other_side(world: &World) -> i64 {
    world.internal_balance(&InternalName::Adjustments)
}

#[test]
fn an_approved_adjustment_stands_in_both_journals_and_counts_in_no_limit() {
    for (direction, fen) in [(Credit, 300), (Debit, -300)] {
        let (world, family) = funded();
        let before = world.account(&family).usage;
        let id = proposed(&world, &family, direction, 300);
        assert_eq!((balance(&world, &family), other_side(&world)), (1_000, 0));
        assert_eq!(status(&world, &id), AdjustmentStatus::Proposed);
        let decided = approve(&world, "bob", &id).unwrap();
        assert!(!decided.replayed);
        assert_eq!(status(&world, &id), AdjustmentStatus::Succeeded);
        assert_eq!((balance(&world, &family), other_side(&world)), (1_000 + fen, -fen));
        let account = world.account(&family);
        let newest = account.journal.entries().last().unwrap();
        assert_eq!((newest.kind, newest.amount.minor()), (EntryKind::Adjustment, fen));
        assert_eq!(newest.counterparty, "case 7", "the reason is the operators'");
        assert_eq!(account.usage, before);
        let (customer, account) = (&family.customer, &family.account);
        let receipt = run(operation_receipt(&world, customer, account, &id)).unwrap().unwrap();
        assert_eq!(receipt.entry, *newest);
        world.check_quiet();
    }
}

#[test]
fn a_proposal_asked_again_is_the_same_and_another_with_its_key_is_refused() {
    let (world, family) = funded();
    let first = propose(&world, request(&family, "p", Credit, 300)).unwrap().unwrap();
    let again = propose(&world, request(&family, "p", Credit, 300)).unwrap().unwrap();
    assert_eq!((again.operation, again.replayed), (first.operation, true));
    for other in [request(&family, "p", Debit, 300), request(&family, "p", Credit, 301)] {
        assert_eq!(propose(&world, other).unwrap().unwrap_err(), FlowError::KeyReused);
    }
    let mut nobody = request(&family, "q", Credit, 300);
    nobody.account = AccountId::derive(Region::EXAMPLE, &["nobody"]);
    let missing = propose(&world, nobody).unwrap().unwrap_err();
    assert_eq!(missing, FlowError::NotFound(Subject::Account));
    assert_eq!(world.documents::<Operation>("operation/").len(), 2, "a top up and a proposal");
}

#[test]
fn nobody_approves_their_own_proposal() {
    let (world, family) = funded();
    let id = proposed(&world, &family, Credit, 300);
    for approved in [true, false] {
        let own = decide(&world, "alice", &id, approved).unwrap().unwrap_err();
        assert_eq!(own, refused(Refusal::AdjustmentOwn));
    }
    assert_eq!(status(&world, &id), AdjustmentStatus::Proposed);
    assert_eq!(balance(&world, &family), 1_000);
    world.check_quiet();
}

#[test]
fn an_adjustment_is_decided_once() {
    let (world, family) = funded();
    let id = proposed(&world, &family, Credit, 300);
    approve(&world, "bob", &id).unwrap();
    assert!(approve(&world, "bob", &id).unwrap().replayed);
    for (who, approved) in [("bob", false), ("carol", true), ("carol", false)] {
        let late = decide(&world, who, &id, approved).unwrap().unwrap_err();
        assert_eq!(late, refused(Refusal::AdjustmentDecided), "{who} {approved}");
    }
    assert_eq!(balance(&world, &family), 1_300);
    world.check_quiet();
}

#[test]
fn what_was_rejected_is_never_approved() {
    let (world, family) = funded();
    let id = proposed(&world, &family, Credit, 300);
    decide(&world, "bob", &id, false).unwrap().unwrap();
    assert!(decide(&world, "bob", &id, false).unwrap().unwrap().replayed);
    for who in ["bob", "carol"] {
        assert_eq!(approve(&world, who, &id).unwrap_err(), refused(Refusal::AdjustmentDecided));
    }
    assert_eq!(status(&world, &id), AdjustmentStatus::Rejected);
    let found = run(find_operation(&world, &family.customer, &family.account, &id)).unwrap();
    let hidden = FlowError::NotFound(Subject::Operation);
    assert_eq!(found.unwrap_err(), hidden, "it is no holder's business");
    assert_eq!(balance(&world, &family), 1_000);
    world.check_quiet();
}

#[test]
fn a_proposal_that_nobody_decided_about_expires_for_good() {
    let (world, family) = funded();
    let id = proposed(&world, &family, Credit, 300);
    let noon = world.clock.get();
    world.clock.set(noon + ADJUSTMENT_LIFETIME_MS);
    assert_eq!(status(&world, &id), AdjustmentStatus::Expired);
    for _ in 0..2 {
        for approved in [true, false] {
            let late = decide(&world, "bob", &id, approved).unwrap().unwrap_err();
            assert_eq!(late, refused(Refusal::AdjustmentExpired));
        }
        // A clock that goes back opens no second time.
        world.clock.set(noon);
    }
    assert_eq!(status(&world, &id), AdjustmentStatus::Expired);
    assert_eq!(balance(&world, &family), 1_000);
    world.check_quiet();
}

#[test]
fn a_debit_takes_all_that_is_there_and_no_more() {
    for (fen, taken) in [(1_000, true), (1_001, false)] {
        let (world, family) = funded();
        let id = proposed(&world, &family, Debit, fen);
        let decided = approve(&world, "bob", &id).unwrap().operation;
        let expected = if taken { AdjustmentStatus::Succeeded } else { AdjustmentStatus::Failed };
        assert_eq!(status(&world, &id), expected);
        assert_eq!(balance(&world, &family), if taken { 0 } else { 1_000 });
        assert_eq!(other_side(&world), if taken { 1_000 } else { 0 });
        // What comes later changes nothing about it.
        world.fund(&family, "t2", 5_000);
        assert_eq!(approve(&world, "bob", &id).unwrap().operation, decided);
        assert_eq!(other_side(&world), if taken { 1_000 } else { 0 });
        world.check_quiet();
    }
}

#[test]
fn a_credit_goes_beyond_the_cap_on_a_balance() {
    let world = World::new();
    let family = world.family("a", AccountClass::III);
    world.fund(&family, "t", 200_000);
    let id = proposed(&world, &family, Credit, 300);
    approve(&world, "bob", &id).unwrap();
    assert_eq!(balance(&world, &family), 200_300);
    let beyond = world.top_up(&family, "t2", 1).unwrap().unwrap_err();
    assert!(
        matches!(beyond, FlowError::Refused { refusal: Refusal::LimitExceeded { .. }, .. }),
        "the cap stands for everything else: {beyond:?}"
    );
    world.check_quiet();
}

/// (state, taken)
#[test]
fn what_is_in_use_is_adjusted_if_frozen_as_well_and_nothing_else_is() {
    let freeze = |account: &mut Account| {
        account.freeze(FrozenBy::Operator, "court".into(), account.created_at).unwrap();
    };
    for direction in [Credit, Debit] {
        let (world, family) = funded();
        change(&world, &family, freeze);
        let id = proposed(&world, &family, direction, 300);
        approve(&world, "bob", &id).unwrap();
        assert_eq!(status(&world, &id), AdjustmentStatus::Succeeded);
        world.check_quiet();
    }
    for (stored, dormant) in [
        (Status::Opening, false),
        (Status::Closed, false),
        (Status::Rejected, false),
        (Status::Active, true),
    ] {
        let world = World::new();
        let family = world.family("a", AccountClass::II);
        change(&world, &family, |account| account.status = stored);
        if dormant {
            world.clock.set(world.clock.get() + DORMANT_AFTER_MS);
        }
        let id = proposed(&world, &family, Credit, 300);
        let failed = approve(&world, "bob", &id).unwrap().operation;
        let status = if dormant { Status::Dormant } else { stored };
        let reason = Refusal::AccountNotActive { status };
        let name = failed.state.name();
        assert!(format!("{:?}", failed.state).contains(&format!("{reason:?}")), "{name}");
        assert_eq!((balance(&world, &family), other_side(&world)), (0, 0), "{status:?}");
    }
}

#[test]
fn a_proposal_that_dies_at_any_call_is_proposed_by_asking_again() {
    let mut finished = false;
    for calls in 0..CALLS_MAX {
        let (world, family) = funded();
        world.die_after(Some(calls));
        finished = propose(&world, request(&family, "p", Debit, 300)).is_some();
        world.die_after(None);
        let key = match propose(&world, request(&family, "p", Debit, 300)).unwrap() {
            Err(FlowError::InProgress) => "another",
            _ => "p",
        };
        let again = propose(&world, request(&family, key, Debit, 300)).unwrap().unwrap();
        approve(&world, "bob", &again.operation.id).unwrap();
        assert_eq!((balance(&world, &family), other_side(&world)), (700, 300), "after {calls}");
        world.check_quiet();
        if finished {
            break;
        }
    }
    assert!(finished, "the proposal never ran to its end");
}

#[test]
fn an_approval_that_dies_at_any_call_moves_the_money_once_or_not_at_all() {
    for (direction, fen) in [(Credit, 300_i64), (Debit, -300), (Debit, -1_001)] {
        for asks_again in [true, false] {
            let mut finished = false;
            for calls in 0..CALLS_MAX {
                let (world, family) = funded();
                let id = proposed(&world, &family, direction, fen.abs());
                world.die_after(Some(calls));
                finished = decide(&world, "bob", &id, true).is_some();
                world.die_after(None);
                world.check_whole();
                if asks_again {
                    approve(&world, "bob", &id).unwrap();
                } else if status(&world, &id) == AdjustmentStatus::Proposed {
                    // A mark of what was never approved stands until nobody can approve it.
                    world.clock.set(world.clock.get() + ADJUSTMENT_LIFETIME_MS);
                    world.work_once();
                }
                world.work_until_quiet();
                let taken =
                    (1_000 + fen >= 0) && status(&world, &id) == AdjustmentStatus::Succeeded;
                assert_eq!(balance(&world, &family), 1_000 + if taken { fen } else { 0 });
                assert_eq!(other_side(&world), if taken { -fen } else { 0 }, "after {calls}");
                let end = status(&world, &id);
                assert!(end != AdjustmentStatus::Approved, "after {calls}");
                assert!(!asks_again || end != AdjustmentStatus::Expired, "after {calls}");
                world.check_quiet();
                if finished {
                    break;
                }
            }
            assert!(finished, "the approval never ran to its end");
        }
    }
}

#[test]
fn the_mark_of_what_is_not_approved_yet_stands_and_finishes_what_then_is() {
    let (world, family) = funded();
    let id = proposed(&world, &family, Credit, 300);
    // It is read, and its mark set; then the approver dies.
    world.die_after(Some(2));
    assert!(decide(&world, "bob", &id, true).is_none());
    world.die_after(None);
    assert_eq!(world.pending(), 1);
    for _ in 0..3 {
        world.clock.set(world.clock.get() + 60 * 60 * 1000);
        world.work_once();
        assert_eq!(world.pending(), 1);
    }
    assert_eq!(
        (status(&world, &id), balance(&world, &family)),
        (AdjustmentStatus::Proposed, 1_000)
    );
    approve(&world, "carol", &id).unwrap();
    world.clock.set(world.clock.get() + 60 * 60 * 1000);
    world.work_once();
    assert_eq!(balance(&world, &family), 1_300);
    world.check_quiet();
}

#[test]
fn an_audit_finds_money_that_moved_without_a_second_name() {
    let (world, family) = funded();
    let id = proposed(&world, &family, Credit, 300);
    approve(&world, "bob", &id).unwrap();
    world.check_quiet();
    let key = Operation::key(&id);
    let bytes = run(world.store.inner.read(&key)).unwrap().unwrap().unwrap();
    let mut document: Value = serde_json::from_slice(&bytes).unwrap();
    document["kind"]["adjustment"]["decision"]["checker"] = "alice".into();
    run(world.store.inner.put(&key, document.to_string().as_bytes())).unwrap().unwrap();
    let (_, findings) = world.audit(100);
    let found: Vec<_> = findings.iter().map(|finding| (finding.kind, &finding.key)).collect();
    assert_eq!(found, [(FindingKind::OutcomeDiffers, &key)]);
}
