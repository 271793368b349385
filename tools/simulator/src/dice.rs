use std::cell::RefCell;

/// A seeded source of decisions. Everything that happens in a run is drawn from dice, in
/// one order, so that a seed replays exactly.
#[derive(Debug)]
pub struct Dice(RefCell<fastrand::Rng>);

/// What a chance is counted in: one in ten thousand.
const WHOLE: u32 = 10_000;

impl Dice {
    /// Dice of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(RefCell::new(fastrand::Rng::with_seed(seed)))
    }

    /// Other dice, whose throws do not disturb these.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self(RefCell::new(self.0.borrow_mut().fork()))
    }

    /// True in so many of ten thousand cases.
    #[must_use]
    pub fn chance(&self, of_ten_thousand: u32) -> bool {
        // No throw where there is nothing to decide.
        of_ten_thousand > 0 && self.0.borrow_mut().u32(..WHOLE) < of_ten_thousand
    }

    /// A number below `end`; 0 if that is 0.
    #[must_use]
    pub fn below(&self, end: usize) -> usize {
        if end == 0 { 0 } else { self.0.borrow_mut().usize(..end) }
    }

    /// A number from `low` up to and without `high`.
    #[must_use]
    pub fn between(&self, low: u64, high: u64) -> u64 {
        if low >= high { low } else { self.0.borrow_mut().u64(low..high) }
    }

    /// A place in a list of `length`, the first ones far more often: about as Zipf has it.
    #[must_use]
    pub fn skewed(&self, length: usize) -> usize {
        self.below(self.below(length) + 1)
    }

    /// One of a list, which must not be empty.
    #[must_use]
    pub fn pick<'a, T>(&self, list: &'a [T]) -> Option<&'a T> {
        list.get(self.below(list.len()))
    }

    /// Fills a buffer.
    pub fn fill(&self, bytes: &mut [u8]) {
        self.0.borrow_mut().fill(bytes);
    }
}
