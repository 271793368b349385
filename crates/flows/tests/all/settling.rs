//! Merchants' days: fees, payouts and bills, and a process that dies at each call of a run.

use std::collections::BTreeSet;

use crate::world::{COMPANY_ACCOUNT, Family, Mood, World, merchant, policy, run, vault};
use feiqian_calendar::{Calendar, Day};
use feiqian_flows::{
    BILL_ENTRIES_MAX, BillLine, FlowError, Platform, RefundRequest, SetSettlementRequest, Subject,
    refund_order, run_settlements, set_settlement, settle_refund, settlement_bill, settlement_of,
};
use feiqian_identity::{BankAccountNumber, CnapsCode};
use feiqian_ledger::{
    Document, EntryKind, FeeRate, InternalAccount, InternalName, Merchant, Movement, OperationId,
    OrderId, PAGE_ENTRIES, Page, PartnerId, Posting, Region, SETTLED_PAGES_SKIPPED_MAX, Settlement,
    SettlementEnd,
};
use feiqian_limits::AccountClass;
use feiqian_money::Amount;
use feiqian_store::Store;

/// More calls than the settlement of a day makes.
const CALLS_MAX: usize = 200;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

fn partner() -> PartnerId {
    PartnerId::parse("par_demo").unwrap()
}

fn terms(rate: &str) -> SetSettlementRequest {
    SetSettlementRequest {
        merchant: merchant(),
        rate: FeeRate::parse(rate).unwrap(),
        bank_code: CnapsCode::parse("102100099996").unwrap(),
        number: BankAccountNumber::parse(COMPANY_ACCOUNT).unwrap(),
        name: "面馆有限公司".into(),
    }
}

pub fn set(world: &World, rate: &str) -> Option<Result<Merchant, FlowError>> {
    run(set_settlement(world, Calendar::CHINA, &vault(), terms(rate)))
}

pub fn settle(world: &World) -> Option<Result<(), FlowError>> {
    run(run_settlements(world, Calendar::CHINA, &vault(), &merchant()))
}

fn pay(world: &World, family: &Family, key: &str, fen: i64) -> OrderId {
    let order = world.order(key, fen);
    let paid = world.pay(world.pay_request(family, key, &order, fen)).unwrap().unwrap();
    world.settle(&paid);
    order
}

fn refund(world: &World, order: &OrderId, key: &str, fen: i64) {
    let request = RefundRequest {
        partner: partner(),
        key: key.into(),
        order: order.clone(),
        amount: Amount::from_minor(fen),
        reason: "Cold".into(),
    };
    let refunded = run(refund_order(world, &policy(), request)).unwrap().unwrap();
    run(settle_refund(world, &policy(), refunded.unsettled.as_ref().unwrap())).unwrap().unwrap();
}

fn today(world: &World) -> Day {
    Calendar::CHINA.day(world.now())
}

pub fn next_day(world: &World) {
    world.clock.set(world.clock.get() + DAY_MS);
}

fn fees(world: &World) -> i64 {
    world.internal_balance(&InternalName::Fees)
}

/// A merchant at 0.6 % that was paid 7.00 and 2.50 today, of which 1.00 was given back.
pub fn sold() -> (World, Family) {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    world.fund(&family, "t", 5_000);
    let order = pay(&world, &family, "1", 700);
    set(&world, "0.0060").unwrap().unwrap();
    pay(&world, &family, "2", 250);
    refund(&world, &order, "r", 100);
    (world, family)
}

/// What [`sold`] leaves: fees of 4.2 and 1.5 fen, each rounded for itself.
const NET: i64 = 844;

/// Those fees.
const FEES: i64 = 6;

#[test]
fn a_day_is_paid_out_less_a_fee_for_each_payment() {
    let (world, _) = sold();
    let day = today(&world);
    let before = world.bank.debited();
    settle(&world).unwrap().unwrap();
    assert_eq!(world.bank.debited(), before, "the day is not over");
    next_day(&world);
    settle(&world).unwrap().unwrap();
    settle(&world).unwrap().unwrap();
    assert_eq!(world.bank.debited(), before - NET, "it is paid out once");
    assert_eq!((world.merchants_balance(), fees(&world)), (0, FEES));
    world.check_quiet();

    let settled = run(settlement_of(&world, &partner(), &merchant(), day)).unwrap().unwrap();
    let SettlementEnd::PaidOut { account, bank_code, .. } = &settled.end else {
        panic!("{:?}", settled.end)
    };
    assert_eq!((account.as_str(), bank_code.as_str()), ("6222**********0001", "102100099996"));
    let tally = settled.tally;
    assert_eq!((tally.payments, tally.paid_in.minor()), (2, 950));
    assert_eq!((tally.refunds, tally.given_back.minor()), (1, 100));
    let stored = world.store.inner.documents();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(stored.iter().all(|(_, bytes)| !text(bytes).contains(COMPANY_ACCOUNT)), "it is sealed");
}

#[test]
fn a_bill_says_what_a_day_is_made_of_to_the_merchants_partner_alone() {
    let (world, _) = sold();
    let day = today(&world);
    next_day(&world);
    settle(&world).unwrap().unwrap();
    let bill = run(settlement_bill(&world, &partner(), &merchant(), day, 1)).unwrap().unwrap();
    assert_eq!((bill.part, bill.parts), (1, 1));
    let of = |line: &BillLine| (line.kind.as_str(), line.amount.minor(), line.fee.minor());
    let lines: BTreeSet<_> = bill.lines.iter().map(of).collect();
    let expected = [("payment", 700, 4), ("payment", 250, 2), ("refund", -100, 0)];
    assert_eq!(lines, BTreeSet::from(expected));
    assert!(bill.lines.iter().all(|line| line.reference == "1"));
    let other = PartnerId::parse("par_other").unwrap();
    for (asker, day, part, missing) in [
        (&other, day, 1, Subject::Merchant),
        (&partner(), day, 0, Subject::Settlement),
        (&partner(), day, 2, Subject::Settlement),
        (&partner(), day.next().unwrap(), 1, Subject::Settlement),
    ] {
        let answer = run(settlement_bill(&world, asker, &merchant(), day, part)).unwrap();
        assert_eq!(answer, Err(FlowError::NotFound(missing)));
    }
}

#[test]
fn a_settlement_that_dies_at_any_call_pays_once_what_is_owed() {
    for mood in [Mood::Settles, Mood::SettlesInSilence, Mood::Loses, Mood::Rejects] {
        let mut finished = false;
        for calls in 0..CALLS_MAX {
            let (world, _) = sold();
            let before = world.bank.debited();
            next_day(&world);
            world.bank.mood.set(mood);
            world.die_after(Some(calls));
            let answered = settle(&world);
            world.die_after(None);
            let clear = matches!(mood, Mood::Settles | Mood::Rejects);
            assert!(answered.as_ref().is_none_or(|answer| answer.is_ok() == clear), "{mood:?}");
            finished = answered.is_some();
            world.check_whole();
            if mood != Mood::Rejects {
                world.bank.mood.set(Mood::Settles);
            }
            settle(&world).unwrap().unwrap();
            world.check_quiet();
            let owed = if mood == Mood::Rejects { NET } else { 0 };
            let paid = before - world.bank.debited();
            let left = (world.merchants_balance(), fees(&world));
            assert_eq!((paid, left), (NET - owed, (owed, FEES)), "{mood:?} after {calls}");
            if finished {
                break;
            }
        }
        assert!(finished, "the settlement never ran to its end: {mood:?}");
    }
}

#[test]
fn the_worker_settles_each_day_without_being_asked() {
    let (world, family) = sold();
    let before = world.bank.debited();
    for fen in [NET, 400] {
        next_day(&world);
        // Merchants take their turns within the first hours.
        world.clock.set(world.clock.get() / DAY_MS * DAY_MS + DAY_MS / 2);
        world.bank.mood.set(Mood::Loses);
        world.work_once();
        world.bank.mood.set(Mood::Settles);
        world.work_until_quiet();
        assert_eq!(world.merchants_balance(), 0, "{fen}");
        world.check_quiet();
        pay(&world, &family, &format!("of {fen}"), 402);
    }
    assert_eq!(world.bank.debited(), before - NET - 400);
}

#[test]
fn what_the_bank_refuses_is_paid_out_on_a_later_day_by_another_request() {
    let (world, family) = sold();
    let (day, before) = (today(&world), world.bank.debited());
    world.bank.mood.set(Mood::Rejects);
    next_day(&world);
    settle(&world).unwrap().unwrap();
    let refused = run(settlement_of(&world, &partner(), &merchant(), day)).unwrap().unwrap();
    assert!(matches!(refused.end, SettlementEnd::Refused { .. }), "{:?}", refused.end);
    assert_eq!((refused.carried_over.minor(), world.merchants_balance()), (NET, NET));
    world.bank.mood.set(Mood::Settles);
    settle(&world).unwrap().unwrap();
    assert_eq!(world.bank.debited(), before, "nothing more of a day that is over is tried");
    pay(&world, &family, "3", 1_000);
    next_day(&world);
    settle(&world).unwrap().unwrap();
    assert_eq!(world.bank.debited(), before - NET - 994);
    let next = day.next().unwrap();
    let paid = run(settlement_of(&world, &partner(), &merchant(), next)).unwrap().unwrap();
    assert_eq!((paid.carried.minor(), paid.due.minor()), (NET, NET + 994));
    assert_ne!(paid.operation, refused.operation);
    assert_eq!(world.merchants_balance(), 0);
    world.check_quiet();
}

#[test]
fn what_is_given_back_after_a_payout_is_taken_off_the_next_one() {
    let (world, family) = sold();
    next_day(&world);
    settle(&world).unwrap().unwrap();
    let before = world.bank.debited();
    let order = pay(&world, &family, "3", 100);
    next_day(&world);
    settle(&world).unwrap().unwrap();
    assert_eq!(world.bank.debited(), before - 99);
    refund(&world, &order, "r2", 100);
    let day = today(&world);
    next_day(&world);
    settle(&world).unwrap().unwrap();
    let kept = run(settlement_of(&world, &partner(), &merchant(), day)).unwrap().unwrap();
    assert_eq!((kept.end, kept.carried_over.minor()), (SettlementEnd::CarriedOver, -100));
    pay(&world, &family, "4", 500);
    next_day(&world);
    settle(&world).unwrap().unwrap();
    assert_eq!(world.bank.debited(), before - 99 - (497 - 100));
    world.check_quiet();
}

#[test]
fn a_payment_belongs_to_the_day_on_which_its_merchant_is_credited() {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    world.fund(&family, "t", 5_000);
    let day = today(&world);
    let midnight = Calendar::CHINA.start_of(day.next().unwrap()).as_millis();
    world.order("never paid", 1);
    set(&world, "0").unwrap().unwrap();
    world.clock.set(midnight - 1);
    pay(&world, &family, "last", 300);
    let late = world.order("late", 500);
    let paid = world.pay(world.pay_request(&family, "late", &late, 500)).unwrap().unwrap();
    world.clock.set(midnight);
    world.settle(&paid);
    settle(&world).unwrap().unwrap();
    let first = run(settlement_of(&world, &partner(), &merchant(), day)).unwrap().unwrap();
    assert_eq!(first.due.minor(), 300);
    next_day(&world);
    settle(&world).unwrap().unwrap();
    let next = day.next().unwrap();
    let second = run(settlement_of(&world, &partner(), &merchant(), next)).unwrap().unwrap();
    assert_eq!(second.due.minor(), 500);
    world.check_quiet();
}

#[test]
fn another_rate_counts_from_the_next_day_on() {
    let (world, family) = sold();
    set(&world, "0.05").unwrap().unwrap();
    pay(&world, &family, "3", 1_000);
    next_day(&world);
    pay(&world, &family, "4", 1_000);
    next_day(&world);
    for paid in [FEES + 6, FEES + 6 + 50] {
        settle(&world).unwrap().unwrap();
        assert_eq!(fees(&world), paid, "a run settles a day");
    }
    world.check_quiet();
}

#[test]
fn terms_that_die_at_any_call_are_set_when_said_again() {
    for calls in 0..CALLS_MAX {
        let world = World::new();
        let family = world.family("a", AccountClass::II);
        world.fund(&family, "t", 5_000);
        pay(&world, &family, "1", 700);
        world.die_after(Some(calls));
        let finished = set(&world, "0.0060").is_some();
        world.die_after(None);
        set(&world, "0.0060").unwrap().unwrap();
        next_day(&world);
        settle(&world).unwrap().unwrap();
        assert_eq!((world.merchants_balance(), fees(&world)), (0, 4), "died after {calls}");
        world.check_quiet();
        if finished {
            return;
        }
    }
    panic!("the terms were never set");
}

#[test]
fn a_day_of_very_many_payments_is_read_in_parts_that_leave_nothing_out() {
    let world = World::new();
    let family = world.family("a", AccountClass::II);
    world.fund(&family, "t", 5_000);
    let payments = BILL_ENTRIES_MAX + 20;
    for number in 0..payments {
        pay(&world, &family, &format!("{number}"), 3);
    }
    let day = today(&world);
    set(&world, "0").unwrap().unwrap();
    next_day(&world);
    settle(&world).unwrap().unwrap();
    let mut operations = BTreeSet::new();
    for part in 1..=2 {
        let bill = run(settlement_bill(&world, &partner(), &merchant(), day, part));
        let bill = bill.unwrap().unwrap();
        assert_eq!(bill.parts, 2);
        assert_eq!(bill.settlement.due.minor(), 3 * payments.cast_signed());
        operations.extend(bill.lines.into_iter().map(|line| line.operation));
    }
    assert_eq!(operations.len() as u64, payments);
}

/// So many entries of settlements alone that one look does not get past them.
#[test]
fn a_payment_behind_very_many_settlements_is_settled() {
    let (world, _) = sold();
    let kind = EntryKind::SettlementFee;
    for account in world.documents::<InternalAccount>("internal/mer_") {
        let (owner, key) = (
            InternalAccount::owner(&account.name, account.shard),
            InternalAccount::key(&account.name, account.shard),
        );
        let mut account = InternalAccount::new(account.name, account.shard);
        for number in 0..=(PAGE_ENTRIES * SETTLED_PAGES_SKIPPED_MAX + 1) {
            if let Some(page) = account.journal.full_page() {
                let key = Page::key(&owner, page.number);
                run(world.store.put(&key, &page.encode().unwrap())).unwrap().unwrap();
                account.journal.drop_page(&page);
            }
            let movement = Movement {
                operation: OperationId::derive(Region::EXAMPLE, &[&owner, &number.to_string()]),
                kind: if number > PAGE_ENTRIES * SETTLED_PAGES_SKIPPED_MAX {
                    EntryKind::Refund
                } else {
                    kind
                },
                amount: Amount::from_minor(-1),
                by_card: Amount::ZERO,
                at: world.now(),
                counterparty: "2026-01-01".into(),
            };
            let id = movement.operation.clone();
            assert_eq!(account.post(movement, "order/1".into()), Ok(Posting::Posted));
            account.forget(&[id]);
        }
        run(world.store.put(&key, &account.encode().unwrap())).unwrap().unwrap();
    }
    let day = today(&world);
    next_day(&world);
    settle(&world).unwrap().unwrap();
    let settled: Vec<Settlement> = world.documents("settlement/");
    assert_eq!(settled.len(), 1);
    assert_eq!((settled[0].day, settled[0].tally.refunds), (day, 8));
}
