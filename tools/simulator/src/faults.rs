use std::cell::Cell;

use crate::dice::Dice;

/// How often each fault comes, in ten thousand chances. Every seed draws its own, and
/// leaves some out, so that each fault is met both alone and in company.
#[derive(Debug, Clone, Default)]
pub struct Rates {
    /// A task ends for good between two steps.
    pub crash: u32,
    /// A task sleeps, past any time-out, and goes on.
    pub pause: u32,
    /// A store call fails and does nothing.
    pub store_before: u32,
    /// A store call fails after it took effect.
    pub store_after: u32,
    /// A store call fails, and takes effect some time later.
    pub store_late: u32,
    /// A swap is reported as lost without having been tried.
    pub conflict: u32,
    /// A write of several documents stops in the middle.
    pub split: u32,
    /// The request never reaches the bank.
    pub bank_lost: u32,
    /// The bank's answer is lost.
    pub bank_mute: u32,
    /// The request reaches the bank after its sender has given up.
    pub bank_late: u32,
    /// The bank receives the request a second time, later.
    pub bank_repeat: u32,
    /// The bank takes its time with a debit.
    pub bank_processing: u32,
    /// The bank declines a debit.
    pub bank_decline: u32,
    /// The wall clock jumps.
    pub clock: u32,
    /// One machine's clock differs from the others'.
    pub skew: u32,
    /// A client does not hear the answer.
    pub deaf: u32,
}

impl Rates {
    fn draw(dice: &Dice) -> Self {
        let rate = |most: u32| match dice.below(5) {
            0 | 1 => 0,
            2 => most / 10,
            3 => most / 3,
            _ => most,
        };
        Self {
            crash: rate(100),
            pause: rate(150),
            store_before: rate(300),
            store_after: rate(300),
            store_late: rate(150),
            conflict: rate(800),
            split: rate(3_000),
            bank_lost: rate(1_500),
            bank_mute: rate(2_500),
            bank_late: rate(2_500),
            bank_repeat: rate(1_500),
            bank_processing: rate(4_000),
            bank_decline: rate(2_500),
            clock: rate(60),
            skew: rate(3_000),
            deaf: rate(2_000),
        }
    }
}

/// Decides on faults and counts them.
#[derive(Debug)]
pub struct Faults {
    rates: Rates,
    on: Cell<bool>,
    count: Cell<u64>,
}

/// What a store call meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreFault {
    /// Nothing: it works.
    None,
    /// It fails and does nothing.
    Before,
    /// It fails after it took effect.
    After,
    /// It fails, and takes effect some time later.
    Late,
    /// It is reported as a conflict and does nothing.
    Conflict,
}

/// What a bank request meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BankFault {
    /// Nothing: it works.
    None,
    /// It never arrives.
    Lost,
    /// It arrives, and the answer does not.
    Mute,
    /// It arrives after its sender has given up.
    Late,
    /// It arrives again, later.
    Repeat,
}

impl Faults {
    /// The faults of a seed, off at first.
    #[must_use]
    pub fn new(dice: &Dice) -> Self {
        Self { rates: Rates::draw(dice), on: Cell::new(false), count: Cell::new(0) }
    }

    /// Turns all faults on or off.
    pub fn turn(&self, on: bool) {
        self.on.set(on);
    }

    /// Whether faults are on.
    #[must_use]
    pub fn are_on(&self) -> bool {
        self.on.get()
    }

    /// How many faults there have been.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count.get()
    }

    /// Whether one of a kind comes now.
    #[must_use]
    pub fn strikes(&self, dice: &Dice, rate: impl FnOnce(&Rates) -> u32) -> bool {
        let strikes = self.on.get() && dice.chance(rate(&self.rates));
        if strikes {
            self.count.set(self.count.get() + 1);
        }
        strikes
    }

    /// What a store call meets; only a swap can be told of a conflict.
    #[must_use]
    pub fn of_store(&self, dice: &Dice, writes: bool, swaps: bool) -> StoreFault {
        if self.strikes(dice, |rates| rates.store_before) {
            StoreFault::Before
        } else if writes && self.strikes(dice, |rates| rates.store_after) {
            StoreFault::After
        } else if writes && self.strikes(dice, |rates| rates.store_late) {
            StoreFault::Late
        } else if swaps && self.strikes(dice, |rates| rates.conflict) {
            StoreFault::Conflict
        } else {
            StoreFault::None
        }
    }

    /// What a bank request meets.
    #[must_use]
    pub fn of_bank(&self, dice: &Dice) -> BankFault {
        if self.strikes(dice, |rates| rates.bank_lost) {
            BankFault::Lost
        } else if self.strikes(dice, |rates| rates.bank_late) {
            BankFault::Late
        } else if self.strikes(dice, |rates| rates.bank_repeat) {
            BankFault::Repeat
        } else if self.strikes(dice, |rates| rates.bank_mute) {
            BankFault::Mute
        } else {
            BankFault::None
        }
    }
}
