//! An account under any sequence of commands: no command moves what it should not.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail them by panicking")]

use std::sync::LazyLock;

use feiqian_calendar::{Calendar, Timestamp};
use feiqian_identity::Sealed;
use feiqian_ledger::account::{
    ChangeHolderLimits, CodePurpose, ConfirmBinding, Destination, Flight, Holder, Known,
    NewBinding, OpenAccount, Outcome, PayBy, PayOrder, PinVerifier, Proof, SendOut, StartTopUp,
};
use feiqian_ledger::{
    Account, AccountId, BindingId, CardId, CustomerId, Document, EntryKind, Fingerprint,
    IN_FLIGHT_MAX, OUTCOMES_MAX, Operation, OperationId, OperationKind, OrderId, PersonId, Refusal,
    Region,
};
use feiqian_limits::{
    AccountClass, Channel, Meter, Movement as Limited, OwnLimits, Proposal, RuleSet, Strength,
    Window,
};
use feiqian_money::Amount;
use proptest::prelude::*;

/// 2026-11-23 12:00 in China.
const NOON: u64 = 1_795_406_400_000;
const HOUR_MS: u64 = 60 * 60 * 1000;

fn sealed() -> Sealed {
    Sealed::parse("k1.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap()
}

fn pin() -> PinVerifier {
    PinVerifier::from_digest("right".into())
}

fn account(class: AccountClass) -> Account {
    let now = Timestamp::from_millis(NOON);
    let holder = Holder {
        person: PersonId::from_digest("p".into()),
        name: sealed(),
        name_masked: "张*".into(),
        resident_id: sealed(),
        resident_id_masked: "1101**********002X".into(),
        mobile: sealed(),
        mobile_masked: "138****8000".into(),
    };
    let open = OpenAccount {
        id: AccountId::derive(Region::EXAMPLE, &["a"]),
        customer: CustomerId::derive(Region::EXAMPLE, &["c"]),
        class,
        holder,
        card_number: sealed(),
        fingerprint: Fingerprint::of(&["open"]),
        clearing_shard: 0,
        now,
    };
    let mut account = Account::open(open, Calendar::CHINA);
    account.finish_opening(Ok(()));
    account.set_pin(pin(), None, now).unwrap();
    let binding = BindingId::derive(Region::EXAMPLE, &["b"]);
    account
        .begin_binding(NewBinding {
            id: binding.clone(),
            purpose: CodePurpose::Bind,
            fingerprint: Fingerprint::of(&["bind"]),
            card_number: sealed(),
            mobile: sealed(),
            digest: "card".into(),
            masked: "6216**********0018".into(),
            now,
        })
        .unwrap();
    account
        .confirm_binding(ConfirmBinding {
            id: binding,
            agreement: "agreement".into(),
            bank_name: "Bank".into(),
            kind: feiqian_bank_api::AccountKind::ClassI,
            now,
        })
        .unwrap();
    account
}

fn card(account: &Account) -> CardId {
    account.cards()[0].id.clone()
}

fn operation(number: usize) -> OperationId {
    OperationId::derive(Region::EXAMPLE, &[&number.to_string()])
}

fn rules() -> &'static RuleSet {
    static RULES: LazyLock<RuleSet> =
        LazyLock::new(|| RuleSet::named(RuleSet::BANK_ACCOUNTS).unwrap());
    &RULES
}

/// Changes what the holder has set, from the revision that is there.
fn set_limits(
    account: &mut Account,
    own: OwnLimits,
    small_payments: bool,
    pin: Option<&PinVerifier>,
    strength: Strength,
) -> Result<(), Refusal> {
    let revision = account.holder_limits().revision;
    let now = Timestamp::from_millis(NOON);
    let change = ChangeHolderLimits { revision, own, small_payments, pin, strength, now };
    account.change_holder_limits(&change)
}

#[test]
fn a_holder_lowers_limits_at_once_and_raises_them_by_pin_and_signature() {
    use Strength::{None as Unverified, One, Two, TwoSigned};
    let mut account = account(AccountClass::II);
    let limit =
        |yuan: i64| OwnLimits { day: Some(Amount::from_minor(yuan * 100)), ..OwnLimits::default() };
    let (right, wrong) = (pin(), PinVerifier::from_digest("wrong".into()));
    for (own, pin, strength, verdict) in [
        (limit(500), None, Unverified, Ok(())),
        (limit(400), None, Unverified, Ok(())),
        (limit(401), None, TwoSigned, Err(Refusal::PinRequired)),
        (limit(401), Some(&right), One, Err(Refusal::SignatureRequired)),
        (limit(401), Some(&right), Two, Err(Refusal::SignatureRequired)),
        (limit(401), Some(&wrong), TwoSigned, Err(Refusal::PinIncorrect { attempts_left: 2 })),
        (OwnLimits::default(), None, TwoSigned, Err(Refusal::PinRequired)),
        (limit(401), Some(&right), TwoSigned, Ok(())),
        (OwnLimits::default(), Some(&right), TwoSigned, Ok(())),
    ] {
        let before = *account.holder_limits();
        assert_eq!(set_limits(&mut account, own, false, pin, strength), verdict, "{own:?}");
        let after = account.holder_limits();
        if verdict.is_ok() {
            assert_eq!((after.own, after.revision), (own, before.revision + 1));
        } else {
            assert_eq!(*after, before);
        }
    }
}

#[test]
fn a_copy_of_an_older_change_of_limits_does_nothing() {
    let mut account = account(AccountClass::II);
    let limit = |fen| OwnLimits { payment: Some(Amount::from_minor(fen)), ..OwnLimits::default() };
    let change = |revision, fen| ChangeHolderLimits {
        revision,
        own: limit(fen),
        small_payments: false,
        pin: None,
        strength: Strength::One,
        now: Timestamp::from_millis(NOON),
    };
    assert_eq!(account.change_holder_limits(&change(0, 300)), Ok(()));
    assert_eq!(account.change_holder_limits(&change(0, 300)), Ok(()), "it is done already");
    assert_eq!(account.change_holder_limits(&change(1, 200)), Ok(()));
    let late = account.change_holder_limits(&change(0, 100));
    assert_eq!(late, Err(Refusal::HolderLimitsChanged));
    assert_eq!(account.holder_limits().own, limit(200));
}

#[test]
fn small_payments_go_without_a_pin_once_the_holder_says_so() {
    let mut account = account(AccountClass::II);
    let day = account.business_day(Timestamp::from_millis(NOON), Calendar::CHINA);
    let check = |account: &Account, channel, fen| {
        let proposal = Proposal::new(Limited::Payment, Amount::from_minor(fen), day).unwrap();
        let proposal = proposal.by(channel, Strength::One).without_pin();
        account.check_limits(&proposal, rules())
    };
    let (none, right) = (OwnLimits::default(), pin());
    assert_eq!(check(&account, Channel::Nfc, 1), Err(Refusal::PinRequired));
    let unproven = set_limits(&mut account, none, true, None, Strength::TwoSigned);
    assert_eq!(unproven, Err(Refusal::PinRequired));
    set_limits(&mut account, none, true, Some(&right), Strength::One).unwrap();
    for (channel, fen, verdict) in [
        (Channel::Nfc, 100_000, true),
        (Channel::PayerCode, 100_000, true),
        (Channel::Nfc, 100_001, false),
        (Channel::Online, 1, false),
        (Channel::MerchantCodeDynamic, 1, false),
        (Channel::MerchantCodeStatic, 1, false),
        (Channel::Bill, 1, false),
        (Channel::Wallet, 1, false),
    ] {
        assert_eq!(check(&account, channel, fen).is_ok(), verdict, "{channel:?} {fen}");
    }
    set_limits(&mut account, none, false, None, Strength::None).unwrap();
    assert_eq!(check(&account, Channel::Nfc, 1), Err(Refusal::PinRequired));
}

/// Makes room as whoever stores the document does.
fn make_room(account: &mut Account) {
    if let Some(page) = account.journal.full_page() {
        account.journal.drop_page(&page);
    }
    account.drop_archived_outcomes();
}

#[derive(Debug, Clone)]
enum Step {
    Pay {
        fen: i64,
        pin_right: bool,
    },
    TopUp {
        fen: i64,
    },
    Withdraw {
        fen: i64,
    },
    /// The arbiter of one operation in flight says yes or no.
    Settle {
        which: prop::sample::Index,
        yes: bool,
    },
    /// The clock moves, by hours, in either direction.
    Clock {
        hours: i64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1_i64..150_000, prop::bool::weighted(0.95))
            .prop_map(|(fen, pin_right)| Step::Pay { fen, pin_right }),
        3 => (1_i64..150_000).prop_map(|fen| Step::TopUp { fen }),
        2 => (1_i64..150_000).prop_map(|fen| Step::Withdraw { fen }),
        4 => (any::<prop::sample::Index>(), any::<bool>())
            .prop_map(|(which, yes)| Step::Settle { which, yes }),
        1 => (-30_i64..30).prop_map(|hours| Step::Clock { hours }),
    ]
}

fn take(account: &mut Account, number: usize, step: &Step, now: &mut Timestamp) {
    let day = account.business_day(*now, Calendar::CHINA);
    let fingerprint = Fingerprint::of(&[&number.to_string()]);
    match step {
        Step::Pay { fen, pin_right } => {
            let presented =
                if *pin_right { pin() } else { PinVerifier::from_digest("wrong".into()) };
            let command = PayOrder {
                from: PayBy::Balance,
                strength: Strength::One,
                operation: operation(number),
                fingerprint,
                order: OrderId::derive(Region::EXAMPLE, &[&number.to_string()]),
                payee: "Noodles".into(),
                amount: Amount::from_minor(*fen),
                by: Proof::Pin(&presented),
                movement: feiqian_limits::Movement::Payment,
                channel: Channel::Online,
                now: *now,
                day,
            };
            let _ = account.pay_order(command, rules());
        }
        Step::TopUp { fen } => {
            let command = StartTopUp {
                operation: operation(number),
                fingerprint,
                card: card(account),
                amount: Amount::from_minor(*fen),
                pin: &pin(),
                now: *now,
                day,
            };
            let _ = account.start_top_up(command, rules());
        }
        Step::Withdraw { fen } => {
            let command = SendOut {
                strength: Strength::One,
                confirmed: false,
                operation: operation(number),
                fingerprint,
                to: Destination::Card(card(account)),
                amount: Amount::from_minor(*fen),
                pin: &pin(),
                now: *now,
                day,
            };
            let _ = account.send_out(command, rules());
        }
        Step::Settle { which, yes } => {
            if account.in_flight().is_empty() {
                return;
            }
            let flight = which.get(account.in_flight()).clone();
            let id = &flight.operation;
            match (&flight.flight, yes) {
                (Flight::Payment { .. }, true) => assert!(account.complete_payment(id)),
                (Flight::Payment { .. }, false) => {
                    account.reverse_payment(id, Refusal::OrderAlreadyPaid, *now).unwrap();
                }
                (Flight::TopUp { .. }, true) => {
                    assert!(account.credit_top_up(id, *now).unwrap().is_some());
                }
                (Flight::TopUp { .. }, false) => account.fail_top_up(id, Refusal::Abandoned),
                (Flight::Outgoing { .. }, true) => assert!(account.complete_outgoing(id, *now)),
                (Flight::Outgoing { .. }, false) => {
                    assert!(account.reverse_outgoing(id, Refusal::Abandoned, *now).unwrap());
                }
            }
        }
        Step::Clock { hours } => {
            let millis = now.as_millis().saturating_add_signed(hours * HOUR_MS.cast_signed());
            *now = Timestamp::from_millis(millis);
        }
    }
}

proptest! {
    // Each case hashes whole journals again and again; 64 of them take two seconds.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_sequence_of_commands_breaks_an_account(
        class in prop_oneof![Just(AccountClass::II), Just(AccountClass::III)],
        steps in prop::collection::vec(step(), 1..150),
    ) {
        let (mut account, mut now) = (account(class), Timestamp::from_millis(NOON));
        let mut sum = 0;
        for (number, step) in steps.iter().enumerate() {
            make_room(&mut account);
            let before = account.journal.length();
            take(&mut account, number, step, &mut now);
            let news = usize::try_from(account.journal.length() - before).unwrap();
            let entries = account.journal.entries();
            sum += entries[entries.len() - news..].iter().map(|e| e.amount.minor()).sum::<i64>();

            prop_assert!(news <= 1);
            prop_assert_eq!(account.balance().minor(), sum);
            prop_assert!(!account.balance().is_negative());
            prop_assert_eq!(account.journal.verify(), Ok(()));
            prop_assert!(account.in_flight().len() <= IN_FLIGHT_MAX);
            let (most_day, most_year) = match class {
                AccountClass::I | AccountClass::II => (1_000_000, 20_000_000),
                AccountClass::III => (200_000, 5_000_000),
            };
            let used = |window| account.usage.used(Meter::Out, window).unwrap().minor();
            prop_assert!((0..=most_day).contains(&used(Window::Day)));
            prop_assert!((0..=most_year).contains(&used(Window::Year)));
            if class == AccountClass::III {
                prop_assert!(account.highest_balance().unwrap().minor() <= 200_000);
            }
            let stored = account.encode().unwrap();
            prop_assert_eq!(&Account::decode(&stored).unwrap(), &account);
            prop_assert!(stored.len() < 64 * 1024, "a document stays small: {}", stored.len());
        }
    }
}

#[test]
fn a_refused_payment_changes_nothing_but_what_it_remembers() {
    let mut account = account(AccountClass::II);
    let mut now = Timestamp::from_millis(NOON);
    take(&mut account, 1, &Step::Pay { fen: 5, pin_right: true }, &mut now);
    assert_eq!(account.journal.length(), 0);
    let Known::Settled(settled) = account.known(&operation(1)) else { panic!() };
    let reason = Refusal::InsufficientBalance;
    assert_eq!(settled.outcome, Outcome::Refused { reason });
}

#[test]
fn a_reversal_gives_money_and_room_back_by_an_entry() {
    let mut account = account(AccountClass::II);
    let mut now = Timestamp::from_millis(NOON);
    take(&mut account, 1, &Step::TopUp { fen: 1_000 }, &mut now);
    account.credit_top_up(&operation(1), now).unwrap();
    take(&mut account, 2, &Step::Pay { fen: 700, pin_right: true }, &mut now);
    assert_eq!(account.balance().minor(), 300);
    assert_eq!(account.outgoing().unwrap().minor(), 700);
    assert!(account.reverse_payment(&operation(2), Refusal::OrderClosed, now).unwrap());
    assert!(!account.reverse_payment(&operation(2), Refusal::OrderClosed, now).unwrap());
    assert_eq!(account.balance().minor(), 1_000);
    assert_eq!(account.usage.used(Meter::Out, Window::Day).unwrap(), Amount::ZERO);
    let kinds: Vec<EntryKind> = account.journal.entries().iter().map(|e| e.kind).collect();
    assert_eq!(kinds, [EntryKind::TopUp, EntryKind::Payment, EntryKind::PaymentReversal]);
}

#[test]
fn a_pin_that_was_missed_three_times_opens_again_after_three_hours() {
    let mut account = account(AccountClass::II);
    let wrong = PinVerifier::from_digest("wrong".into());
    let noon = Timestamp::from_millis(NOON);
    let until = noon.plus_millis(3 * HOUR_MS);
    assert_eq!(account.check_pin(&wrong, noon), Err(Refusal::PinIncorrect { attempts_left: 2 }));
    assert_eq!(account.check_pin(&pin(), noon), Ok(()), "a right one resets the count");
    assert_eq!(account.check_pin(&wrong, noon), Err(Refusal::PinIncorrect { attempts_left: 2 }));
    assert_eq!(account.check_pin(&wrong, noon), Err(Refusal::PinIncorrect { attempts_left: 1 }));
    assert_eq!(account.check_pin(&wrong, noon), Err(Refusal::PinLocked { until }));
    let last = Timestamp::from_millis(until.as_millis() - 1);
    assert_eq!(account.check_pin(&pin(), last), Err(Refusal::PinLocked { until }));
    assert_eq!(account.check_pin(&pin(), until), Ok(()));
}

#[test]
fn a_code_has_five_tries_and_the_same_try_counts_once() {
    let mut account = account(AccountClass::II);
    let id = BindingId::derive(Region::EXAMPLE, &["second"]);
    let now = Timestamp::from_millis(NOON + 60_000);
    let new = |now| NewBinding {
        id: id.clone(),
        purpose: CodePurpose::Bind,
        fingerprint: Fingerprint::of(&["bind"]),
        card_number: sealed(),
        mobile: sealed(),
        digest: "another card".into(),
        masked: "6216**********0026".into(),
        now,
    };
    account.begin_binding(new(now)).unwrap();
    let again = NewBinding { digest: "a third card".into(), ..new(now.plus_millis(59_999)) };
    let until = now.plus_millis(60_000);
    assert_eq!(account.begin_binding(again), Err(Refusal::BindingTooSoon { until }));
    for attempts_left in (1..5).rev() {
        let try_id = attempts_left.to_string();
        let refusal = Refusal::BindingCodeWrong { attempts_left };
        assert_eq!(account.wrong_code(&id, &try_id), refusal);
        assert_eq!(account.wrong_code(&id, &try_id), refusal);
    }
    assert_eq!(account.wrong_code(&id, "last"), Refusal::BindingExpired);
    let binding = account.binding(&id).unwrap();
    assert_eq!(binding.check_open(now), Err(Refusal::BindingExpired));
}

#[test]
fn an_account_takes_no_more_in_flight_than_its_bound_and_archives_what_is_old() {
    let mut account = account(AccountClass::II);
    let mut now = Timestamp::from_millis(NOON);
    for number in 0..IN_FLIGHT_MAX {
        take(&mut account, number, &Step::TopUp { fen: 1 }, &mut now);
    }
    take(&mut account, 99, &Step::TopUp { fen: 1 }, &mut now);
    assert_eq!(account.known(&operation(99)), Known::Unknown, "it may be tried again");
    for number in 0..OUTCOMES_MAX {
        take(&mut account, 100 + number, &Step::Pay { fen: 1, pin_right: true }, &mut now);
        account.fail_top_up(&operation(number), Refusal::Abandoned);
    }
    let archived = account.outcomes_to_archive();
    assert!(!archived.is_empty());
    account.drop_archived_outcomes();
    assert!(account.has_archived_outcomes());
    assert!(archived.iter().all(|(_, old)| account.known(&old.id) == Known::Unknown));
    // A top up that was given up may never have had a document of its own; a payment never has.
    for (key, old) in &archived {
        let paid = matches!(old.kind, OperationKind::Payment { .. });
        let place = if paid { Operation::key(&old.id) } else { Operation::outcome_key(&old.id) };
        assert_eq!(*key, place);
    }
    let (_, oldest) = &archived[0];
    assert_eq!(Document::decode(&oldest.encode().unwrap()), Ok(oldest.clone()));
    assert!(matches!(oldest.state, feiqian_ledger::OperationState::Failed { .. }));
    assert_eq!(account.status, feiqian_ledger::account::Status::Active);
}
