use feiqian_calendar::Day;
use feiqian_money::{Amount, AmountError};
use serde::{Deserialize, Serialize};

use crate::{Direction, Movement, Proposal, Scope, Window};

/// What an account has moved so far: in the day it last moved money on, in that day's
/// year, and since it was opened. Part of the account's document.
///
/// It counts the movements of [`Usage::METERED`] and ignores others. Its day never goes backwards: if
/// the clock does, movements are charged to the day already recorded, so that
/// setting a clock back frees no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    day: Day,
    in_day: Totals,
    in_year: Totals,
    in_all: Totals,
}

/// Sums of both directions, neither below zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Totals {
    out: Amount,
    #[serde(rename = "in")]
    into: Amount,
}

impl Totals {
    const fn of(self, direction: Direction) -> Amount {
        match direction {
            Direction::Out => self.out,
            Direction::In => self.into,
        }
    }

    const fn of_mut(&mut self, direction: Direction) -> &mut Amount {
        match direction {
            Direction::Out => &mut self.out,
            Direction::In => &mut self.into,
        }
    }

    fn plus(mut self, direction: Direction, amount: Amount) -> Result<Self, AmountError> {
        let total = self.of_mut(direction);
        *total = total.checked_add(amount)?;
        Ok(self)
    }

    fn give_back(&mut self, direction: Direction, amount: Amount) {
        let total = self.of_mut(direction);
        *total = total.checked_sub(amount).unwrap_or(Amount::ZERO).max(Amount::ZERO);
    }
}

impl Usage {
    /// The movements that are counted.
    pub const METERED: Scope = Scope::OutsideBoundAccount;

    /// An account that has moved nothing.
    #[must_use]
    pub fn new(day: Day) -> Self {
        let none = Totals::default();
        Self { day, in_day: none, in_year: none, in_all: none }
    }

    /// The day that movements are charged to at present.
    #[must_use]
    pub const fn day(&self) -> Day {
        self.day
    }

    /// Moves on to a day: a later one starts a new count for the day, one in a later
    /// year also for the year. An earlier day changes nothing.
    pub fn roll(&mut self, day: Day) {
        if day <= self.day {
            return;
        }
        self.in_day = Totals::default();
        if day.year() > self.day.year() {
            self.in_year = Totals::default();
        }
        self.day = day;
    }

    /// The same, rolled on to a day.
    #[must_use]
    pub fn rolled(mut self, day: Day) -> Self {
        self.roll(day);
        self
    }

    /// What has been used of a window. Payment and balance windows do not add up over time, and
    /// have none.
    #[must_use]
    pub const fn used(&self, direction: Direction, window: Window) -> Option<Amount> {
        match window {
            Window::Day => Some(self.in_day.of(direction)),
            Window::Year => Some(self.in_year.of(direction)),
            Window::Lifetime => Some(self.in_all.of(direction)),
            Window::Payment | Window::Balance => None,
        }
    }

    /// Counts a movement, if it is one that is counted. Call it with what
    /// [`evaluate`](crate::evaluate) has accepted.
    ///
    /// Returns the day that it was charged to, which is later than the proposed one if
    /// the clock went back: keep it for [`Self::give_back`].
    ///
    /// # Errors
    /// [`AmountError::Overflow`] if a total does not fit; then nothing has changed.
    pub fn add(&mut self, proposal: &Proposal) -> Result<Day, AmountError> {
        let mut next = self.rolled(proposal.day());
        let movement = proposal.movement();
        if movement.counts_in(Self::METERED) {
            let (direction, amount) = (movement.direction(), proposal.amount());
            next.in_day = next.in_day.plus(direction, amount)?;
            next.in_year = next.in_year.plus(direction, amount)?;
            next.in_all = next.in_all.plus(direction, amount)?;
        }
        *self = next;
        Ok(self.day)
    }

    /// Takes back what [`Self::add`] charged to a day, for a movement that did not
    /// happen after all. Windows that have ended since are left alone, no total goes
    /// below zero, and an amount that is not above zero changes nothing.
    pub fn give_back(&mut self, movement: Movement, amount: Amount, charged_on: Day) {
        if !movement.counts_in(Self::METERED) || !amount.is_positive() {
            return;
        }
        let direction = movement.direction();
        if charged_on == self.day {
            self.in_day.give_back(direction, amount);
        }
        if charged_on.year() == self.day.year() {
            self.in_year.give_back(direction, amount);
        }
        self.in_all.give_back(direction, amount);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn yuan(yuan: i64) -> Amount {
        Amount::from_minor(yuan * 100)
    }

    fn pay(usage: &mut Usage, amount: i64, on: &str) -> Result<Day, AmountError> {
        usage.add(&Proposal::new(Movement::Payment, yuan(amount), day(on))?)
    }

    /// Yuan paid out in the day, the year and altogether.
    fn out(usage: &Usage) -> [i64; 3] {
        [Window::Day, Window::Year, Window::Lifetime]
            .map(|window| usage.used(Direction::Out, window).unwrap().minor() / 100)
    }

    fn used(payments: &[(i64, &str)]) -> Usage {
        let mut usage = Usage::new(day(payments[0].1));
        for (amount, on) in payments {
            pay(&mut usage, *amount, on).unwrap();
        }
        usage
    }

    #[test]
    fn each_window_ends_where_its_calendar_says() {
        let mut usage = used(&[(5, "2026-12-30"), (7, "2026-12-30")]);
        assert_eq!(out(&usage), [12, 12, 12]);
        usage.roll(day("2026-12-31"));
        assert_eq!(out(&usage), [0, 12, 12]);
        pay(&mut usage, 1, "2026-12-31").unwrap();
        assert_eq!(out(&usage), [1, 13, 13]);
        usage.roll(day("2027-01-01"));
        assert_eq!(out(&usage), [0, 0, 13]);
    }

    #[test]
    fn a_clock_that_goes_back_frees_nothing() {
        let mut usage = used(&[(5, "2027-01-01")]);
        usage.roll(day("2026-12-31"));
        assert_eq!((usage.day(), out(&usage)), (day("2027-01-01"), [5, 5, 5]));
        assert_eq!(pay(&mut usage, 2, "2026-12-31"), Ok(day("2027-01-01")));
        assert_eq!((usage.day(), out(&usage)), (day("2027-01-01"), [7, 7, 7]));
    }

    #[test]
    fn only_windows_that_still_last_are_given_back() {
        for (next, left) in
            [("2026-06-01", [3, 3, 3]), ("2026-06-02", [3, 3, 3]), ("2027-01-01", [3, 3, 3])]
        {
            let mut usage = used(&[(5, "2026-06-01"), (3, next)]);
            usage.give_back(Movement::Payment, yuan(5), day("2026-06-01"));
            assert_eq!(out(&usage), left, "{next}");
        }
        let mut usage = used(&[(5, "2026-06-01"), (8, "2026-06-02")]);
        usage.give_back(Movement::Payment, yuan(5), day("2026-06-01"));
        assert_eq!(out(&usage), [8, 8, 8], "the new day keeps what was charged to it");
    }

    #[test]
    fn a_top_up_from_the_bound_account_is_not_counted() {
        let mut usage = used(&[(5, "2026-06-01")]);
        let top_up = Proposal::new(Movement::TopUp, yuan(5), day("2026-06-02")).unwrap();
        assert_eq!(usage.add(&top_up), Ok(day("2026-06-02")));
        assert_eq!(usage.used(Direction::In, Window::Lifetime), Some(Amount::ZERO));
        usage.give_back(Movement::TopUp, yuan(5), day("2026-06-02"));
        assert_eq!(out(&usage), [0, 5, 5]);
    }

    #[test]
    fn giving_back_too_much_stops_at_zero() {
        let mut usage = used(&[(5, "2026-06-01")]);
        usage.give_back(Movement::Payment, Amount::from_minor(501), day("2026-06-01"));
        assert_eq!(out(&usage), [0, 0, 0]);
        usage.give_back(Movement::Payment, Amount::from_minor(i64::MIN), day("2026-06-01"));
        assert_eq!(out(&usage), [0, 0, 0]);
    }

    #[test]
    fn a_total_that_does_not_fit_changes_nothing() {
        let most = Amount::from_minor(i64::MAX);
        let mut usage = Usage::new(day("2026-06-01"));
        usage.add(&Proposal::new(Movement::Payment, most, day("2026-06-01")).unwrap()).unwrap();
        let before = usage;
        assert_eq!(pay(&mut usage, 1, "2026-06-02"), Err(AmountError::Overflow));
        assert_eq!(usage, before);
    }

    #[test]
    fn the_stored_form_is_stable() {
        let usage = used(&[(5, "2026-06-01")]);
        let text = r#"{"day":"2026-06-01","in_day":{"out":500,"in":0},"in_year":{"out":500,"in":0},"in_all":{"out":500,"in":0}}"#;
        assert_eq!(serde_json::to_string(&usage).unwrap(), text);
        assert_eq!(serde_json::from_str::<Usage>(text).unwrap(), usage);
    }
}
