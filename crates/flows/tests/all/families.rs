//! Credentials, codes and families.

use crate::world::{Family, PIN, World, pepper, run, vault};
use feiqian_bank_api::FaceResult;
use feiqian_calendar::Calendar;
use feiqian_flows::{
    BindRelativeRequest, Bound, ChangeCredentialRequest, FamilyRequest, FlowError,
    GiveMedicalCodeRequest, GivenMedicalCode, Whose, bind_relative, change_credential,
    consent_to_binder, end_binder, give_medical_code, insured_person, request_face_verification,
    set_allowance, share_account, unbind_relative,
};
use feiqian_identity::{HolderName, Pin, ResidentId};
use feiqian_ledger::medical::{
    BindingState, CredentialState, Insured, MedicalRefusal, Relation, ShareRelation,
};
use feiqian_ledger::{Refusal, Region, RelativeId};
use feiqian_limits::AccountClass;
use feiqian_money::Amount;

/// Born 2015, 1990, and on the day 16 years before the world's, and the day after.
pub const CHILD: &str = "110105201506010016";
pub const ADULT: &str = "110105199003070017";
const SIXTEEN: &str = "110105201011230017";
const FIFTEEN: &str = "110105201011240012";

impl World {
    /// An account of another person than [`World::family`] opens for.
    pub fn other_family(&self, name: &str, resident_id: &str) -> Family {
        let mut request = self.open_request(name, AccountClass::II);
        request.resident_id = ResidentId::parse(resident_id).unwrap();
        self.family_of(request)
    }

    pub fn by(&self, family: &Family) -> FamilyRequest {
        FamilyRequest {
            customer: family.customer.clone(),
            account: family.account.clone(),
            pin: Pin::parse(PIN).unwrap(),
        }
    }

    pub fn bind(
        &self,
        family: &Family,
        key: &str,
        resident_id: &str,
        material: Option<&str>,
    ) -> Option<Result<Bound, FlowError>> {
        let request = BindRelativeRequest {
            by: self.by(family),
            key: key.into(),
            name: HolderName::parse("李小四").unwrap(),
            resident_id: ResidentId::parse(resident_id).unwrap(),
            relation: Relation::Child,
            material: material.map(str::to_owned),
        };
        run(bind_relative(self, &vault(), &pepper(), Calendar::CHINA, request))
    }

    pub fn change_credential(
        &self,
        family: &Family,
        relative: Option<(&RelativeId, &str)>,
        state: CredentialState,
    ) -> Result<Insured, FlowError> {
        let whose = match relative {
            None => Whose::Own,
            Some((id, resident_id)) => Whose::Relatives {
                id: id.clone(),
                name: HolderName::parse("李小四").unwrap(),
                resident_id: ResidentId::parse(resident_id).unwrap(),
            },
        };
        let FamilyRequest { customer, account, pin } = self.by(family);
        let request = ChangeCredentialRequest { customer, account, whose, state, pin };
        run(change_credential(self, &vault(), &pepper(), request)).unwrap()
    }

    pub fn code(
        &self,
        family: &Family,
        relative: Option<&RelativeId>,
        digits: &str,
    ) -> Result<GivenMedicalCode, FlowError> {
        let request = GiveMedicalCodeRequest {
            customer: family.customer.clone(),
            account: family.account.clone(),
            relative: relative.cloned(),
            shared_account: true,
            digits: digits.into(),
        };
        run(give_medical_code(self, request)).unwrap()
    }

    /// Lets the bank see the account's holder.
    pub fn show_face(&self, family: &Family) {
        self.bank.face.set(Some(FaceResult::Passed));
        let (customer, account) = (&family.customer, &family.account);
        run(request_face_verification(self, &vault(), customer, account, "f")).unwrap().unwrap();
    }

    pub fn insured(&self, family: &Family) -> Insured {
        run(insured_person(self, &family.customer, &family.account)).unwrap().unwrap()
    }
}

fn refused<T: std::fmt::Debug>(outcome: Result<T, FlowError>) -> Refusal {
    match outcome.unwrap_err() {
        FlowError::Refused { refusal, .. } => refusal,
        other => panic!("{other}"),
    }
}

fn not<T: std::fmt::Debug>(outcome: Result<T, FlowError>, why: MedicalRefusal) {
    assert_eq!(refused(outcome), why.into());
}

#[test]
fn a_credential_is_activated_suspended_and_activated_again() {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    not(world.code(&family, None, "1"), MedicalRefusal::CredentialNotActive);
    let suspended = CredentialState::Suspended;
    not(world.change_credential(&family, None, suspended), MedicalRefusal::CredentialNotActive);
    world.change_credential(&family, None, CredentialState::Active).unwrap();
    let given = world.code(&family, None, "1").unwrap();
    assert!(!given.replayed && world.code(&family, None, "1").unwrap().replayed);
    world.change_credential(&family, None, suspended).unwrap();
    not(world.code(&family, None, "2"), MedicalRefusal::CredentialSuspended);
    world.change_credential(&family, None, CredentialState::Active).unwrap();
    assert!(world.code(&family, None, "2").is_ok());
}

#[test]
fn under_16_an_undertaking_is_enough_and_from_16_on_the_relative_consents_by_face() {
    let world = World::new();
    let parent = world.family("a", AccountClass::II);
    not(world.bind(&parent, "k", FIFTEEN, None).unwrap(), MedicalRefusal::UndertakingNeeded);
    assert!(world.insured(&parent).relatives().is_empty(), "the place was given up");
    let bound = world.bind(&parent, "k", FIFTEEN, Some("book 1")).unwrap().unwrap();
    assert_eq!(bound.state, BindingState::Undertaken { material: "book 1".into() });
    assert!(world.bind(&parent, "k", FIFTEEN, Some("book 1")).unwrap().unwrap().replayed);
    not(world.bind(&parent, "l", FIFTEEN, Some("1")).unwrap(), MedicalRefusal::AlreadyBound);

    let grown = world.other_family("b", SIXTEEN);
    let asked = world.bind(&parent, "k", SIXTEEN, Some("book 1")).unwrap().unwrap();
    assert_eq!(asked.state, BindingState::Asked);
    world.change_credential(&grown, None, CredentialState::Active).unwrap();
    not(world.code(&parent, Some(&asked.id), "1"), MedicalRefusal::NotBound);
    let consent =
        || run(consent_to_binder(&world, &pepper(), world.by(&grown), &asked.id)).unwrap();
    assert_eq!(refused(consent()), Refusal::FaceVerificationRequired);
    world.show_face(&grown);
    consent().unwrap();
    assert!(world.code(&parent, Some(&asked.id), "1").is_ok());
    // The consent is taken back.
    run(end_binder(&world, &pepper(), world.by(&grown), &asked.id)).unwrap().unwrap();
    not(world.code(&parent, Some(&asked.id), "2"), MedicalRefusal::NotBound);
    assert_eq!(world.insured(&parent).relatives().len(), 1);
    not(world.bind(&parent, "k", SIXTEEN, None).unwrap(), MedicalRefusal::NotBound);
}

#[test]
fn only_who_is_bound_activates_and_shows_a_childs_credential() {
    let world = World::new();
    let (parent, other) = (world.family("a", AccountClass::II), world.other_family("b", ADULT));
    let bound = world.bind(&parent, "k", CHILD, Some("book")).unwrap().unwrap();
    let active = CredentialState::Active;
    not(
        world.change_credential(&other, Some((&bound.id, CHILD)), active),
        MedicalRefusal::NotBound,
    );
    not(world.code(&parent, Some(&bound.id), "1"), MedicalRefusal::CredentialNotActive);
    world.change_credential(&parent, Some((&bound.id, CHILD)), active).unwrap();
    not(world.code(&other, Some(&bound.id), "1"), MedicalRefusal::NotBound);
    assert!(world.code(&parent, Some(&bound.id), "1").is_ok());
    run(unbind_relative(&world, &pepper(), world.by(&parent), &bound.id)).unwrap().unwrap();
    not(world.code(&parent, Some(&bound.id), "2"), MedicalRefusal::NotBound);
}

#[test]
fn a_personal_account_is_shared_by_an_authorisation_of_its_own() {
    let world = World::new();
    let parent = world.family("a", AccountClass::II);
    let bound = world.bind(&parent, "k", CHILD, Some("book")).unwrap().unwrap();
    world.change_credential(&parent, None, CredentialState::Active).unwrap();
    let child = Some((&bound.id, CHILD));
    world.change_credential(&parent, child, CredentialState::Active).unwrap();
    let shared = |digits| world.code(&parent, Some(&bound.id), digits).unwrap().code.shared_by;
    assert_eq!(shared("1"), None);
    let share = |shares_as| {
        run(share_account(&world, &pepper(), world.by(&parent), &bound.id, shares_as)).unwrap()
    };
    share(Some(ShareRelation::Child)).unwrap();
    assert_eq!(shared("2"), Some(world.insured(&parent).person.id));
    share(None).unwrap();
    assert_eq!(shared("3"), None);
}

#[test]
fn an_allowance_is_granted_to_a_bound_relative_alone() {
    let world = World::new();
    let parent = world.family("a", AccountClass::II);
    let bound = world.bind(&parent, "k", CHILD, Some("book")).unwrap().unwrap();
    let grant = |id: &RelativeId, fen: Option<i64>| {
        let amount = fen.map(Amount::from_minor);
        run(set_allowance(&world, &pepper(), world.by(&parent), id, amount)).unwrap()
    };
    assert_eq!(grant(&bound.id, Some(500)).unwrap().allowances().len(), 1);
    grant(&bound.id, None).unwrap();
    not(grant(&RelativeId::derive(Region::EXAMPLE, &["x"]), Some(1)), MedicalRefusal::NotBound);
    let wrong = FamilyRequest { pin: Pin::parse("135790").unwrap(), ..world.by(&parent) };
    let outcome = run(set_allowance(&world, &pepper(), wrong, &bound.id, None)).unwrap();
    assert_eq!(refused(outcome), Refusal::PinIncorrect { attempts_left: 2 });
}

#[test]
fn a_binding_that_dies_at_any_call_is_bound_once_when_it_is_asked_again() {
    let mut finished = false;
    for calls in 0..30 {
        let world = World::new();
        let parent = world.family("a", AccountClass::II);
        world.die_after(Some(calls));
        finished = world.bind(&parent, "k", CHILD, Some("book")).is_some();
        world.die_after(None);
        let bound = world.bind(&parent, "k", CHILD, Some("book")).unwrap().unwrap();
        let relatives = world.insured(&parent);
        assert_eq!(relatives.relatives().len(), 1, "died after {calls}");
        assert_eq!(relatives.relatives()[0].id, bound.id);
        world.check_whole();
        if finished {
            break;
        }
    }
    assert!(finished);
}
