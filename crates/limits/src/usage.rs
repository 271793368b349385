use std::collections::BTreeMap;

use feiqian_calendar::Day;
use feiqian_money::{Amount, AmountError};
use serde::{Deserialize, Serialize};

use crate::{Charge, Meter, Proposal, Window};

/// What an account has moved so far, by meter: in the day it last moved money on, in that
/// day's month and year, and since it was opened. Part of the account's document.
///
/// Its day never goes backwards: if the clock does, movements are charged to the day
/// already recorded, so that setting a clock back frees no limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    day: Day,
    in_day: Totals,
    #[serde(default, skip_serializing_if = "Totals::is_empty")]
    in_month: Totals,
    in_year: Totals,
    in_all: Totals,
}

/// Sums above zero, by meter; one that is not there is zero.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
struct Totals(BTreeMap<Meter, Amount>);

impl Totals {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn of(&self, meter: Meter) -> Amount {
        self.0.get(&meter).copied().unwrap_or(Amount::ZERO)
    }

    fn set(&mut self, meter: Meter, total: Amount) {
        if total.is_positive() {
            self.0.insert(meter, total);
        } else {
            self.0.remove(&meter);
        }
    }

    fn add(&mut self, meter: Meter, amount: Amount) -> Result<(), AmountError> {
        self.set(meter, self.of(meter).checked_add(amount)?);
        Ok(())
    }

    fn give_back(&mut self, meter: Meter, amount: Amount) {
        self.set(meter, self.of(meter).checked_sub(amount).unwrap_or(Amount::ZERO));
    }
}

impl Usage {
    /// An account that has moved nothing.
    #[must_use]
    pub fn new(day: Day) -> Self {
        let none = Totals::default;
        Self { day, in_day: none(), in_month: none(), in_year: none(), in_all: none() }
    }

    /// The day that movements are charged to at present.
    #[must_use]
    pub const fn day(&self) -> Day {
        self.day
    }

    /// Moves on to a day: a later one starts a new count for the day, one in a later month
    /// or year also for that. An earlier day changes nothing.
    pub fn roll(&mut self, day: Day) {
        if day <= self.day {
            return;
        }
        self.in_day = Totals::default();
        if !day.same_month(self.day) {
            self.in_month = Totals::default();
        }
        if day.year() > self.day.year() {
            self.in_year = Totals::default();
        }
        self.day = day;
    }

    /// The same, rolled on to a day.
    #[must_use]
    pub fn rolled(&self, day: Day) -> Self {
        let mut rolled = self.clone();
        rolled.roll(day);
        rolled
    }

    /// What a meter has counted in a window. Payment and balance windows do not add up over
    /// time, and have none; nor has a window that the meter is not kept for.
    #[must_use]
    pub fn used(&self, meter: Meter, window: Window) -> Option<Amount> {
        let totals = match window {
            Window::Day => &self.in_day,
            Window::Month => &self.in_month,
            Window::Year => &self.in_year,
            Window::Lifetime => &self.in_all,
            Window::Payment | Window::Balance => return None,
        };
        meter.windows().contains(&window).then(|| totals.of(meter))
    }

    /// Counts a movement. Call it with what [`evaluate`](crate::evaluate) has accepted.
    ///
    /// Returns what it was charged to, which is a later day than the proposed one if the
    /// clock went back: keep it for [`Self::give_back`].
    ///
    /// # Errors
    /// [`AmountError::Overflow`] if a total does not fit; then nothing has changed.
    pub fn add(&mut self, proposal: &Proposal) -> Result<Charge, AmountError> {
        let mut next = self.rolled(proposal.day());
        let charge = Charge { day: next.day, meters: proposal.meters() };
        for meter in &charge.meters {
            let amount = proposal.counted_by(*meter);
            for window in meter.windows() {
                if let Some(totals) = next.totals_mut(*window) {
                    totals.add(*meter, amount)?;
                }
            }
        }
        *self = next;
        Ok(charge)
    }

    /// Takes back some of what [`Self::add`] charged, for a movement that did not happen
    /// after all or was refunded; `card_part` of it goes back to a card. Windows that have
    /// ended since are left alone, no total goes below zero, and an amount that is not above
    /// zero changes nothing.
    pub fn give_back(&mut self, charge: &Charge, amount: Amount, card_part: Amount) {
        let from_balance = amount.checked_sub(card_part).unwrap_or(Amount::ZERO);
        for meter in &charge.meters {
            let amount = if meter.counts_card_part() { amount } else { from_balance };
            if !amount.is_positive() {
                continue;
            }
            for window in meter.windows() {
                if self.lasts(*window, charge.day)
                    && let Some(totals) = self.totals_mut(*window)
                {
                    totals.give_back(*meter, amount);
                }
            }
        }
    }

    /// Whether the window that a day lay in is still the present one.
    fn lasts(&self, window: Window, day: Day) -> bool {
        match window {
            Window::Day => day == self.day,
            Window::Month => day.same_month(self.day),
            Window::Year => day.year() == self.day.year(),
            Window::Lifetime => true,
            Window::Payment | Window::Balance => false,
        }
    }

    const fn totals_mut(&mut self, window: Window) -> Option<&mut Totals> {
        match window {
            Window::Day => Some(&mut self.in_day),
            Window::Month => Some(&mut self.in_month),
            Window::Year => Some(&mut self.in_year),
            Window::Lifetime => Some(&mut self.in_all),
            Window::Payment | Window::Balance => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Movement;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn yuan(yuan: i64) -> Amount {
        Amount::from_minor(yuan * 100)
    }

    fn pay(usage: &mut Usage, amount: i64, on: &str) -> Result<Charge, AmountError> {
        usage.add(&Proposal::new(Movement::Payment, yuan(amount), day(on))?)
    }

    /// Yuan paid out in the day, the year and altogether.
    fn out(usage: &Usage) -> [i64; 3] {
        [Window::Day, Window::Year, Window::Lifetime]
            .map(|window| usage.used(Meter::Out, window).unwrap().minor() / 100)
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
        assert_eq!(pay(&mut usage, 2, "2026-12-31").unwrap().day, day("2027-01-01"));
        assert_eq!((usage.day(), out(&usage)), (day("2027-01-01"), [7, 7, 7]));
    }

    #[test]
    fn only_windows_that_still_last_are_given_back() {
        for (next, left) in [
            ("2026-06-01", [3, 3, 3]),
            ("2026-06-02", [3, 3, 3]),
            ("2026-07-01", [3, 3, 3]),
            ("2027-01-01", [3, 3, 3]),
        ] {
            let mut usage = Usage::new(day("2026-06-01"));
            let charge = pay(&mut usage, 5, "2026-06-01").unwrap();
            pay(&mut usage, 3, next).unwrap();
            usage.give_back(&charge, yuan(5), Amount::ZERO);
            assert_eq!(out(&usage), left, "{next}");
            assert_eq!(usage.used(Meter::Spent, Window::Month), Some(yuan(3)), "{next}");
        }
        let mut usage = Usage::new(day("2026-06-01"));
        let charge = pay(&mut usage, 5, "2026-06-01").unwrap();
        pay(&mut usage, 8, "2026-06-02").unwrap();
        usage.give_back(&charge, yuan(5), Amount::ZERO);
        assert_eq!(out(&usage), [8, 8, 8], "the new day keeps what was charged to it");
        assert_eq!(usage.used(Meter::Spent, Window::Month), Some(yuan(8)));
    }

    #[test]
    fn what_goes_back_to_a_card_frees_no_cap_on_the_balance() {
        let mut usage = Usage::new(day("2026-06-01"));
        let mixed = Proposal::new(Movement::Payment, yuan(10), day("2026-06-01")).unwrap();
        let charge = usage.add(&mixed.card_part(yuan(6))).unwrap();
        let used = |usage: &Usage| {
            [Meter::Out, Meter::Spent].map(|meter| usage.used(meter, Window::Day).unwrap())
        };
        assert_eq!(used(&usage), [yuan(4), yuan(10)]);
        usage.give_back(&charge, yuan(7), yuan(6));
        assert_eq!(used(&usage), [yuan(3), yuan(3)]);
    }

    #[test]
    fn a_top_up_from_the_bound_account_is_not_counted() {
        let mut usage = used(&[(5, "2026-06-01")]);
        let top_up = Proposal::new(Movement::TopUp, yuan(5), day("2026-06-02")).unwrap();
        let charge = usage.add(&top_up).unwrap();
        assert_eq!(charge, Charge { day: day("2026-06-02"), meters: vec![] });
        assert_eq!(usage.used(Meter::In, Window::Lifetime), Some(Amount::ZERO));
        usage.give_back(&charge, yuan(5), Amount::ZERO);
        assert_eq!(out(&usage), [0, 5, 5]);
    }

    #[test]
    fn giving_back_too_much_stops_at_zero() {
        let mut usage = Usage::new(day("2026-06-01"));
        let charge = pay(&mut usage, 5, "2026-06-01").unwrap();
        usage.give_back(&charge, Amount::from_minor(501), Amount::ZERO);
        assert_eq!(out(&usage), [0, 0, 0]);
        usage.give_back(&charge, Amount::from_minor(i64::MIN), Amount::ZERO);
        assert_eq!(out(&usage), [0, 0, 0]);
    }

    #[test]
    fn a_total_that_does_not_fit_changes_nothing() {
        let most = Amount::from_minor(i64::MAX);
        let mut usage = Usage::new(day("2026-06-01"));
        usage.add(&Proposal::new(Movement::Payment, most, day("2026-06-01")).unwrap()).unwrap();
        let before = usage.clone();
        assert_eq!(pay(&mut usage, 1, "2026-06-02"), Err(AmountError::Overflow));
        assert_eq!(usage, before);
    }

    #[test]
    fn the_stored_form_is_stable() {
        let usage = used(&[(5, "2026-06-01")]);
        let text = r#"{"day":"2026-06-01","in_day":{"out":500,"spent":500,"one_factor":500},"in_month":{"spent":500},"in_year":{"out":500},"in_all":{"out":500}}"#;
        assert_eq!(serde_json::to_string(&usage).unwrap(), text);
        assert_eq!(serde_json::from_str::<Usage>(text).unwrap(), usage);
    }

    #[test]
    fn a_form_with_zeros_and_without_months_is_read() {
        let text = r#"{"day":"2026-06-01","in_day":{"out":500,"in":0},"in_year":{"out":500,"in":0},"in_all":{"out":500,"in":0}}"#;
        assert_eq!(out(&serde_json::from_str(text).unwrap()), [5, 5, 5]);
    }
}
