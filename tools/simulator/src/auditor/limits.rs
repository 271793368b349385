//! Invariants 4 and 8: no limit is ever exceeded, and what an account says it has used is
//! what its journal says.

use std::collections::BTreeMap;

use super::documents::{Entry, Usage};
use crate::clock::{DAY_MS, HOUR_MS};

/// What an account of a class may pay, and take from others, in a day and in a year and what it may hold, fen:
/// those of RULES section 1, but for the year, which `rules/simulator.json` makes so short
/// that a run meets its cap.
struct Caps {
    a_day: i128,
    a_year: i128,
    balance: Option<i128>,
}

const CLASS_II: Caps = Caps { a_day: 1_000_000, a_year: 1_100_000, balance: None };
const CLASS_III: Caps = Caps { a_day: 200_000, a_year: 220_000, balance: Some(200_000) };

/// What was charged to the limits of an account.
#[derive(Debug)]
pub struct LimitModel {
    class: String,
    day: i64,
    charged: BTreeMap<String, (i64, i128)>,
    out: Sums,
    into: Sums,
}

/// What went one way.
#[derive(Debug, Default)]
struct Sums {
    by_day: BTreeMap<i64, i128>,
    by_year: BTreeMap<i64, i128>,
    in_all: i128,
}

impl Sums {
    fn add(&mut self, day: i64, amount: i128) {
        *self.by_day.entry(day).or_default() += amount;
        *self.by_year.entry(year_of(day)).or_default() += amount;
        self.in_all += amount;
    }

    /// Those of a day, of its year, and of all.
    fn at(&self, day: i64) -> [i128; 3] {
        let of = |sums: &BTreeMap<i64, i128>, key| sums.get(&key).copied().unwrap_or(0);
        [of(&self.by_day, day), of(&self.by_year, year_of(day)), self.in_all]
    }
}

/// The day of China that an instant falls on, counted from 1970-01-01.
fn day_of(at_ms: u64) -> i64 {
    ((at_ms + 8 * HOUR_MS) / DAY_MS).cast_signed()
}

/// Year, month and day of a count of days, by the Gregorian calendar's 400 years of
/// 146,097 days, which begin with a March.
fn civil(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

fn year_of(day: i64) -> i64 {
    civil(day).0
}

impl LimitModel {
    /// An account that has moved nothing.
    pub fn new(class: &str, created_at_ms: u64) -> Self {
        Self {
            class: class.to_owned(),
            day: day_of(created_at_ms),
            charged: BTreeMap::new(),
            out: Sums::default(),
            into: Sums::default(),
        }
    }

    fn caps(&self) -> &'static Caps {
        if self.class == "III" { &CLASS_III } else { &CLASS_II }
    }

    /// Counts an entry, with the payment that it gives back if it is a refund; says what it
    /// exceeds.
    pub fn count(&mut self, entry: &Entry<'_>, refunded: Option<&str>) -> Result<(), String> {
        let amount = i128::from(entry.amount);
        match &*entry.kind {
            "transfer" if amount > 0 => {
                self.day = self.day.max(day_of(entry.at));
                self.into.add(self.day, amount);
            }
            "payment" | "transfer" => {
                // A day that has begun is not left again, whatever the clock says.
                self.day = self.day.max(day_of(entry.at));
                self.charged.insert(entry.operation.to_string(), (self.day, -amount));
                self.out.add(self.day, -amount);
            }
            "withdrawal" => self.day = self.day.max(day_of(entry.at)),
            "payment_reversal" | "transfer_reversal" => {
                match self.charged.remove(&*entry.operation) {
                    Some((day, charged)) => self.out.add(day, -charged),
                    None => return Err("a reversal without a charge".to_owned()),
                }
            }
            "refund" => {
                self.day = self.day.max(day_of(entry.at));
                match refunded.and_then(|payment| self.charged.get(payment)) {
                    Some((day, _)) => self.out.add(*day, -amount),
                    None => return Err("a refund without a charge".to_owned()),
                }
            }
            _ => {}
        }
        let caps = self.caps();
        for sums in [&self.out, &self.into] {
            let [in_day, in_year, _] = sums.at(self.day);
            if in_day > caps.a_day {
                return Err("more moved in a day than its class may".to_owned());
            }
            if in_year > caps.a_year {
                return Err("more moved in a year than its class may".to_owned());
            }
        }
        if caps.balance.is_some_and(|cap| i128::from(entry.balance) > cap) {
            return Err("a balance above what its class may hold".to_owned());
        }
        Ok(())
    }

    /// Compares with what the account says of itself.
    pub fn compare(&self, usage: &Usage<'_>) -> Result<(), String> {
        let (year, month, day) = civil(self.day);
        let on = format!("{year:04}-{month:02}-{day:02}");
        let said = [&usage.in_day, &usage.in_year, &usage.in_all];
        let out = said.map(|totals| i128::from(totals.out));
        let into = said.map(|totals| i128::from(totals.into));
        let expected = (self.out.at(self.day), self.into.at(self.day));
        if usage.day != on || (out, into) != expected {
            return Err(format!("usage is {usage:?}, and the journal says {on} {expected:?}"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(19_782), (2024, 2, 29));
        assert_eq!(civil(day_of(1_798_732_799_999)), (2026, 12, 31));
        assert_eq!(civil(day_of(1_798_732_800_000)), (2027, 1, 1));
    }
}
