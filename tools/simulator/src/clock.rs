use std::cell::Cell;

use feiqian_calendar::Timestamp;

use crate::dice::Dice;

/// One minute, milliseconds.
pub const MINUTE_MS: u64 = 60_000;

/// One hour, milliseconds.
pub const HOUR_MS: u64 = 60 * MINUTE_MS;

/// One day, milliseconds.
pub const DAY_MS: u64 = 24 * HOUR_MS;

/// Ends of years in China's time: 2026 and 2027 begin here, milliseconds.
const NEW_YEARS: [u64; 2] = [1_767_196_800_000, 1_798_732_800_000];

/// Two times: the true one, which only goes on and by which sleepers wake, and the one on
/// the wall, which jumps.
#[derive(Debug)]
pub struct Clock {
    elapsed_ms: Cell<u64>,
    start_ms: u64,
    skew_ms: Cell<i64>,
    latest_wall_ms: Cell<u64>,
}

impl Clock {
    /// A clock that starts shortly before a new year, before a midnight, or anywhere.
    #[must_use]
    pub fn new(dice: &Dice) -> Self {
        let new_year = dice.pick(&NEW_YEARS).copied().unwrap_or_default();
        let start_ms = match dice.below(4) {
            0 => new_year - dice.between(0, 10 * MINUTE_MS),
            1 => new_year - dice.between(1, 300) * DAY_MS - dice.between(0, 10 * MINUTE_MS),
            _ => new_year - dice.between(0, 300 * DAY_MS),
        };
        Self {
            elapsed_ms: Cell::new(0),
            start_ms,
            skew_ms: Cell::new(0),
            latest_wall_ms: Cell::new(start_ms),
        }
    }

    /// The true time since the start, milliseconds.
    #[must_use]
    pub fn elapsed_ms(&self) -> u64 {
        self.elapsed_ms.get()
    }

    /// What the wall clock shows to a machine that is off by so much, milliseconds.
    #[must_use]
    pub fn wall(&self, machine_skew_ms: i64) -> Timestamp {
        let skew = self.skew_ms.get().saturating_add(machine_skew_ms);
        let wall = (self.start_ms + self.elapsed_ms.get()).saturating_add_signed(skew);
        self.latest_wall_ms.set(self.latest_wall_ms.get().max(wall));
        Timestamp::from_millis(wall)
    }

    /// Lets time go on.
    pub fn advance(&self, millis: u64) {
        self.elapsed_ms.set(self.elapsed_ms.get() + millis);
    }

    /// Moves the wall clock: by hours, by days, to just before a midnight or a new year,
    /// or back to the true time.
    pub fn jump(&self, dice: &Dice) {
        let wall = self.wall(0).as_millis();
        let target = match dice.below(6) {
            0 => wall + dice.between(0, 4 * HOUR_MS),
            1 => wall - dice.between(0, 4 * HOUR_MS),
            2 => wall + dice.between(0, 3 * DAY_MS),
            3 => wall - dice.between(0, 3 * DAY_MS),
            4 => NEW_YEARS[dice.below(NEW_YEARS.len())] - dice.between(0, 20_000),
            _ => self.start_ms + self.elapsed_ms.get(),
        };
        self.show(target);
    }

    /// Sets the wall clock past everything that it has ever shown.
    pub fn outrun(&self) {
        self.show(self.latest_wall_ms.get() + DAY_MS);
    }

    fn show(&self, wall_ms: u64) {
        let truth = self.start_ms + self.elapsed_ms.get();
        self.skew_ms.set(wall_ms.cast_signed() - truth.cast_signed());
    }
}
