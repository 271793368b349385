//! Reports of abnormal transactions.

use crate::world::{Family, World, policy, run};
use feiqian_calendar::{Calendar, Timestamp};
use feiqian_flows::{
    FlowError, Made, ReportRequest, Subject, close_case, load_case, read_case_log,
    report_operation, settle_report,
};
use feiqian_ledger::account::{Case, CaseOutcome, ReportReason, Status};
use feiqian_ledger::{CASES_MAX, CaseId, OperationId, PartnerId, Refusal, Region};
use feiqian_limits::AccountClass;
use feiqian_store::{Pending, Store as _};

type Reported = Result<(Made<Case>, Option<Pending>), FlowError>;

fn partner() -> PartnerId {
    PartnerId::parse("par_demo").unwrap()
}

/// An account with a top up and so many payments.
fn account_with(world: &World, payments: i64) -> Family {
    let family = world.family("a", AccountClass::II);
    world.fund(&family, "t", 100_000);
    for fen in 1..=payments {
        let order = world.order(&format!("o{fen}"), fen);
        let request = world.pay_request(&family, &format!("p{fen}"), &order, fen);
        world.settle(&world.pay(request).unwrap().unwrap());
    }
    family
}

/// The operation of payment number `fen`.
fn payment(family: &Family, fen: i64) -> OperationId {
    OperationId::derive(
        family.account.region(),
        &[family.account.as_str(), "payment", &format!("p{fen}")],
    )
}

fn request(family: &Family, key: &str, operation: OperationId, freeze: bool) -> ReportRequest {
    ReportRequest {
        customer: family.customer.clone(),
        partner: partner(),
        key: key.into(),
        account: family.account.clone(),
        operation,
        reason: ReportReason::NotMine,
        description: "I was asleep".into(),
        freeze,
    }
}

fn report(world: &World, request: ReportRequest) -> Option<Reported> {
    run(report_operation(world, request))
}

/// The cases that the partner is told of today.
fn told(world: &World) -> Vec<CaseId> {
    let today = Calendar::CHINA.day(feiqian_flows::Platform::now(world));
    let lines = run(read_case_log(world, &partner(), today)).unwrap().unwrap();
    lines.into_iter().map(|line| line.case).collect()
}

#[test]
fn a_report_opens_one_case_freezes_and_is_told_to_bank_and_partner() {
    let world = World::new();
    let family = account_with(&world, 2);
    let asked = request(&family, "r", payment(&family, 1), true);
    let (made, mark) = report(&world, asked.clone()).unwrap().unwrap();
    let now = feiqian_flows::Platform::now(&world);
    assert_eq!(world.account(&family).status_at(now), Status::Frozen);
    run(settle_report(&world, policy().calendar, &mark.unwrap())).unwrap().unwrap();
    let case = made.document.id;
    assert_eq!(world.bank.reports.borrow().as_slice(), [case.to_string()]);
    assert_eq!(told(&world), [case]);
    assert_eq!(world.pending(), 0);

    let (again, mark) = report(&world, asked.clone()).unwrap().unwrap();
    assert!(again.replayed && mark.is_none());
    let other_text = ReportRequest { description: "No".into(), ..asked.clone() };
    assert_eq!(report(&world, other_text).unwrap(), Err(FlowError::KeyReused));
    let other_operation = ReportRequest { operation: payment(&family, 2), ..asked.clone() };
    assert_eq!(report(&world, other_operation).unwrap(), Err(FlowError::KeyReused));
    let second = ReportRequest { key: "s".into(), ..asked };
    let refused = FlowError::from(Refusal::OperationReported);
    assert_eq!(report(&world, second).unwrap(), Err(refused));
    let unknown = request(&family, "u", OperationId::derive(Region::EXAMPLE, &["x"]), false);
    let none = FlowError::NotFound(Subject::Operation);
    assert_eq!(report(&world, unknown).unwrap(), Err(none));
}

#[test]
fn a_report_that_dies_anywhere_is_told_once_or_was_never_made() {
    for calls in 0.. {
        let world = World::new();
        let family = account_with(&world, 1);
        let asked = request(&family, "r", payment(&family, 1), true);
        world.die_after(Some(calls));
        let done = report(&world, asked).is_some_and(|reported| {
            let (_, mark) = reported.unwrap();
            run(settle_report(&world, policy().calendar, &mark.unwrap())).is_some()
        });
        world.die_after(None);
        world.work_until_quiet();
        let account = world.account(&family);
        let opened: Vec<CaseId> = account.cases().iter().map(|case| case.id.clone()).collect();
        assert_eq!(told(&world), opened, "after {calls} calls");
        let frozen = account.status_at(feiqian_flows::Platform::now(&world)) == Status::Frozen;
        assert_eq!(frozen, !opened.is_empty(), "after {calls} calls");
        assert!(account.cases().iter().all(|case| case.told_at.is_some()), "after {calls} calls");
        if done {
            assert_eq!(opened.len(), 1);
            return;
        }
    }
}

#[test]
fn a_request_that_slept_while_its_mark_was_dropped_sets_it_again() {
    let world = World::new();
    let family = account_with(&world, 1);
    let asked = request(&family, "r", payment(&family, 1), false);
    // Dies just before the account's swap, its mark set; the worker drops the mark.
    for calls in 0..20 {
        world.die_after(Some(calls));
        assert!(report(&world, asked.clone()).is_none());
        world.die_after(None);
        if world.pending() > 0 {
            break;
        }
    }
    let before = world.account(&family);
    world.work_until_quiet();
    assert_ne!(world.account(&family), before, "a swap of what was read before must fail");
    assert_eq!(world.account(&family).cases(), []);
}

#[test]
fn a_case_that_is_opened_while_the_worker_gives_it_up_has_a_mark() {
    for steps in 0..40 {
        let world = World::new();
        let family = account_with(&world, 1);
        let asked = request(&family, "r", payment(&family, 1), false);
        let mut request = Box::pin(report_operation(&world, asked));
        // The request sleeps before its swap, its mark set.
        while world.pending() == 0 {
            world.die_after(Some(1));
            assert!(run(request.as_mut()).is_none());
            world.die_after(None);
        }
        let due = run(world.store.inner.pending_due(Timestamp::MAX, 10)).unwrap().unwrap();
        let mark = due.iter().find(|mark| mark.name.contains("report")).unwrap();
        // The worker finds no case, changes the account, and sleeps before it drops the mark.
        let mut worker = Box::pin(settle_report(&world, policy().calendar, mark));
        let before = world.account(&family);
        while world.account(&family) == before {
            world.die_after(Some(1));
            assert!(run(worker.as_mut()).is_none());
            world.die_after(None);
        }
        // The request goes on for some steps, then the worker ends, then the request.
        world.die_after(Some(steps));
        let answered = run(request.as_mut()).is_some();
        world.die_after(None);
        run(worker.as_mut()).unwrap().unwrap();
        if !answered {
            run(request.as_mut()).unwrap().unwrap();
        }
        assert_eq!((world.account(&family).cases().len(), world.pending()), (1, 1), "{steps}");
        if answered {
            return;
        }
    }
    panic!("the request never ran to its end");
}

#[test]
fn a_silent_bank_is_told_later() {
    let world = World::new();
    let family = account_with(&world, 1);
    world.bank.deaf_to_reports.set(true);
    let asked = request(&family, "r", payment(&family, 1), false);
    let (_, mark) = report(&world, asked).unwrap().unwrap();
    let settled = run(settle_report(&world, policy().calendar, &mark.unwrap())).unwrap();
    assert_eq!(settled, Err(FlowError::BankUnavailable));
    assert_eq!((told(&world).len(), world.pending()), (0, 1));
    world.bank.deaf_to_reports.set(false);
    world.work_until_quiet();
    assert_eq!(told(&world).len(), 1);
}

#[test]
fn closed_cases_make_room_and_are_kept() {
    let world = World::new();
    let most = i64::try_from(CASES_MAX).unwrap();
    let family = account_with(&world, most + 1);
    let open = |fen: i64| {
        report(&world, request(&family, &format!("r{fen}"), payment(&family, fen), false)).unwrap()
    };
    let cases: Vec<CaseId> = (1..=most).map(|fen| open(fen).unwrap().0.document.id).collect();
    world.work_until_quiet();
    assert_eq!(open(most + 1).unwrap_err(), FlowError::from(Refusal::CasesFull));

    let close = |outcome, remark| {
        run(close_case(&world, &family.account, &cases[1], outcome, remark)).unwrap()
    };
    close(CaseOutcome::Unfounded, "Seen").unwrap();
    open(most + 1).unwrap();
    assert!(world.account(&family).case(&cases[1]).is_none());
    let kept = run(load_case(&world, &family.account, &cases[1])).unwrap().unwrap();
    assert_eq!(kept.closing.as_ref().map(|closing| closing.outcome), Some(CaseOutcome::Unfounded));
    assert_eq!(close(CaseOutcome::Unfounded, "Seen").unwrap(), kept);
    let other = close(CaseOutcome::Confirmed, "Seen").unwrap_err();
    assert_eq!(other, FlowError::from(Refusal::CaseClosed));
    assert!(open(2).unwrap().0.replayed, "the same report, though its case has left the account");
    let unknown = CaseId::derive(Region::EXAMPLE, &["x"]);
    let nowhere = run(load_case(&world, &family.account, &unknown)).unwrap();
    assert_eq!(nowhere, Err(FlowError::NotFound(Subject::Case)));
}
