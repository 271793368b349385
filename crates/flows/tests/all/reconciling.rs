//! The bank's books of a day against ours.

use crate::world::{Family, Mood, World, run};
use feiqian_bank_api::StatementLine;
use feiqian_calendar::{Calendar, Day};
use feiqian_flows::{
    BankDifferenceKind, BankReconciliation, FlowError, Platform, RECONCILED_MAX, reconcile_bank,
};
use feiqian_ledger::{
    Document, EntryKind, InternalAccount, InternalName, Movement, OperationId, PAGE_ENTRIES, Page,
    Posting, Region,
};
use feiqian_limits::AccountClass;
use feiqian_money::Amount;
use feiqian_store::Store;

fn reconcile(world: &World, day: Day) -> Result<BankReconciliation, FlowError> {
    run(reconcile_bank(world, Calendar::CHINA, day)).unwrap()
}

/// An account with a top up of 10.00, one of 5.00 and a withdrawal of 3.00, a day on which they
/// were booked, and the bank's true lines of them.
fn moved() -> (World, Family, Day, Vec<StatementLine>) {
    let world = World::new();
    world.bank.statement.set(true);
    let family = world.family("a", AccountClass::II);
    world.fund(&family, "t1", 1_000);
    world.fund(&family, "t2", 500);
    let withdrawn = world.withdraw(&family, "w", 300).unwrap().unwrap();
    world.settle_card_move(&withdrawn);
    let day = Calendar::CHINA.day(world.now());
    let lines = world.bank.settled_lines();
    assert_eq!(lines.len(), 3);
    (world, family, day, lines)
}

fn say(world: &World, day: Day, lines: Vec<StatementLine>) {
    world.bank.lines.borrow_mut().insert(day.to_string(), lines);
}

/// The kinds of all differences, with what both have.
fn differences(books: &BankReconciliation) -> Vec<(BankDifferenceKind, Option<i64>, Option<i64>)> {
    assert_eq!(books.found, books.differences.len());
    let minor = |amount: Option<Amount>| amount.map(Amount::minor);
    let of = books.differences.iter();
    of.map(|found| (found.kind, minor(found.ours), minor(found.theirs))).collect()
}

#[test]
fn books_that_agree_are_summed_by_what_moved() {
    let (world, _, day, lines) = moved();
    say(&world, day, lines);
    let books = reconcile(&world, day).unwrap();
    assert_eq!(differences(&books), []);
    let sums: Vec<(&str, usize, i64)> = books
        .matched
        .iter()
        .map(|(kind, matched)| (*kind, matched.count, matched.amount.minor()))
        .collect();
    assert_eq!(sums, [("top_up", 2, 1_500), ("withdrawal", 1, 300)]);
}

#[test]
fn each_way_in_which_books_can_differ_is_told_by_its_kind() {
    use BankDifferenceKind as Kind;
    type Change = fn(&mut Vec<StatementLine>);
    let cases: [(Change, Kind, Option<i64>, Option<i64>); 5] = [
        (|lines| drop(lines.remove(0)), Kind::MissingAtBank, Some(1_000), None),
        (
            |lines| lines[1].amount = Amount::from_minor(501).into(),
            Kind::AmountDiffers,
            Some(500),
            Some(501),
        ),
        (|lines| lines[2].kind = "debit".into(), Kind::DirectionDiffers, Some(300), Some(300)),
        (|lines| lines.push(lines[0].clone()), Kind::Repeated, None, Some(1_000)),
        (
            |lines| {
                let request_id = OperationId::derive(Region::EXAMPLE, &["no"]).to_string();
                lines.push(StatementLine { request_id, ..lines[0].clone() });
            },
            Kind::MissingWithUs,
            None,
            Some(1_000),
        ),
    ];
    for (change, kind, ours, theirs) in cases {
        let (world, _, day, mut lines) = moved();
        change(&mut lines);
        say(&world, day, lines);
        let books = reconcile(&world, day).unwrap();
        assert_eq!(differences(&books), [(kind, ours, theirs)]);
    }
}

#[test]
fn what_the_bank_has_is_told_apart_by_how_it_stands_here() {
    let (world, family, day, mut lines) = moved();
    world.bank.mood.set(Mood::SettlesInSilence);
    world.top_up(&family, "silent", 200).unwrap().unwrap();
    world.bank.mood.set(Mood::Rejects);
    world.top_up(&family, "rejected", 100).unwrap().unwrap_err();
    let asked = world.bank.order.borrow().clone();
    for (request_id, fen) in asked[3..].iter().zip([200, 100]) {
        let amount = Amount::from_minor(fen).into();
        lines.push(StatementLine { request_id: request_id.clone(), amount, ..lines[0].clone() });
    }
    say(&world, day, lines.clone());
    let mut found = differences(&reconcile(&world, day).unwrap());
    found.sort_by_key(|(_, _, theirs)| *theirs);
    let failed = (BankDifferenceKind::FailedWithUs, None, Some(100));
    assert_eq!(found, [failed, (BankDifferenceKind::NotBooked, None, Some(200))]);
    world.work_until_quiet();
    let found = differences(&reconcile(&world, day).unwrap());
    assert_eq!(found, [failed], "the worker has booked it");
}

#[test]
fn what_the_bank_settled_beside_midnight_agrees() {
    for (theirs, days) in [(0, "before"), (2, "after")] {
        let (world, _, day, lines) = moved();
        let around = [day.previous().unwrap(), day, day.next().unwrap()];
        // The bank's day is another one than ours.
        say(&world, around[theirs], lines);
        world.clock.set(Calendar::CHINA.start_of(day.next().unwrap()).as_millis());
        let books = reconcile(&world, day).unwrap();
        assert_eq!((differences(&books), books.on_another_day), (vec![], 0), "{days}");
        assert_eq!(books.matched.len(), 2);
        let books = reconcile(&world, around[theirs]).unwrap();
        assert_eq!((differences(&books), books.on_another_day), (vec![], 3), "{days}");
        assert!(books.matched.is_empty());
    }
}

#[test]
fn no_statement_is_no_agreement() {
    let (world, _, day, _) = moved();
    world.bank.statement.set(false);
    assert_eq!(reconcile(&world, day), Err(FlowError::BankUnavailable));
}

#[test]
fn a_deposit_that_was_taken_agrees_with_the_banks_line_of_it() {
    let (world, family) = crate::depositing::verified();
    world.bank.statement.set(true);
    world.bank.receive("r", family.account.as_str(), 500);
    crate::depositing::collect(&world);
    let entry = world.account(&family).journal.entries().last().unwrap().clone();
    let line = StatementLine {
        request_id: entry.operation.to_string(),
        kind: "deposit".into(),
        amount: entry.amount.into(),
        settled_at_ms: 0,
    };
    let day = Calendar::CHINA.day(world.now());
    say(&world, day, vec![line]);
    let books = reconcile(&world, day).unwrap();
    assert_eq!((differences(&books), books.matched["deposit"].count), (vec![], 1));
}

/// A shard of bank clearing whose pages are all like its first one, more than are compared.
#[test]
fn a_day_that_is_too_large_is_refused_before_it_is_read() {
    let (world, _, day, _) = moved();
    let mut account = InternalAccount::new(InternalName::BankClearing, 0);
    let page = loop {
        if let Some(page) = account.journal.full_page() {
            break page;
        }
        let number = account.journal.length().to_string();
        let movement = Movement {
            operation: OperationId::derive(Region::EXAMPLE, &[&number]),
            kind: EntryKind::Settlement,
            amount: Amount::from_minor(1),
            by_card: Amount::ZERO,
            at: world.now(),
            counterparty: "mer".into(),
        };
        assert_eq!(account.post(movement, "merchant/1".into()), Ok(Posting::Posted));
    };
    let pages = RECONCILED_MAX.div_ceil(PAGE_ENTRIES as u64);
    let (owner, bytes) = ("bank_clearing.0", page.encode().unwrap());
    for number in 0..pages {
        run(world.store.put(&Page::key(owner, number), &bytes)).unwrap().unwrap();
    }
    let mut document = serde_json::to_value(&account).unwrap();
    document["journal"]["pages"] = pages.into();
    let key = InternalAccount::key(&account.name, 0);
    run(world.store.put(&key, document.to_string().as_bytes())).unwrap().unwrap();
    assert_eq!(reconcile(&world, day), Err(FlowError::DayTooLarge));
}
