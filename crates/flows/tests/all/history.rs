//! What a holder looks up.

use crate::world::{Family, World, run};
use feiqian_calendar::{Calendar, Month, Timestamp};
use feiqian_flows::{
    EntriesPage, EntriesQuery, FlowError, STATEMENT_ENTRIES_MAX, StatementPart, Subject,
    check_receipt, entries, entry_receipt, operation_receipt, set_note, statement,
};
use feiqian_ledger::{
    AccountId, EntryFilter, EntryKind, OperationId, Receipt, ReceiptClaim, ReceiptFault, Region,
};
use feiqian_limits::{AccountClass, Direction};
use feiqian_money::Amount;

const HOUR_MS: u64 = 60 * 60 * 1000;

/// An account with one top up of 2,000.00 and, an hour apart, payments of 0.01, 0.02, ...
fn account_with(world: &World, payments: i64) -> Family {
    let family = world.family("a", AccountClass::II);
    world.fund(&family, "t", 200_000);
    for fen in 1..=payments {
        world.clock.set(world.clock.get() + HOUR_MS);
        let order = world.order(&format!("o{fen}"), fen);
        let request = world.pay_request(&family, &format!("p{fen}"), &order, fen);
        world.settle(&world.pay(request).unwrap().unwrap());
    }
    family
}

fn ask(world: &World, family: &Family, query: &EntriesQuery) -> EntriesPage {
    run(entries(world, &family.customer, &family.account, query)).unwrap().unwrap()
}

/// The numbers of all entries that a query finds, page by page.
fn all(world: &World, family: &Family, mut query: EntriesQuery) -> Vec<u64> {
    let mut seen = Vec::new();
    loop {
        let page = ask(world, family, &query);
        seen.extend(page.entries.iter().map(|noted| noted.entry.sequence));
        if page.more_before.is_none() {
            return seen;
        }
        query.before = page.more_before;
    }
}

fn time_of(world: &World, family: &Family, sequence: u64) -> Timestamp {
    let query = EntriesQuery { before: Some(sequence + 1), limit: 1, ..EntriesQuery::default() };
    ask(world, family, &query).entries[0].entry.at
}

#[test]
fn history_is_read_back_across_pages_without_gaps() {
    let world = World::new();
    let family = account_with(&world, 70);
    for limit in [1, 7, 32, 100] {
        let seen = all(&world, &family, EntriesQuery { limit, ..EntriesQuery::default() });
        assert_eq!(seen, (1..=71).rev().collect::<Vec<u64>>(), "limit {limit}");
    }
}

#[test]
fn a_time_is_found_wherever_it_lies() {
    let world = World::new();
    let family = account_with(&world, 120);
    for edge in [1, 2, 32, 33, 64, 65, 96, 97, 113, 114, 121] {
        let at = Some(time_of(&world, &family, edge));
        let until = EntryFilter { until: at, ..EntryFilter::default() };
        let seen = all(&world, &family, EntriesQuery { filter: until, before: None, limit: 100 });
        assert_eq!(seen, (1..edge).rev().collect::<Vec<u64>>(), "until {edge}");
        let from = EntryFilter { from: at, ..EntryFilter::default() };
        let seen = all(&world, &family, EntriesQuery { filter: from, before: None, limit: 100 });
        assert_eq!(seen, (edge..=121).rev().collect::<Vec<u64>>(), "from {edge}");
    }
}

#[test]
fn a_time_long_ago_is_found_in_few_round_trips() {
    let world = World::new();
    let family = account_with(&world, 300);
    let at = time_of(&world, &family, 20);
    let filter = EntryFilter { until: Some(at), ..EntryFilter::default() };
    let before = world.calls();
    let page = ask(&world, &family, &EntriesQuery { filter, before: None, limit: 10 });
    assert_eq!(page.entries[0].entry.sequence, 19);
    // The account, at most four probes of nine pages, the entries.
    assert!(world.calls() - before <= 6, "{} round trips", world.calls() - before);
}

#[test]
fn a_filter_finds_every_match_and_nothing_else() {
    let world = World::new();
    let family = account_with(&world, 120);
    let filters = [
        (EntryFilter { kinds: vec![EntryKind::TopUp], ..EntryFilter::default() }, vec![1]),
        (EntryFilter { direction: Some(Direction::In), ..EntryFilter::default() }, vec![1]),
        (
            EntryFilter {
                least: Some(Amount::from_minor(60)),
                most: Some(Amount::from_minor(62)),
                ..EntryFilter::default()
            },
            vec![63, 62, 61],
        ),
        (EntryFilter { counterparty: Some("nobody".into()), ..EntryFilter::default() }, vec![]),
        (
            EntryFilter { counterparty: Some("noodles".into()), ..EntryFilter::default() },
            (2..=121).rev().collect(),
        ),
    ];
    for (filter, expected) in filters {
        let query = EntriesQuery { filter, before: None, limit: 20 };
        assert_eq!(all(&world, &family, query.clone()), expected, "{query:?}");
    }
}

#[test]
fn a_filter_without_matches_stops_and_says_where_to_go_on() {
    let world = World::new();
    let family = account_with(&world, 600);
    let filter = EntryFilter { kinds: vec![EntryKind::TopUp], ..EntryFilter::default() };
    let mut query = EntriesQuery { filter, before: None, limit: 20 };
    let before = world.calls();
    let page = ask(&world, &family, &query);
    assert_eq!(world.calls() - before, 5, "the account and four steps");
    assert_eq!((page.entries.len(), page.more_before), (0, Some(601 - 512 + 1)));
    query.before = page.more_before;
    let rest = ask(&world, &family, &query);
    assert_eq!((rest.entries.len(), rest.more_before), (1, None));
}

#[test]
fn a_note_stays_with_its_entry_and_out_of_the_journal() {
    let world = World::new();
    let family = account_with(&world, 40);
    let note = |sequence, text: Option<&str>| {
        let text = text.map(str::to_owned);
        run(set_note(&world, &family.customer, &family.account, sequence, text)).unwrap()
    };
    let journal = world.account(&family).journal;
    // One in a page of its own, one in the account's document.
    for sequence in [3, 40] {
        let noted = note(sequence, Some("Lunch with Li")).unwrap();
        assert_eq!(
            (noted.entry.sequence, noted.note.as_deref()),
            (sequence, Some("Lunch with Li"))
        );
        note(sequence, Some("Lunch with Wang")).unwrap();
    }
    note(4, Some("Tea")).unwrap();
    let filter = EntryFilter { note: Some("wang".into()), ..EntryFilter::default() };
    let query = EntriesQuery { filter, before: None, limit: 20 };
    assert_eq!(all(&world, &family, query.clone()), [40, 3]);
    note(40, None).unwrap();
    assert_eq!(all(&world, &family, query), [3]);
    assert_eq!(world.account(&family).journal, journal);
    for sequence in [0, 42, u64::MAX] {
        let refused = note(sequence, Some("x")).unwrap_err();
        assert_eq!(refused, FlowError::NotFound(Subject::Entry), "{sequence}");
    }
}

fn claim_of(receipt: &Receipt) -> ReceiptClaim {
    ReceiptClaim {
        account: receipt.account.clone(),
        sequence: receipt.entry.sequence,
        hash: receipt.entry.hash.as_str().to_owned(),
        previous: receipt.previous.as_ref().map(|hash| hash.as_str().to_owned()),
        operation: Some(receipt.entry.operation.clone()),
        kind: Some(receipt.entry.kind),
        amount: Some(receipt.entry.amount),
        by_card: Some(receipt.entry.by_card),
        balance: Some(receipt.entry.balance),
        at: Some(receipt.entry.at),
        counterparty: Some(receipt.entry.counterparty.clone()),
    }
}

#[test]
fn a_receipt_proves_its_entry_wherever_that_lies() {
    let world = World::new();
    let family = account_with(&world, 45);
    // The first of all, the last of a page, the first of the next, one in the account.
    for sequence in [1, 32, 33, 46] {
        let receipt = entry_receipt(&world, &family.customer, &family.account, sequence);
        let receipt = run(receipt).unwrap().unwrap();
        assert_eq!(receipt.entry.sequence, sequence);
        assert_eq!(receipt.entry.expected_hash(receipt.previous.as_ref()), receipt.entry.hash);
        let operation = &receipt.entry.operation;
        let same = operation_receipt(&world, &family.customer, &family.account, operation);
        assert_eq!(run(same).unwrap().unwrap(), receipt);

        let claim = claim_of(&receipt);
        let check = |claim: &ReceiptClaim| run(check_receipt(&world, claim)).unwrap().unwrap();
        assert_eq!(check(&claim), []);
        let more = Amount::from_minor(receipt.entry.amount.minor() + 1);
        let forged = ReceiptClaim { amount: Some(more), ..claim.clone() };
        assert_eq!(check(&forged), [ReceiptFault::Amount]);
        for nowhere in [
            ReceiptClaim { sequence: sequence + 1, ..claim.clone() },
            ReceiptClaim { sequence: 0, ..claim.clone() },
            ReceiptClaim { sequence: 47, ..claim.clone() },
            ReceiptClaim {
                account: AccountId::derive(Region::EXAMPLE, &["nobody"]),
                ..claim.clone()
            },
        ] {
            assert_eq!(check(&nowhere), [ReceiptFault::Hash], "{nowhere:?}");
        }
    }
}

#[test]
fn what_moved_nothing_has_no_receipt() {
    let world = World::new();
    let family = account_with(&world, 1);
    let order = world.order("dear", 1_000_000);
    world.pay(world.pay_request(&family, "dear", &order, 1_000_000)).unwrap().unwrap_err();
    let refused =
        OperationId::derive(family.account.region(), &[family.account.as_str(), "payment", "dear"]);
    for (operation, subject) in [
        (OperationId::derive(Region::EXAMPLE, &["x"]), Subject::Operation),
        (refused, Subject::Receipt),
    ] {
        let receipt = operation_receipt(&world, &family.customer, &family.account, &operation);
        assert_eq!(run(receipt).unwrap(), Err(FlowError::NotFound(subject)));
    }
    let entry = entry_receipt(&world, &family.customer, &family.account, 3);
    assert_eq!(run(entry).unwrap(), Err(FlowError::NotFound(Subject::Entry)));
}

/// 2026-12-01 12:00 in China, as the world's clock has it.
const FIRST_OF_DECEMBER: u64 = 1_796_097_600_000;

/// 2026-12-31 23:30 in China, as the world's clock has it.
const NEW_YEARS_EVE: u64 = 1_798_731_000_000;

#[test]
fn a_statement_holds_exactly_its_month_in_the_regions_time() {
    let world = World::new();
    world.clock.set(NEW_YEARS_EVE - 2 * HOUR_MS);
    // A top up and payments at 22:30, 23:30, 00:30, 01:30 and so on.
    let family = account_with(&world, 40);
    let of = |month: &str| {
        let month = Month::parse(month).unwrap();
        run(statement(&world, Calendar::CHINA, &family.customer, &family.account, month, 1))
            .unwrap()
    };
    let (december, january) = (of("2026-12").unwrap(), of("2027-01").unwrap());
    let numbers = |part: &StatementPart| -> Vec<u64> {
        part.entries.iter().map(|noted| noted.entry.sequence).collect()
    };
    assert_eq!(numbers(&december), [1, 2, 3]);
    assert_eq!(numbers(&january), (4..=41).collect::<Vec<u64>>());
    assert_eq!((december.is_final, january.is_final), (true, false));
    let fen = |amount: Amount| amount.minor();
    assert_eq!((fen(december.statement.opening), fen(december.statement.closing)), (0, 199_997));
    assert_eq!(fen(december.statement.money_in), 200_000);
    assert_eq!(january.statement.opening, december.statement.closing);
    assert_eq!(january.statement.closing, world.account(&family).balance());
    for month in ["2026-11", "2027-02"] {
        assert_eq!(of(month), Err(FlowError::NotFound(Subject::Statement)), "{month}");
    }
}

#[test]
fn a_month_without_entries_opens_and_closes_with_the_same_balance() {
    let world = World::new();
    let family = account_with(&world, 40);
    world.clock.set(NEW_YEARS_EVE + HOUR_MS);
    let month = Month::parse("2026-12").unwrap();
    let part = statement(&world, Calendar::CHINA, &family.customer, &family.account, month, 1);
    let part = run(part).unwrap().unwrap();
    assert_eq!((part.entries.len(), part.parts), (0, 1));
    assert_eq!(part.statement.opening, world.account(&family).balance());
    assert_eq!(part.statement.closing, part.statement.opening);
}

#[test]
fn a_month_with_many_entries_comes_in_parts_that_go_on_from_each_other() {
    let world = World::new();
    world.clock.set(FIRST_OF_DECEMBER);
    let most = i64::try_from(STATEMENT_ENTRIES_MAX).unwrap();
    let family = account_with(&world, most + 10);
    let month = Month::parse("2026-12").unwrap();
    let of = |part| {
        run(statement(&world, Calendar::CHINA, &family.customer, &family.account, month, part))
            .unwrap()
    };
    let first = of(1).unwrap();
    assert_eq!((first.parts, first.entries.len()), (2, 480));
    let mut sequence = first.entries[0].entry.sequence;
    let mut balance = first.statement.opening;
    for part in 1..=first.parts {
        let part = of(part).unwrap();
        assert_eq!(part.statement.opening, balance);
        for noted in &part.entries {
            assert_eq!(noted.entry.sequence, sequence);
            sequence += 1;
        }
        balance = part.statement.closing;
    }
    assert_eq!(balance, world.account(&family).balance());
    assert_eq!(of(first.parts + 1), Err(FlowError::NotFound(Subject::Statement)));
    assert_eq!(of(0), Err(FlowError::NotFound(Subject::Statement)));
}
