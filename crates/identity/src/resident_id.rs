use feiqian_calendar::Day;

use crate::personal::{digits, mask_middle, only_digits, prints_masked};
use crate::{Fault, IdentityError};

/// A resident ID number (GB 11643): 17 digits and a check character.
///
/// The birth date in it exists and lies in 1800 to 2199, and the check character
/// fits (RULES section 5). The region code is not compared with a list, since
/// regions are renamed and old IDs stay valid. Whether the birth date lies in the
/// future is for the caller, who knows the day.
#[derive(Clone, PartialEq, Eq)]
pub struct ResidentId {
    text: String,
    birth_day: Day,
}

impl ResidentId {
    const LENGTH: usize = 18;

    /// Weights of the first 17 digits (GB 11643).
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

    /// Check character by the weighted sum modulo 11 (GB 11643).
    const CHECK_MAP: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];

    /// Years a birth date may name. Nobody alive falls outside; a number that does is a mistake.
    const BIRTH_YEARS: std::ops::RangeInclusive<i32> = 1800..=2199;

    /// Reads a resident ID. A lower-case `x` at the end is accepted and upper-cased.
    ///
    /// # Errors
    /// [`IdentityError::ResidentId`] with what is wrong: length, characters, birth
    /// date or check character.
    pub fn parse(text: &str) -> Result<Self, IdentityError> {
        Self::read(text).map_err(IdentityError::ResidentId)
    }

    fn read(text: &str) -> Result<Self, Fault> {
        const LENGTH: Fault = Fault::ExactLength { exactly: ResidentId::LENGTH };
        let check = text.chars().nth(Self::LENGTH - 1).ok_or(LENGTH)?.to_ascii_uppercase();
        if text.chars().nth(Self::LENGTH).is_some() {
            return Err(LENGTH);
        }
        let body = text.get(..Self::LENGTH - 1).ok_or(Fault::Characters)?;
        only_digits(body, Self::LENGTH - 1).map_err(|_| Fault::Characters)?;
        if !check.is_ascii_digit() && check != 'X' {
            return Err(Fault::Characters);
        }
        let birth_day = Self::birth_day_in(body).ok_or(Fault::BirthDate)?;
        let sum: u32 = digits(body).zip(Self::WEIGHTS).map(|(digit, weight)| digit * weight).sum();
        let remainder = usize::try_from(sum % 11).map_err(|_| Fault::CheckDigit)?;
        if Self::CHECK_MAP.get(remainder) != Some(&check) {
            return Err(Fault::CheckDigit);
        }
        Ok(Self { text: format!("{body}{check}"), birth_day })
    }

    /// The birth date at its place in the first 17 digits.
    fn birth_day_in(body: &str) -> Option<Day> {
        let (year, month, day) = (body.get(6..10)?, body.get(10..12)?, body.get(12..14)?);
        Day::parse(&format!("{year}-{month}-{day}"))
            .ok()
            .filter(|birth_day| Self::BIRTH_YEARS.contains(&birth_day.year()))
    }

    /// The holder's birth date.
    #[must_use]
    pub const fn birth_day(&self) -> Day {
        self.birth_day
    }

    /// Full years of age on a day, or `None` on a day before the birth.
    ///
    /// A year is full on the birthday itself; who was born on 29 February has it on
    /// 1 March in other years.
    #[must_use]
    pub fn age_on(&self, day: Day) -> Option<u32> {
        // Month and day of `YYYY-MM-DD`, which compare as text.
        let in_year = |day: Day| day.to_string().split_off(5);
        let had_birthday = in_year(day) >= in_year(self.birth_day);
        let years = day.year() - self.birth_day.year() - i32::from(!had_birthday);
        u32::try_from(years).ok()
    }

    /// The text, with an upper-case check character.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The first and last four characters: `1101**********002X`.
    #[must_use]
    pub fn masked(&self) -> String {
        mask_middle(&self.text)
    }
}

prints_masked!(ResidentId);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VALID: [&str; 3] = ["11010519491231002X", "440524188001010014", "341126197709218366"];

    fn fault(text: &str) -> Option<Fault> {
        ResidentId::read(text).err()
    }

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    /// A resident ID with this birth date and the check character that fits it.
    fn born(digits: &str) -> ResidentId {
        let body = format!("110105{digits}002");
        "0123456789X".chars().find_map(|c| ResidentId::parse(&format!("{body}{c}")).ok()).unwrap()
    }

    #[test]
    fn published_numbers_are_valid() {
        for text in VALID {
            assert_eq!(ResidentId::parse(text).unwrap().expose(), text);
        }
        let birth_days = VALID.map(|text| ResidentId::parse(text).unwrap().birth_day());
        assert_eq!(birth_days, [day("1949-12-31"), day("1880-01-01"), day("1977-09-21")]);
    }

    #[test]
    fn a_lower_case_x_is_read_as_its_capital() {
        let id = ResidentId::parse("11010519491231002x").unwrap();
        assert_eq!(id.expose(), "11010519491231002X");
        assert_eq!(id, ResidentId::parse("11010519491231002X").unwrap());
    }

    #[test]
    fn each_mistake_is_named() {
        let length = Some(Fault::ExactLength { exactly: 18 });
        for text in ["", "11010519491231002", "11010519491231002X0", "110105491231002"] {
            assert_eq!(fault(text), length, "{text}");
        }
        for text in [
            "1101051949123100XX",
            "11010519491231002Y",
            " 1010519491231002X",
            "１１010519491231002X",
        ] {
            assert_eq!(fault(text), Some(Fault::Characters), "{text}");
        }
        for text in ["110105194902290028", "110105194900310028", "110105179912310028"] {
            assert_eq!(fault(text), Some(Fault::BirthDate), "{text}");
        }
        assert_eq!(fault("110105194912310021"), Some(Fault::CheckDigit));
        assert_eq!(
            ResidentId::parse("110105194912310021").unwrap_err().to_string(),
            "the resident ID has a check digit that does not fit the other digits"
        );
    }

    #[test]
    fn birth_years_end_where_they_are_said_to() {
        for (text, valid) in
            [("17991231", false), ("18000101", true), ("21991231", true), ("22000101", false)]
        {
            let body = format!("110105{text}002");
            let dated = ResidentId::birth_day_in(&body).is_some();
            assert_eq!(dated, valid, "{text}");
        }
    }

    #[test]
    fn a_year_is_full_on_the_birthday() {
        let id = born("20101123");
        assert_eq!(id.age_on(day("2026-11-22")), Some(15));
        assert_eq!(id.age_on(day("2026-11-23")), Some(16));
        assert_eq!(id.age_on(day("2010-11-23")), Some(0));
        assert_eq!(id.age_on(day("2010-11-22")), None);
        assert_eq!(id.age_on(day("1999-12-31")), None);
    }

    #[test]
    fn a_leap_day_birthday_falls_on_the_first_of_march_in_other_years() {
        let id = born("20080229");
        assert_eq!(id.age_on(day("2026-02-28")), Some(17));
        assert_eq!(id.age_on(day("2026-03-01")), Some(18));
        assert_eq!(id.age_on(day("2028-02-29")), Some(20));
    }

    #[test]
    fn printing_shows_only_the_ends() {
        let id = ResidentId::parse(VALID[0]).unwrap();
        assert_eq!(id.to_string(), "1101**********002X");
        assert_eq!(format!("{id:?}"), "ResidentId(1101**********002X)");
    }

    proptest! {
        #[test]
        fn one_wrong_character_is_always_caught(
            which in 0..VALID.len(), place in 0..18_usize, by in "[0-9X]",
        ) {
            let original = VALID[which];
            let mut text = original.to_owned();
            text.replace_range(place..=place, &by);
            prop_assume!(text != original);
            prop_assert!(ResidentId::parse(&text).is_err());
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,24}", near in "[0-9Xx\u{3000}é]{16,20}") {
            let _ = ResidentId::parse(&text);
            let _ = ResidentId::parse(&near);
        }
    }
}
