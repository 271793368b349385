//! Instants and the business calendar of a region.
//!
//! Limits count by calendar day and year in the region's own time, so a day is a
//! value here and never a count of seconds. China keeps one time zone without
//! summer time; a region's calendar is therefore a fixed offset.

use serde::{Deserialize, Serialize};
use std::fmt;
use time::format_description::well_known::Rfc3339;
use time::{Date, Month as MonthName, OffsetDateTime, UtcOffset};

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The latest instant that the calendar can name: the end of year 9999.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// An instant from milliseconds since the epoch; past [`Self::MAX`] it is that.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        if millis > Self::MAX.0 { Self::MAX } else { Self(millis) }
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    #[must_use]
    pub const fn as_seconds(self) -> u64 {
        self.0 / 1000
    }

    /// The instant `millis` later.
    #[must_use]
    pub const fn plus_millis(self, millis: u64) -> Self {
        Self::from_millis(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` until this instant; zero if it is not earlier.
    #[must_use]
    pub const fn millis_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// A calendar day in a region, written `2026-11-23`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Day(Date);

impl Day {
    /// The calendar year.
    #[must_use]
    pub const fn year(self) -> i32 {
        self.0.year()
    }

    /// Whether another day lies in the same month of the same year.
    #[must_use]
    pub fn same_month(self, other: Self) -> bool {
        self.year() == other.year() && self.0.month() == other.0.month()
    }

    /// Reads `YYYY-MM-DD`.
    ///
    /// # Errors
    /// [`CalendarError::Day`] for any other form or a day that does not exist.
    pub fn parse(text: &str) -> Result<Self, CalendarError> {
        let number = |range: std::ops::Range<usize>| {
            text.get(range)
                .filter(|part| part.bytes().all(|b| b.is_ascii_digit()))
                .and_then(|part| part.parse::<u16>().ok())
        };
        let dashes = text.len() == 10 && text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
        let (year, month, day) = match (dashes, number(0..4), number(5..7), number(8..10)) {
            (true, Some(year), Some(month), Some(day)) => (year, month, day),
            _ => return Err(CalendarError::Day),
        };
        let month = u8::try_from(month)
            .ok()
            .and_then(|m| MonthName::try_from(m).ok())
            .ok_or(CalendarError::Day)?;
        let day = u8::try_from(day).map_err(|_| CalendarError::Day)?;
        Date::from_calendar_date(i32::from(year), month, day)
            .map(Self)
            .map_err(|_| CalendarError::Day)
    }
}

impl Day {
    /// The day after; the last day of year 9999 has none.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        self.0.next_day().map(Self)
    }

    /// The day before; the first day of year 0 has none.
    #[must_use]
    pub fn previous(self) -> Option<Self> {
        self.0.previous_day().filter(|day| day.year() >= 0).map(Self)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.0.to_calendar_date();
        write!(f, "{year:04}-{:02}-{day:02}", u8::from(month))
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

impl TryFrom<String> for Day {
    type Error = CalendarError;

    fn try_from(text: String) -> Result<Self, CalendarError> {
        Self::parse(&text)
    }
}

/// A calendar month in a region, written `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    /// Its first day.
    first: Date,
}

impl Month {
    /// Reads `YYYY-MM`.
    ///
    /// # Errors
    /// [`CalendarError::Month`] for any other form.
    pub fn parse(text: &str) -> Result<Self, CalendarError> {
        let day = Day::parse(&format!("{text}-01")).map_err(|_| CalendarError::Month)?;
        Ok(Self { first: day.0 })
    }

    /// The month after; December 9999 has none.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        let month = self.first.month().next();
        let year = self.first.year() + i32::from(month == MonthName::January);
        Date::from_calendar_date(year, month, 1).ok().map(|first| Self { first })
    }

    /// Its first day.
    #[must_use]
    pub const fn first_day(self) -> Day {
        Day(self.first)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.first.year(), u8::from(self.first.month()))
    }
}

/// Why text is no day, no month, no instant or no offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// Not a month in the form `YYYY-MM`.
    #[error("a month is written YYYY-MM and must exist")]
    Month,
    /// Not an instant in RFC 3339, or one before 1970.
    #[error("an instant is written as RFC 3339 has it, such as 2026-11-23T12:00:00+08:00")]
    Instant,
    /// Not an existing day in the form `YYYY-MM-DD`.
    #[error("a day is written YYYY-MM-DD and must exist")]
    Day,
    /// Not an offset in the form `+08:00`.
    #[error("an offset is written +HH:MM or -HH:MM, at most 14 hours")]
    Offset,
}

/// A region's calendar: which day an instant falls on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calendar(UtcOffset);

impl Calendar {
    /// China's standard time, UTC+08:00.
    pub const CHINA: Self = Self(match UtcOffset::from_hms(8, 0, 0) {
        Ok(offset) => offset,
        Err(_) => UtcOffset::UTC,
    });

    /// Largest distance from UTC in use anywhere, in hours.
    const OFFSET_MAX_HOURS: i8 = 14;

    /// Reads an offset such as `+08:00`.
    ///
    /// # Errors
    /// [`CalendarError::Offset`] for any other form.
    pub fn parse(offset: &str) -> Result<Self, CalendarError> {
        let sign: i8 = match offset.as_bytes().first() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return Err(CalendarError::Offset),
        };
        let (hours, minutes) = offset
            .get(1..)
            .and_then(|rest| rest.split_once(':'))
            .filter(|(hours, minutes)| hours.len() == 2 && minutes.len() == 2)
            .ok_or(CalendarError::Offset)?;
        let hours: i8 = hours.parse().map_err(|_| CalendarError::Offset)?;
        let minutes: i8 = minutes.parse().map_err(|_| CalendarError::Offset)?;
        if !(0..=Self::OFFSET_MAX_HOURS).contains(&hours) || !(0..60).contains(&minutes) {
            return Err(CalendarError::Offset);
        }
        UtcOffset::from_hms(sign * hours, sign * minutes, 0)
            .map(Self)
            .map_err(|_| CalendarError::Offset)
    }

    fn local(self, at: Timestamp) -> OffsetDateTime {
        let seconds = i64::try_from(at.as_seconds()).unwrap_or(i64::MAX);
        OffsetDateTime::from_unix_timestamp(seconds)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
            .checked_to_offset(self.0)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// The day that an instant falls on here.
    #[must_use]
    pub fn day(self, at: Timestamp) -> Day {
        Day(self.local(at).date())
    }

    /// The first instant of a day here; for one before 1970 that is the epoch.
    #[must_use]
    pub fn start_of(self, day: Day) -> Timestamp {
        instant(day.0.midnight().assume_offset(self.0)).unwrap_or_default()
    }

    /// An instant in RFC 3339 with milliseconds and this region's offset.
    #[must_use]
    pub fn format(self, at: Timestamp) -> String {
        let millis = u16::try_from(at.as_millis() % 1000).unwrap_or(0);
        self.local(at)
            .replace_millisecond(millis)
            .ok()
            .and_then(|local| local.format(&Rfc3339).ok())
            .unwrap_or_default()
    }
}

impl Timestamp {
    /// Reads an instant in RFC 3339. What is finer than a millisecond is left out.
    ///
    /// # Errors
    /// [`CalendarError::Instant`] for any other form, or an instant before 1970.
    pub fn parse(text: &str) -> Result<Self, CalendarError> {
        let read = OffsetDateTime::parse(text, &Rfc3339).ok();
        read.and_then(instant).ok_or(CalendarError::Instant)
    }
}

fn instant(at: OffsetDateTime) -> Option<Timestamp> {
    let seconds = u64::try_from(at.unix_timestamp()).ok()?;
    Some(Timestamp::from_millis(seconds.checked_mul(1000)? + u64::from(at.millisecond())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_turns_at_the_regions_midnight() -> Result<(), CalendarError> {
        // 2026-12-31T15:59:59.999Z is the last millisecond of the year in China.
        let last = Timestamp::from_millis(1_798_732_799_999);
        assert_eq!(Calendar::CHINA.day(last).to_string(), "2026-12-31");
        assert_eq!(Calendar::CHINA.day(last.plus_millis(1)).to_string(), "2027-01-01");
        assert_eq!(Calendar::CHINA.day(last.plus_millis(1)).year(), 2027);
        assert_eq!(Calendar::parse("+00:00")?.day(last.plus_millis(1)).year(), 2026);
        assert_eq!(Calendar::CHINA.format(last), "2026-12-31T23:59:59.999+08:00");
        Ok(())
    }

    #[test]
    fn days_and_offsets_have_one_form() {
        assert_eq!(Day::parse("2026-02-28").map(String::from), Ok("2026-02-28".to_owned()));
        for text in
            ["2026-02-29", "2026-2-28", "26-02-28", "2026/02/28", "", "2026-13-01", "+026-01-01"]
        {
            assert_eq!(Day::parse(text), Err(CalendarError::Day), "{text}");
        }
        assert_eq!(Calendar::parse("+08:00"), Ok(Calendar::CHINA));
        for text in ["8", "+8:00", "+15:00", "08:00", "+08:60", "+-8:00"] {
            assert_eq!(Calendar::parse(text), Err(CalendarError::Offset), "{text}");
        }
    }

    #[test]
    fn a_month_ends_where_the_next_begins() -> Result<(), CalendarError> {
        for (text, next) in [("2026-11", "2026-12"), ("2026-12", "2027-01"), ("2028-02", "2028-03")]
        {
            let month = Month::parse(text)?;
            assert_eq!(month.to_string(), text);
            assert_eq!(month.next().map(|month| month.to_string()), Some(next.to_owned()));
        }
        assert_eq!(Month::parse("9999-12")?.next(), None);
        for text in ["2026-13", "2026-1", "2026", "2026-11-01", ""] {
            assert_eq!(Month::parse(text), Err(CalendarError::Month), "{text}");
        }
        Ok(())
    }

    #[test]
    fn a_day_begins_at_the_regions_midnight() -> Result<(), CalendarError> {
        let day = Day::parse("2027-01-01")?;
        let start = Calendar::CHINA.start_of(day);
        assert_eq!(start, Timestamp::from_millis(1_798_732_800_000));
        assert_eq!(Calendar::CHINA.day(start), day);
        let before = Timestamp::from_millis(start.as_millis() - 1);
        assert_eq!(Calendar::CHINA.day(before).next(), Some(day));
        assert_eq!(day.previous(), Some(Calendar::CHINA.day(before)));
        assert_eq!(Day::parse("0000-01-01").map(Day::previous), Ok(None));
        assert_eq!(Calendar::CHINA.start_of(Day::parse("1969-01-01")?), Timestamp::default());
        Ok(())
    }

    #[test]
    fn an_instant_is_read_as_it_is_written() -> Result<(), CalendarError> {
        let at = Timestamp::from_millis(1_798_732_799_999);
        assert_eq!(Timestamp::parse(&Calendar::CHINA.format(at))?, at);
        assert_eq!(Timestamp::parse("2026-12-31T15:59:59.999Z")?, at);
        for text in ["2026-12-31", "2026-12-31T15:59:59", "1969-12-31T15:59:59Z", ""] {
            assert_eq!(Timestamp::parse(text), Err(CalendarError::Instant), "{text}");
        }
        Ok(())
    }

    #[test]
    fn an_instant_never_leaves_what_can_be_named() {
        let end = Timestamp::from_millis(u64::MAX);
        assert_eq!(end, Timestamp::MAX);
        assert_eq!(Calendar::CHINA.format(Timestamp::from_millis(0)), "1970-01-01T08:00:00+08:00");
    }
}
