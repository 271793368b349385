//! Whatever sequence of movements is asked for, what is accepted never exceeds a cap.

use feiqian_calendar::{Calendar, Day, Timestamp};
use feiqian_limits::{
    AccountClass, Charge, Meter, Movement, OwnLimits, Proposal, RuleSet, Standing, Usage, Window,
    evaluate,
};
use feiqian_money::Amount;
use proptest::prelude::*;

/// One step: the clock moves by so many days, then a movement is asked for; a payment
/// that is accepted may be given back some steps later.
#[derive(Debug, Clone)]
struct Step {
    days: i64,
    movement: Movement,
    fen: i64,
    given_back_after: Option<usize>,
}

fn step() -> impl Strategy<Value = Step> {
    let days = prop_oneof![6 => Just(0), 3 => 1..3_i64, 1 => 20..200_i64, 1 => -2..0_i64];
    let movement = prop_oneof![3 => Just(Movement::Payment), 1 => Just(Movement::TopUp)];
    let fen = prop_oneof![
        4 => 1..300_000_i64,
        2 => prop::sample::select(vec![1, 200_000, 200_001, 1_000_000, 1_000_001]),
        1 => 1..=i64::MAX,
    ];
    let given_back_after = prop::option::weighted(0.2, 0..5_usize);
    (days, movement, fen, given_back_after).prop_map(|(days, movement, fen, given_back_after)| {
        Step { days, movement, fen, given_back_after }
    })
}

/// A payment that was accepted, with what it was charged to.
struct Paid {
    fen: i64,
    charge: Charge,
    give_back_at: Option<usize>,
}

/// Sum of the payments that count in a window, in a type that does not overflow.
fn sum<'a>(paid: impl IntoIterator<Item = &'a Paid>) -> i128 {
    paid.into_iter().map(|payment| i128::from(payment.fen)).sum()
}

fn day_number(days: u64) -> Day {
    const DAY_MS: u64 = 86_400_000;
    Calendar::CHINA.day(Timestamp::from_millis(days * DAY_MS))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_window_total_ever_exceeds_its_cap(
        class in prop::sample::select(vec![AccountClass::II, AccountClass::III]),
        steps in prop::collection::vec(step(), 1..150),
    ) {
        let rules = RuleSet::named(RuleSet::BANK_ACCOUNTS).unwrap();
        let cap = |id: &str| {
            let id = format!("class_{}.{id}", class.as_str().to_lowercase());
            rules.of_class(class).find(|rule| rule.id == id).map(|rule| i128::from(rule.cap.minor()))
        };
        let (day_cap, year_cap) = (cap("out.day").unwrap(), cap("out.year").unwrap());
        let mut clock = 20_000_u64;
        let mut usage = Usage::new(day_number(clock));
        let mut balance = Amount::ZERO;
        let mut paid: Vec<Paid> = vec![];
        for (now, step) in steps.into_iter().enumerate() {
            clock = clock.saturating_add_signed(step.days);
            let (due, kept) =
                paid.into_iter().partition(|payment: &Paid| payment.give_back_at == Some(now));
            paid = kept;
            for Paid { fen, charge, .. } in due {
                usage.give_back(&charge, Amount::from_minor(fen), Amount::ZERO);
            }
            let amount = Amount::from_minor(step.fen);
            let proposal = Proposal::new(step.movement, amount, day_number(clock)).unwrap();
            let standing = Standing { class, usage: &usage, own: OwnLimits::default(), balance };
            if evaluate(&rules, &standing, &proposal).is_ok() {
                let charge = usage.add(&proposal).unwrap();
                match step.movement {
                    // Whether the balance covers a payment is no limit. What is missing counts
                    // as nothing, so that the cap on the balance stays within reach.
                    Movement::Payment => {
                        balance = balance.checked_sub(amount).unwrap().max(Amount::ZERO);
                        let give_back_at = step.given_back_after.map(|steps| now + 1 + steps);
                        paid.push(Paid { fen: step.fen, charge, give_back_at });
                    }
                    _ => balance = balance.checked_add(amount).unwrap_or(balance),
                }
            }
            let today = usage.day();
            let this_day = sum(paid.iter().filter(|payment| payment.charge.day == today));
            let this_year =
                sum(paid.iter().filter(|payment| payment.charge.day.year() == today.year()));
            prop_assert!(this_day <= day_cap, "{this_day} on {today}");
            prop_assert!(this_year <= year_cap, "{this_year} in {}", today.year());
            let counted = [Window::Day, Window::Year]
                .map(|window| usage.used(Meter::Out, window).unwrap().minor());
            prop_assert_eq!(counted.map(i128::from), [this_day, this_year]);
            if let Some(cap) = cap("balance") {
                prop_assert!(i128::from(balance.minor()) <= cap);
            }
        }
    }
}
