//! Visits: the insurer's part and the cash, killed before each of their calls in turn.

use crate::families::{ADULT, CHILD};
use crate::world::{Family, Mood, PIN, World, pepper, policy, run};
use feiqian_calendar::Day;
use feiqian_flows::{
    ConfirmVisitRequest, ConfirmedVisit, CreateMerchantRequest, CreateVisitRequest, DifferenceKind,
    FlowError, Made, RefundRequest, RefundVisitRequest, RefundedVisit, cancel_visit, confirm_visit,
    create_merchant, create_visit, find_visit, reconcile_visits, refund_order, refund_visit,
    set_allowance, set_institution, share_account, visit_of_partner,
};
use feiqian_identity::Pin;
use feiqian_ledger::medical::{
    CredentialState, Institution, MedicalRefusal, ProofKind, ShareRelation, Split, Visit,
};
use feiqian_ledger::{
    MEDICAL_CODE_LIFETIME_MS, MerchantId, OrderId, PartnerId, Refusal, RelativeId,
    VISIT_CASH_LIFETIME_S, VISIT_LIFETIME_MS,
};
use feiqian_limits::AccountClass;
use feiqian_money::Amount;

/// More calls than any visit makes.
const CALLS_MAX: usize = 90;

fn partner() -> PartnerId {
    PartnerId::parse("par_demo").unwrap()
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

fn institution() -> Institution {
    Institution {
        number: "H1".into(),
        region: "110100".into(),
        designated: true,
        insurance_payment: true,
        accepts: vec![ProofKind::Credential],
    }
}

impl World {
    fn clinic(&self) -> MerchantId {
        let clinic = CreateMerchantRequest {
            partner: partner(),
            key: "clinic".into(),
            name: "Clinic".into(),
            category: "hospital".into(),
        };
        run(create_merchant(self, clinic)).unwrap().unwrap().document.id
    }

    fn visit_request(&self, digits: &str, insured: bool) -> CreateVisitRequest {
        CreateVisitRequest {
            partner: partner(),
            key: format!("visit {digits}"),
            merchant: self.clinic(),
            proof: ProofKind::Credential,
            code: digits.into(),
            reference: "V1".into(),
            lines: vec![
                ("Consultation".into(), Amount::from_minor(500)),
                ("Syrup".into(), Amount::from_minor(300)),
            ],
            insured,
        }
    }

    fn visit(&self, digits: &str, insured: bool) -> Result<Made<Visit>, FlowError> {
        run(create_visit(self, self.visit_request(digits, insured))).unwrap()
    }

    fn confirm(
        &self,
        family: &Family,
        visit: &Visit,
        key: &str,
    ) -> Option<Result<ConfirmedVisit, FlowError>> {
        self.confirm_by(family, visit, key, None)
    }

    fn confirm_by(
        &self,
        family: &Family,
        visit: &Visit,
        key: &str,
        allowance: Option<&RelativeId>,
    ) -> Option<Result<ConfirmedVisit, FlowError>> {
        let request = ConfirmVisitRequest {
            by: self.by(family),
            key: key.into(),
            visit: visit.id.clone(),
            shown: visit.split().unwrap(),
            allowance: allowance.cloned(),
        };
        run(confirm_visit(self, &policy(), &pepper(), request))
    }

    fn refund_visit(
        &self,
        visit: &Visit,
        key: &str,
        lines: Option<&[u16]>,
    ) -> Option<Result<RefundedVisit, FlowError>> {
        let request = RefundVisitRequest {
            partner: partner(),
            key: key.into(),
            visit: visit.id.clone(),
            lines: lines.map(<[u16]>::to_vec),
            reason: "Not given".into(),
        };
        run(refund_visit(self, &policy(), request))
    }

    fn look(&self, visit: &Visit) -> Visit {
        run(visit_of_partner(self, &policy(), &partner(), &visit.id)).unwrap().unwrap()
    }

    fn pass(&self, millis: u64) {
        self.clock.set(self.clock.get() + millis);
    }

    fn pay_cash(&self, family: &Family, order: &OrderId, key: &str) -> Result<(), FlowError> {
        let cash = self.load_order(order).amount.minor();
        let paid = self.pay(self.pay_request(family, key, order, cash)).unwrap()?;
        self.settle(&paid);
        Ok(())
    }

    /// What the insurer owes, and what the institution has of cash.
    fn got(&self) -> (i64, i64) {
        (self.insurer.owed(), self.merchants_balance())
    }
}

/// A parent with 10.00, and a visit of the child's for 8.00: 4.80 the insurer's, 3.20 cash.
struct Case {
    world: World,
    parent: Family,
    child: RelativeId,
    visit: Visit,
}

fn case() -> Case {
    let world = World::new();
    let parent = world.family("a", AccountClass::II);
    world.fund(&parent, "t", 1_000);
    let child = world.bind(&parent, "k", CHILD, Some("book")).unwrap().unwrap().id;
    world.change_credential(&parent, None, CredentialState::Active).unwrap();
    let active = CredentialState::Active;
    world.change_credential(&parent, Some((&child, CHILD)), active).unwrap();
    run(set_institution(&world, &world.clinic(), institution())).unwrap().unwrap();
    world.code(&parent, Some(&child), "1").unwrap();
    let visit = world.visit("1", true).unwrap().document;
    Case { world, parent, child, visit }
}

fn order_of(visit: &Visit) -> OrderId {
    visit.confirmed().unwrap().order.clone().unwrap()
}

fn settled() -> Case {
    let case = case();
    let Case { world, parent, visit, .. } = &case;
    let confirmed = world.confirm(parent, visit, "c").unwrap().unwrap();
    world.pay_cash(parent, &order_of(&confirmed.visit), "p").unwrap();
    let visit = world.look(visit);
    assert_eq!(visit.status(), "settled");
    Case { visit, ..case }
}

#[test]
fn a_parent_pays_a_childs_visit_and_both_books_have_it() {
    let Case { world, parent, visit, .. } = case();
    let split = visit.split().unwrap();
    assert_eq!((split.insurers().unwrap().minor(), split.cash.minor()), (480, 320));
    assert!(world.visit("1", true).unwrap().replayed);
    let confirmed = world.confirm(&parent, &visit, "c").unwrap().unwrap();
    assert_eq!(confirmed.visit.status(), "awaiting_cash");
    assert!(world.confirm(&parent, &visit, "c").unwrap().unwrap().replayed);
    not(world.confirm(&parent, &visit, "d").unwrap(), MedicalRefusal::VisitConfirmed);
    world.pay_cash(&parent, &order_of(&confirmed.visit), "p").unwrap();
    world.work_until_quiet();
    world.check_quiet();
    assert_eq!(world.look(&visit).status(), "settled");
    assert_eq!(world.got(), (480, 320));
    let books = run(reconcile_visits(&world, Day::parse("2026-11-23").unwrap()));
    // The bank of these tests gives no statements.
    assert_eq!(books.unwrap(), Err(FlowError::BankUnavailable));
}

#[test]
fn the_order_of_a_visit_is_nobodys_to_pay_before_the_insurer_has_settled() {
    let Case { world, parent, visit, .. } = case();
    world.insurer.mood.set(Mood::Loses);
    let waiting = world.confirm(&parent, &visit, "c").unwrap().unwrap();
    assert_eq!(waiting.visit.status(), "committing");
    let order = order_of(&waiting.visit);
    assert!(matches!(world.pay_cash(&parent, &order, "p"), Err(FlowError::NotFound(_))));
    world.insurer.mood.set(Mood::Settles);
    let confirmed = world.confirm(&parent, &visit, "c").unwrap().unwrap();
    assert_eq!(confirmed.visit.status(), "awaiting_cash");
    // Another account cannot pay it, either.
    let other = world.other_family("b", ADULT);
    assert!(matches!(world.pay_cash(&other, &order, "p"), Err(FlowError::NotFound(_))));
    world.pay_cash(&parent, &order, "p2").unwrap();
    assert_eq!(world.look(&visit).status(), "settled");
}

#[test]
fn cash_that_is_not_paid_in_time_gives_the_insurers_part_back() {
    for mood in [Mood::Settles, Mood::SettlesInSilence, Mood::Loses] {
        let Case { world, parent, visit, .. } = case();
        let confirmed = world.confirm(&parent, &visit, "c").unwrap().unwrap();
        assert_eq!(world.got(), (480, 0));
        world.pass(VISIT_CASH_LIFETIME_S * 1000);
        world.insurer.mood.set(mood);
        let late = world.pay_cash(&parent, &order_of(&confirmed.visit), "p");
        assert_eq!(refused(late), Refusal::OrderExpired);
        let _ = world.look(&visit);
        world.insurer.mood.set(Mood::Settles);
        world.work_until_quiet();
        world.check_quiet();
        assert_eq!(world.got(), (0, 0), "{mood:?}");
        assert_eq!(world.look(&visit).failure(), Some(&MedicalRefusal::CashNotPaid.into()));
    }
}

#[test]
fn another_split_than_the_payer_saw_is_given_back() {
    let Case { world, parent, visit, .. } = case();
    world.insurer.changes.set(true);
    not(world.confirm(&parent, &visit, "c").unwrap(), MedicalRefusal::SplitChanged);
    not(world.confirm(&parent, &visit, "c").unwrap(), MedicalRefusal::SplitChanged);
    not(world.confirm(&parent, &visit, "d").unwrap(), MedicalRefusal::VisitClosed);
    assert_eq!(world.got(), (0, 0));
    world.work_until_quiet();
    world.check_quiet();
}

#[test]
fn an_insurer_that_rejects_leaves_nothing_behind() {
    let Case { world, parent, visit, .. } = case();
    world.insurer.mood.set(Mood::Rejects);
    let reason = feiqian_insurer_api::DeclineReason::Other;
    let refusal = MedicalRefusal::InsurerDeclined { reason };
    not(world.confirm(&parent, &visit, "c").unwrap(), refusal);
    world.work_until_quiet();
    world.check_quiet();
    assert_eq!((world.got(), world.account(&parent).balance().minor()), ((0, 0), 1_000));
}

#[test]
fn what_is_missing_is_said_clearly_and_makes_no_visit() {
    let Case { world, parent, child, .. } = case();
    let clinic = world.clinic();
    let set = |institution| run(set_institution(&world, &clinic, institution)).unwrap().unwrap();
    let code = |digits| world.code(&parent, Some(&child), digits).unwrap();
    not(world.visit("9", true), MedicalRefusal::CodeUnknown);
    let mut taken = world.visit_request("1", true);
    taken.key = "other".into();
    not(run(create_visit(&world, taken)).unwrap(), MedicalRefusal::CodeSpent);
    set(Institution { designated: false, ..institution() });
    not(world.visit("2", true), MedicalRefusal::NotDesignated);
    set(Institution { insurance_payment: false, ..institution() });
    not(world.visit("2", true), MedicalRefusal::NotSwitchedOn);
    set(institution());
    let mut card = world.visit_request("2", true);
    card.proof = ProofKind::SocialSecurityCard;
    let (presented, accepted) = (ProofKind::SocialSecurityCard, vec![ProofKind::Credential]);
    let other_proof = MedicalRefusal::ProofNotAccepted { presented, accepted };
    not(run(create_visit(&world, card)).unwrap(), other_proof);
    set(Institution { region: "310100".into(), ..institution() });
    code("2");
    let (insured, institution_) = ("110100".to_owned(), "310100".to_owned());
    let region = MedicalRefusal::RegionDiffers { insured, institution: institution_ };
    not(world.visit("2", true), region);
    set(institution());
    world.insurer.excess.set(1);
    not(world.visit("2", true), MedicalRefusal::SplitWrong);
    world.insurer.excess.set(0);
    world.insurer.deaf.set(true);
    assert_eq!(world.visit("2", true), Err(FlowError::InsurerUnavailable));
    world.insurer.deaf.set(false);
    assert!(world.visit("2", true).is_ok(), "the code is spent by this very visit");
    code("3");
    world.pass(MEDICAL_CODE_LIFETIME_MS);
    not(world.visit("3", true), MedicalRefusal::CodeExpired);
}

#[test]
fn a_payer_confirms_exactly_what_was_shown_in_time_and_by_pin() {
    let Case { world, parent, visit, .. } = case();
    let request = |shown, pin: &str| {
        let mut by = world.by(&parent);
        by.pin = Pin::parse(pin).unwrap();
        let (key, visit) = ("c".to_owned(), visit.id.clone());
        let request = ConfirmVisitRequest { by, key, visit, shown, allowance: None };
        run(confirm_visit(&world, &policy(), &pepper(), request)).unwrap()
    };
    let split = visit.split().unwrap();
    let other = Split { cash: split.cash.checked_sub(Amount::from_minor(1)).unwrap(), ..split };
    not(request(other, PIN), MedicalRefusal::SplitDiffers);
    assert_eq!(refused(request(split, "135790")), Refusal::PinIncorrect { attempts_left: 2 });
    let stranger = world.other_family("b", ADULT);
    assert!(matches!(world.confirm(&stranger, &visit, "c").unwrap(), Err(FlowError::NotFound(_))));
    let find = |family: &Family| {
        run(find_visit(&world, &policy(), &family.customer, &family.account, &visit.id)).unwrap()
    };
    assert!(find(&parent).is_ok() && find(&stranger).is_err());
    world.pass(VISIT_LIFETIME_MS);
    not(request(split, PIN), MedicalRefusal::VisitExpired);
    world.work_until_quiet();
    assert_eq!(world.look(&visit).status(), "closed");
}

#[test]
fn a_visit_may_be_paid_in_cash_alone_or_by_the_insurer_alone() {
    let Case { world, parent, child, .. } = case();
    world.code(&parent, Some(&child), "2").unwrap();
    let cash = world.visit("2", false).unwrap().document;
    assert_eq!(cash.split().unwrap(), Split::cash_only(Amount::from_minor(800)));
    let confirmed = world.confirm(&parent, &cash, "c").unwrap().unwrap();
    world.pay_cash(&parent, &order_of(&confirmed.visit), "p").unwrap();
    assert_eq!((world.look(&cash).status(), world.got()), ("settled", (0, 800)));
    world.refund_visit(&cash, "r", None).unwrap().unwrap();
    assert_eq!(world.got(), (0, 0));

    world.insurer.pays_all.set(true);
    world.code(&parent, Some(&child), "3").unwrap();
    let whole = world.visit("3", true).unwrap().document;
    let confirmed = world.confirm(&parent, &whole, "c").unwrap().unwrap();
    assert_eq!((confirmed.visit.status(), world.got()), ("settled", (800, 0)));
    world.refund_visit(&whole, "r", Some(&[1])).unwrap().unwrap();
    assert_eq!(world.got(), (300, 0));
    world.work_until_quiet();
    world.check_quiet();
}

#[test]
fn a_relatives_personal_account_and_an_allowance_pay_together() {
    let Case { world, parent, .. } = case();
    let grown = world.other_family("b", ADULT);
    world.show_face(&grown);
    let bound = world.bind(&parent, "g", ADULT, None).unwrap().unwrap().id;
    let pepper = pepper();
    let consent = feiqian_flows::consent_to_binder(&world, &pepper, world.by(&grown), &bound);
    run(consent).unwrap().unwrap();
    world.change_credential(&grown, None, CredentialState::Active).unwrap();
    let shares = Some(ShareRelation::Sibling);
    let share = share_account(&world, &pepper, world.by(&parent), &bound, shares);
    run(share).unwrap().unwrap();
    let grant = |fen| {
        let amount = Some(Amount::from_minor(fen));
        run(set_allowance(&world, &pepper, world.by(&parent), &bound, amount)).unwrap().unwrap()
    };
    grant(239);
    world.code(&grown, None, "2").unwrap();
    let visit = world.visit("2", true).unwrap().document;
    // 5.60 are the insurer's now, 0.80 of them from the shared account.
    assert_eq!(visit.split().unwrap().family.minor(), 80);
    assert_eq!(visit.split().unwrap().cash.minor(), 240);
    not(world.confirm_by(&grown, &visit, "c", Some(&bound)).unwrap(), MedicalRefusal::CashNotPaid);
    assert_eq!(world.got(), (0, 0));
    grant(240);
    world.code(&grown, None, "3").unwrap();
    let visit = world.visit("3", true).unwrap().document;
    let paid = world.confirm_by(&grown, &visit, "c", Some(&bound)).unwrap().unwrap();
    assert_eq!((paid.visit.status(), world.got()), ("settled", (560, 240)));
    assert_eq!(world.account(&parent).balance().minor(), 760);
    assert_eq!(world.account(&parent).allowances()[0].per_month.minor(), 240);
    world.work_until_quiet();
    world.check_quiet();
}

#[test]
fn cancelling_gives_the_insurers_part_back_and_loses_against_a_payment() {
    let Case { world, parent, visit, .. } = case();
    let confirmed = world.confirm(&parent, &visit, "c").unwrap().unwrap();
    run(cancel_visit(&world, &policy(), &partner(), &visit.id)).unwrap().unwrap();
    assert_eq!((world.look(&visit).status(), world.got()), ("closed", (0, 0)));
    let late = world.pay_cash(&parent, &order_of(&confirmed.visit), "p");
    assert_eq!(refused(late), Refusal::OrderClosed);
    let Case { world, visit, .. } = settled();
    let late = run(cancel_visit(&world, &policy(), &partner(), &visit.id)).unwrap();
    assert_eq!(refused(late), Refusal::OrderAlreadyPaid);
}

#[test]
fn lines_go_back_once_each_to_the_insurer_and_to_the_payer() {
    let Case { world, parent, visit, .. } = settled();
    let refunded = world.refund_visit(&visit, "r1", Some(&[2])).unwrap().unwrap();
    assert_eq!(refunded.refund.status(), "succeeded");
    assert_eq!(world.got(), (300, 200));
    assert_eq!(world.account(&parent).balance().minor(), 800);
    assert!(world.refund_visit(&visit, "r1", Some(&[2])).unwrap().unwrap().replayed);
    for (key, lines, line) in [("r2", &[2][..], 2), ("r3", &[1, 2], 2), ("r4", &[3], 3)] {
        let refusal = MedicalRefusal::LineNotRefundable { line };
        not(world.refund_visit(&visit, key, Some(lines)).unwrap(), refusal);
    }
    // Only the visit decides about its order's refunds.
    let direct = RefundRequest {
        partner: partner(),
        key: "r".into(),
        order: order_of(&visit),
        amount: Amount::from_minor(1),
        reason: "x".into(),
    };
    not(run(refund_order(&world, &policy(), direct)).unwrap(), MedicalRefusal::RefundByVisit);
    world.refund_visit(&visit, "r5", None).unwrap().unwrap();
    world.work_until_quiet();
    world.check_quiet();
    assert_eq!((world.got(), world.account(&parent).balance().minor()), ((0, 0), 1_000));
}

#[test]
fn a_refund_that_the_insurer_refuses_moves_nothing_and_frees_its_lines() {
    let Case { world, visit, .. } = settled();
    world.insurer.mood.set(Mood::Rejects);
    let reason = feiqian_insurer_api::DeclineReason::Other;
    let refusal = MedicalRefusal::InsurerDeclined { reason };
    not(world.refund_visit(&visit, "r1", None).unwrap(), refusal);
    assert_eq!(world.got(), (480, 320));
    world.insurer.mood.set(Mood::Settles);
    world.refund_visit(&visit, "r2", None).unwrap().unwrap();
    assert_eq!(world.got(), (0, 0));
}

#[test]
fn a_visit_that_dies_at_any_call_ends_whole_with_both_or_neither() {
    for again in [true, false] {
        for mood in [Mood::Settles, Mood::SettlesInSilence, Mood::Loses] {
            let mut finished = false;
            for calls in 0..CALLS_MAX {
                let Case { world, parent, visit, .. } = case();
                world.insurer.mood.set(mood);
                world.die_after(Some(calls));
                finished = world.confirm(&parent, &visit, "c").is_some();
                world.die_after(None);
                world.check_whole();
                world.insurer.mood.set(Mood::Settles);
                if again {
                    world.confirm(&parent, &visit, "c").unwrap().unwrap();
                    let order = order_of(&world.look(&visit));
                    world.pay_cash(&parent, &order, "p").unwrap();
                    world.work_until_quiet();
                    assert_eq!(world.got(), (480, 320), "died after {calls}");
                } else {
                    world.pass(VISIT_LIFETIME_MS);
                    world.work_until_quiet();
                    assert_eq!(world.got(), (0, 0), "died after {calls}");
                }
                world.check_quiet();
                if finished {
                    break;
                }
            }
            assert!(finished, "the confirmation never ran to its end");
        }
    }
}

#[test]
fn a_refund_of_a_visit_that_dies_at_any_call_gives_both_parts_back_or_none() {
    for again in [true, false] {
        for mood in [Mood::Settles, Mood::SettlesInSilence, Mood::Loses] {
            let mut finished = false;
            for calls in 0..CALLS_MAX {
                let Case { world, visit, .. } = settled();
                world.work_until_quiet();
                world.insurer.mood.set(mood);
                world.die_after(Some(calls));
                finished = world.refund_visit(&visit, "r", Some(&[1])).is_some();
                world.die_after(None);
                world.check_whole();
                world.insurer.mood.set(Mood::Settles);
                if again {
                    world.refund_visit(&visit, "r", Some(&[1])).unwrap().unwrap();
                }
                world.work_until_quiet();
                world.check_quiet();
                let got = world.got();
                assert!(got == (180, 120) || (!again && got == (480, 320)), "{calls}: {got:?}");
                if finished {
                    break;
                }
            }
            assert!(finished, "the refund never ran to its end");
        }
    }
}

#[test]
fn the_insurers_books_are_held_against_ours_line_by_line() {
    let Case { world, visit, .. } = settled();
    world.refund_visit(&visit, "r1", Some(&[2])).unwrap().unwrap();
    world.bank.statement.set(true);
    let day = Day::parse("2026-11-23").unwrap();
    let books = run(reconcile_visits(&world, day)).unwrap().unwrap();
    assert_eq!(books.differences, []);
    assert_eq!((books.insurer_matched, books.from_balances.minor()), (2, 320));
    assert_eq!(books.settled.insurers().unwrap().minor(), 480);
    assert_eq!(books.given_back.insurers().unwrap().minor(), 180);
    // The insurer settles something that we never learn of.
    let claim = visit.claim().unwrap().unwrap();
    let request_id = "stray".to_owned();
    let stray = feiqian_insurer_api::InsurerRequest::Commit { request_id, claim };
    run(feiqian_flows::Insurer::request(&world, stray)).unwrap();
    let books = run(reconcile_visits(&world, day)).unwrap().unwrap();
    let kinds: Vec<_> = books.differences.iter().map(|found| found.kind).collect();
    assert_eq!(kinds, [DifferenceKind::UnknownToUs]);
}
