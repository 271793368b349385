use crate::world::{Family, World, policy, run, vault};
use feiqian_bank_api::{AccountKind, FaceResult};
use feiqian_flows::{
    FaceRequested, FlowError, Subject, UpgradeRequest, find_face_verification, open_account,
    request_face_verification, upgrade_account,
};
use feiqian_identity::CardNumber;
use feiqian_ledger::account::{FaceState, FaceVerification};
use feiqian_ledger::{Account, CustomerId, FACE_LIFETIME_MS, Refusal, Region};
use feiqian_limits::AccountClass;

fn ask(world: &World, family: &Family, key: &str) -> Result<FaceRequested, FlowError> {
    let Family { customer, account, .. } = family;
    run(request_face_verification(world, &vault(), customer, account, key)).unwrap()
}

fn look(world: &World, family: &Family, asked: &FaceRequested) -> FaceVerification {
    let Family { customer, account, .. } = family;
    let id = &asked.verification.id;
    run(find_face_verification(world, &vault(), customer, account, id)).unwrap().unwrap()
}

fn upgrade(world: &World, family: &Family, card: Option<&str>) -> Result<Account, FlowError> {
    let request = UpgradeRequest {
        customer: family.customer.clone(),
        key: "upgrade".into(),
        account: family.account.clone(),
        card_number: card.map(|number| CardNumber::parse(number).unwrap()),
    };
    run(upgrade_account(world, &policy(), &vault(), request)).unwrap()
}

const CARD: &str = "6216261000000000018";

#[test]
fn the_bank_says_whether_the_holder_was_verified_face_to_face() {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    let asked = ask(&world, &family, "k").unwrap();
    assert_eq!(asked.verification.state, FaceState::Pending, "no answer is no result");
    assert!(ask(&world, &family, "k").unwrap().replayed);
    assert_eq!(ask(&world, &family, "other"), Err(Refusal::FacePending.into()));
    world.bank.face.set(Some(FaceResult::Pending));
    assert_eq!(look(&world, &family, &asked).state, FaceState::Pending);
    world.bank.face.set(Some(FaceResult::Failed));
    assert_eq!(look(&world, &family, &asked).state, FaceState::Failed);
    world.bank.face.set(Some(FaceResult::Passed));
    assert_eq!(look(&world, &family, &asked).state, FaceState::Failed, "a result is one");
    assert_eq!(world.account(&family).verified_face_to_face_at, None);
    assert_eq!(ask(&world, &family, "again").unwrap().verification.state, FaceState::Passed);
    let now = feiqian_calendar::Timestamp::from_millis(world.clock.get());
    assert_eq!(world.account(&family).verified_face_to_face_at, Some(now));
    assert_eq!(ask(&world, &family, "once more"), Err(Refusal::FaceVerified.into()));
    let stranger = CustomerId::derive(Region::EXAMPLE, &["b"]);
    let id = &asked.verification.id;
    let refused = run(find_face_verification(&world, &vault(), &stranger, &family.account, id));
    assert_eq!(refused.unwrap(), Err(FlowError::NotFound(Subject::Account)));
}

#[test]
fn a_result_after_its_time_does_not_count() {
    for (waited, state) in
        [(FACE_LIFETIME_MS - 1, FaceState::Passed), (FACE_LIFETIME_MS, FaceState::Expired)]
    {
        let world = World::new();
        let family = world.family("a", AccountClass::II);
        let asked = ask(&world, &family, "k").unwrap();
        world.bank.face.set(Some(FaceResult::Passed));
        world.clock.set(world.clock.get() + waited);
        let now = feiqian_calendar::Timestamp::from_millis(world.clock.get());
        assert_eq!(look(&world, &family, &asked).state_at(now), state);
        let verified = world.account(&family).verified_face_to_face_at;
        assert_eq!(verified.is_some(), state == FaceState::Passed);
    }
}

#[test]
fn an_upgrade_takes_five_elements_or_a_face_to_face_verification() {
    let world = World::new();
    let family = world.family("a", AccountClass::III);
    assert_eq!(upgrade(&world, &family, None).unwrap_err(), Refusal::FaceNeeded.into());
    world.bank.kind.set(Some(AccountKind::ClassII));
    let unsuitable = upgrade(&world, &family, Some(CARD)).unwrap_err();
    assert_eq!(unsuitable, Refusal::BoundAccountUnsuitable.into());
    assert_eq!(world.account(&family).class, AccountClass::III);
    world.bank.face.set(Some(FaceResult::Passed));
    ask(&world, &family, "k").unwrap();
    assert_eq!(upgrade(&world, &family, None).unwrap().class, AccountClass::II);
    assert_eq!(upgrade(&world, &family, None).unwrap().class, AccountClass::II);
}

fn open(world: &World, name: &str, class: AccountClass) -> Result<(), FlowError> {
    let request = world.open_request(name, class);
    run(open_account(world, &policy(), &vault(), request)).unwrap().map(drop)
}

#[test]
fn an_upgrade_moves_the_account_from_one_of_the_persons_places_to_another() {
    let world = World::new();
    let family = world.family("a", AccountClass::III);
    for number in 0..4 {
        open(&world, &format!("III {number}"), AccountClass::III).unwrap();
        open(&world, &format!("II {number}"), AccountClass::II).unwrap();
    }
    let full = Err(Refusal::AccountClassFull.into());
    assert_eq!(open(&world, "sixth III", AccountClass::III), full);
    upgrade(&world, &family, Some(CARD)).unwrap();
    assert_eq!(open(&world, "sixth II", AccountClass::II), full);
    assert_eq!(open(&world, "freed III", AccountClass::III), Ok(()));
    assert_eq!(open(&world, "another III", AccountClass::III), full);
}

#[test]
fn a_sixth_account_of_the_class_is_no_upgrade_either() {
    let world = World::new();
    let family = world.family("a", AccountClass::III);
    for number in 0..5 {
        open(&world, &format!("II {number}"), AccountClass::II).unwrap();
    }
    let refused = upgrade(&world, &family, Some(CARD)).unwrap_err();
    assert_eq!(refused, Refusal::AccountClassFull.into());
    assert_eq!(world.account(&family).class, AccountClass::III);
}

#[test]
fn an_upgrade_comes_to_its_end_wherever_the_process_dies() {
    for calls in 0..60 {
        let world = World::new();
        let family = world.family("a", AccountClass::III);
        world.die_after(Some(calls));
        let request = UpgradeRequest {
            customer: family.customer.clone(),
            key: "upgrade".into(),
            account: family.account.clone(),
            card_number: Some(CardNumber::parse(CARD).unwrap()),
        };
        let first = run(upgrade_account(&world, &policy(), &vault(), request));
        world.die_after(None);
        let again = upgrade(&world, &family, Some(CARD));
        // A ticket whose holder died keeps its place: the person may have one less.
        assert_eq!(again.unwrap().class, AccountClass::II, "{calls}");
        for number in 0..5 {
            open(&world, &format!("III {number}"), AccountClass::III).unwrap();
        }
        let full = Err(Refusal::AccountClassFull.into());
        assert_eq!(open(&world, "sixth III", AccountClass::III), full, "{calls}");
        if first.is_some() {
            return;
        }
    }
    panic!("the upgrade never ended");
}
