//! Invariants 4 and 8: no limit is ever exceeded, and what an account says it has used is
//! what its journal says, meter by meter.

use std::collections::BTreeMap;

use super::documents::{Entry, HolderLimits, OwnLimits, Totals, Usage};
use crate::clock::{DAY_MS, HOUR_MS};

/// What an account of a class may send to others, and take from them, in a day and in a year,
/// and what it may hold, fen: those of RULES section 1, but for the year and for transfers, which
/// `rules/simulator.json` makes so small that a run meets their caps.
struct Caps {
    a_day: i128,
    a_year: i128,
    balance: Option<i128>,
}

const CLASS_II: Caps = Caps { a_day: 1_000_000, a_year: 1_100_000, balance: None };
const CLASS_III: Caps = Caps { a_day: 200_000, a_year: 220_000, balance: Some(200_000) };

/// Transfers of a day without a signature, fen.
const TRANSFERS_DAY: i128 = 700_000;

/// A span of time that is added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Span {
    Day(i64),
    Month(i64, i64),
    Year(i64),
    All,
}

/// What a movement was charged to.
#[derive(Debug)]
struct Charged {
    day: i64,
    meters: Vec<&'static str>,
    amount: i128,
    /// What of it a card has paid: caps on what leaves the balance do not count it.
    card_part: i128,
}

/// What was charged to the limits of an account.
#[derive(Debug)]
pub struct LimitModel {
    class: String,
    day: i64,
    charged: BTreeMap<String, Charged>,
    sums: BTreeMap<(Span, &'static str), i128>,
    holder: HolderLimits,
    /// What adjustments have brought, which caps on the balance do not ask about.
    adjusted: i128,
}

/// Caps on what a meter counts in a day, fen, as `rules/simulator.json` has them: barcodes and
/// small payments without a PIN (RULES sections 2 and 3).
const METERS_DAY: [(&str, i128); 4] = [
    ("barcode_one_factor", 90_000),
    ("barcode_two_factors", 150_000),
    ("static_code", 60_000),
    ("without_pin", 70_000),
];

/// The most that goes without a PIN at once, fen.
const WITHOUT_PIN: i128 = 40_000;

/// The meters of what goes to the bound account.
const WITHDRAWAL: &[&str] = &["transfers"];

/// The meters of what goes to another's account.
const TRANSFER_OUT: &[&str] = &["out", "transfers", "spent", "one_factor"];

/// The meters of what comes from another's account.
const TRANSFER_IN: &[&str] = &["in"];

/// The meters that leave out what a card pays.
const OF_BALANCE: [&str; 3] = ["out", "loan_repayments", "wealth_purchases"];

/// The spans that a meter is added up over, around a day.
fn spans(meter: &str, day: i64) -> Vec<Span> {
    let (year, month, _) = civil(day);
    match meter {
        "out" | "in" | "loan_repayments" => vec![Span::Day(day), Span::Year(year), Span::All],
        "wealth_purchases" => vec![Span::Year(year)],
        "spent" => vec![Span::Day(day), Span::Month(year, month)],
        _ => vec![Span::Day(day)],
    }
}

/// The day of China that an instant falls on, counted from 1970-01-01.
fn day_of(at_ms: u64) -> i64 {
    ((at_ms + 8 * HOUR_MS) / DAY_MS).cast_signed()
}

/// The day of China that an instant falls on, as it is written.
pub(super) fn day_text(at_ms: u64) -> String {
    let (year, month, day) = civil(day_of(at_ms));
    format!("{year:04}-{month:02}-{day:02}")
}

/// The month of China that an instant falls in, as it is written.
pub(super) fn month_of(at_ms: u64) -> String {
    let (year, month, _) = civil(day_of(at_ms));
    format!("{year:04}-{month:02}")
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

/// What a refund gives back.
#[derive(Debug, Clone, Copy)]
pub struct Refunded<'a> {
    /// The payment that it is of.
    pub payment: &'a str,
    /// Whether a card had paid it, and not the balance.
    pub from_card: bool,
}

impl LimitModel {
    /// An account that has moved nothing.
    pub fn new(class: &str, created_at_ms: u64) -> Self {
        Self {
            class: class.to_owned(),
            day: day_of(created_at_ms),
            charged: BTreeMap::new(),
            sums: BTreeMap::new(),
            holder: HolderLimits::default(),
            adjusted: 0,
        }
    }

    const fn caps(&self) -> &'static Caps {
        if self.class.len() == 3 { &CLASS_III } else { &CLASS_II }
    }

    /// The account is of another class from now on.
    pub fn upgrade(&mut self, class: &str) {
        class.clone_into(&mut self.class);
    }

    /// Counts an entry: with the meters of a payment, or with what it gives back if it is a refund.
    /// Says what it exceeds.
    pub fn count(
        &mut self,
        entry: &Entry<'_>,
        meters: &[&'static str],
        refunded: Option<Refunded<'_>>,
    ) -> Result<(), String> {
        let amount = i128::from(entry.amount);
        let card_part = i128::from(entry.by_card);
        // A day that has begun is not left again, whatever the clock says.
        let day = self.day.max(day_of(entry.at));
        match &*entry.kind {
            "payment" => {
                let (meters, amount) = (meters.to_vec(), card_part - amount);
                self.check_meters(&meters, day, amount)?;
                self.charge(&entry.operation, Charged { day, meters, amount, card_part });
            }
            "withdrawal" => self.move_balance(day, &entry.operation, WITHDRAWAL, -amount),
            "transfer" if amount > 0 => {
                self.move_balance(day, &entry.operation, TRANSFER_IN, amount)
            }
            "transfer" => self.move_balance(day, &entry.operation, TRANSFER_OUT, -amount),
            "payment_reversal" | "withdrawal_reversal" | "transfer_reversal" => {
                let charged = self.charged.remove(&*entry.operation);
                let charged = charged.ok_or("a reversal without a charge")?;
                if amount != charged.amount - charged.card_part {
                    return Err("a reversal of another amount".to_owned());
                }
                self.add(&charged, -charged.amount, -charged.card_part);
            }
            "refund" | "wealth_redemption" => {
                self.day = day;
                if entry.kind == "refund" {
                    let refunded = refunded.ok_or("a refund without a payment")?;
                    self.give_back(refunded, amount + card_part)?;
                }
            }
            "adjustment" => self.adjusted += amount.max(0),
            _ => {}
        }
        self.check(&entry.kind, amount, card_part)?;
        let beyond = |cap| i128::from(entry.balance) > cap + self.adjusted;
        if self.caps().balance.is_some_and(beyond) {
            return Err("a balance above what its class may hold".to_owned());
        }
        Ok(())
    }

    /// A payment to come is within the caps on how it is started.
    fn check_meters(&self, meters: &[&str], day: i64, amount: i128) -> Result<(), String> {
        let used = |meter| self.sums.get(&(Span::Day(day), meter)).copied().unwrap_or(0);
        for (meter, cap) in METERS_DAY.into_iter().filter(|(meter, _)| meters.contains(meter)) {
            if used(meter) + amount > cap {
                return Err(format!("more {meter} in a day than there may be"));
            }
        }
        if meters.contains(&"without_pin") && amount > WITHOUT_PIN {
            return Err("more without a PIN than there may be".to_owned());
        }
        Ok(())
    }

    /// What an entry that charges leads to is within every cap.
    fn check(&self, kind: &str, amount: i128, card_part: i128) -> Result<(), String> {
        let (year, month, _) = civil(self.day);
        let sum = |meter, span| self.sums.get(&(span, meter)).copied().unwrap_or(0);
        let day = Span::Day(self.day);
        // What repays a loan is outside the caps of class III (RULES section 1).
        let loans = if self.class == "II" { 1 } else { 0 };
        let sent = |span| sum("out", span) + loans * sum("loan_repayments", span);
        let Caps { a_day, a_year, .. } = *self.caps();
        let OwnLimits { payment: own_payment, day: own_day, month: own_month } = self.holder.own;
        let own = |limit: Option<i64>| limit.map_or(i128::MAX, i128::from);
        let mut caps = match kind {
            "transfer" if amount > 0 => vec![
                ("in a day than its class may take", sum("in", day), a_day),
                ("in a year than its class may take", sum("in", Span::Year(year)), a_year),
            ],
            "payment" | "transfer" => vec![
                ("in a day than its class may send", sent(day), a_day),
                ("in a year than its class may send", sent(Span::Year(year)), a_year),
                ("at once than its holder lets", card_part - amount, own(own_payment)),
                ("in a day than its holder lets", sum("spent", day), own(own_day)),
                (
                    "in a month than its holder lets",
                    sum("spent", Span::Month(year, month)),
                    own(own_month),
                ),
            ],
            _ => Vec::new(),
        };
        if amount < 0 && matches!(kind, "withdrawal" | "transfer") {
            caps.push(("in a day without a signature", sum("transfers", day), TRANSFERS_DAY));
        }
        match caps.into_iter().find(|(_, moved, cap)| moved > cap) {
            Some((what, ..)) => Err(format!("more {what}")),
            None => Ok(()),
        }
    }

    fn move_balance(
        &mut self,
        day: i64,
        operation: &str,
        meters: &'static [&'static str],
        amount: i128,
    ) {
        self.charge(operation, Charged { day, meters: meters.to_vec(), amount, card_part: 0 });
    }

    fn charge(&mut self, operation: &str, charged: Charged) {
        self.day = charged.day;
        self.add(&charged, charged.amount, charged.card_part);
        self.charged.insert(operation.to_owned(), charged);
    }

    /// Gives back some of what the balance or a card has paid.
    fn give_back(&mut self, refunded: Refunded<'_>, amount: i128) -> Result<(), String> {
        let Refunded { payment, from_card } = refunded;
        let Some(charged) = self.charged.remove(payment) else {
            return Err("money back without a charge".to_owned());
        };
        let by_card = if from_card { amount } else { 0 };
        self.add(&charged, -amount, -by_card);
        let (amount, card_part) = (charged.amount - amount, charged.card_part - by_card);
        let left = Charged { amount, card_part, ..charged };
        let too_much = card_part < 0 || amount < card_part;
        self.charged.insert(payment.to_owned(), left);
        if too_much { Err("more back than was charged".to_owned()) } else { Ok(()) }
    }

    fn add(&mut self, charged: &Charged, amount: i128, card_part: i128) {
        for meter in &charged.meters {
            let counted = if OF_BALANCE.contains(meter) { amount - card_part } else { amount };
            for span in spans(meter, charged.day) {
                *self.sums.entry((span, *meter)).or_default() += counted;
            }
        }
    }

    /// What the holder has set.
    /// True if something was raised.
    pub fn set(&mut self, holder: HolderLimits) -> Result<bool, String> {
        let most = |limit: Option<i64>| limit.unwrap_or(i64::MAX);
        let (before, now) = (self.holder.own, holder.own);
        let raised = most(now.payment) > most(before.payment)
            || most(now.day) > most(before.day)
            || most(now.month) > most(before.month);
        let turned = holder.small_payments != self.holder.small_payments;
        let changed = u32::from(now != before || turned);
        if holder.revision != self.holder.revision + changed {
            return Err("has limits of another revision".to_owned());
        }
        self.holder = holder;
        Ok(raised)
    }

    /// Compares with what the account says of itself.
    pub fn compare(&self, usage: &Usage<'_>) -> Result<(), String> {
        let (year, month, day) = civil(self.day);
        let date = format!("{year:04}-{month:02}-{day:02}");
        let expected = |span| -> Totals {
            let sums = self.sums.iter().filter(|((of, _), sum)| *of == span && **sum != 0);
            sums.map(|((_, meter), sum)| ((*meter).to_owned(), i64::try_from(*sum).unwrap_or(0)))
                .collect()
        };
        let windows = [
            (Span::Day(self.day), &usage.in_day),
            (Span::Month(year, month), &usage.in_month),
            (Span::Year(year), &usage.in_year),
            (Span::All, &usage.in_all),
        ];
        for (span, said) in windows {
            let expected = expected(span);
            if usage.day != date || *said != expected {
                let what = format!("the journal says {expected:?} for {span:?} at {date}");
                return Err(format!("usage is {usage:?}, and {what}"));
            }
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
