use crate::personal::{digits, only_digits, prints_masked};
use crate::{IdentityError, Mobile, ResidentId};

/// A payment PIN: six digits (RULES section 3).
///
/// There is no `==`: a PIN is compared only through its keyed verifier, in constant
/// time.
#[derive(Clone)]
pub struct Pin(String);

/// Why a PIN is too easy to guess (RULES section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// One digit, six times.
    #[error("the PIN repeats one digit")]
    Repeated,
    /// Six digits up or down in sequence, where 9 and 0 are neighbours as on a keypad.
    #[error("the PIN is a run of neighbouring digits")]
    Sequential,
    /// Stands in the holder's resident ID, as a birth date does.
    #[error("the PIN stands in the resident ID")]
    InResidentId,
    /// Stands in the holder's mobile number.
    #[error("the PIN stands in the mobile number")]
    InMobile,
}

impl Pin {
    const DIGITS: usize = 6;

    /// Reads a PIN. Whether it is weak is asked of [`Self::weakness`] when it is set;
    /// when it is only checked, a weak one is merely wrong.
    ///
    /// # Errors
    /// [`IdentityError::PinFormat`] with what is wrong: length or characters.
    pub fn parse(text: &str) -> Result<Self, IdentityError> {
        only_digits(text, Self::DIGITS).map_err(IdentityError::PinFormat)?;
        Ok(Self(text.to_owned()))
    }

    /// Why the holder of this resident ID and mobile must not choose this PIN, if so.
    #[must_use]
    pub fn weakness(&self, resident_id: &ResidentId, mobile: &Mobile) -> Option<Weakness> {
        if self.has_step(0) {
            Some(Weakness::Repeated)
        } else if self.has_step(1) || self.has_step(9) {
            // A step of 9 modulo 10 is a step down by one.
            Some(Weakness::Sequential)
        } else if resident_id.expose().contains(&self.0) {
            Some(Weakness::InResidentId)
        } else if mobile.expose().contains(&self.0) {
            Some(Weakness::InMobile)
        } else {
            None
        }
    }

    /// True if each digit is the one before plus `step`, modulo 10.
    fn has_step(&self, step: u32) -> bool {
        digits(&self.0).zip(digits(&self.0).skip(1)).all(|(one, next)| (one + step) % 10 == next)
    }

    /// The digits.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Six stars.
    #[must_use]
    pub fn masked(&self) -> String {
        "*".repeat(Self::DIGITS)
    }
}

prints_masked!(Pin);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fault;
    use proptest::prelude::*;

    fn weakness(pin: &str) -> Option<Weakness> {
        let resident_id = ResidentId::parse("11010519491231002X").unwrap();
        let mobile = Mobile::parse("13824680135").unwrap();
        Pin::parse(pin).unwrap().weakness(&resident_id, &mobile)
    }

    #[test]
    fn a_pin_is_six_digits() {
        let fault = |text: &str| Pin::parse(text).err();
        let faulty = |fault| Some(IdentityError::PinFormat(fault));
        assert_eq!(fault("000000"), None);
        for text in ["", "12345", "1234567"] {
            assert_eq!(fault(text), faulty(Fault::ExactLength { exactly: 6 }), "{text}");
        }
        for text in ["12345a", "-12345", "１23456"] {
            assert_eq!(fault(text), faulty(Fault::Characters), "{text}");
        }
    }

    #[test]
    fn guessable_pins_are_named_by_their_weakness() {
        for (pin, expected) in [
            ("111111", Some(Weakness::Repeated)),
            ("000000", Some(Weakness::Repeated)),
            ("123456", Some(Weakness::Sequential)),
            ("654321", Some(Weakness::Sequential)),
            ("012345", Some(Weakness::Sequential)),
            ("567890", Some(Weakness::Sequential)),
            ("098765", Some(Weakness::Sequential)),
            ("491231", Some(Weakness::InResidentId)),
            ("110105", Some(Weakness::InResidentId)),
            ("231002", Some(Weakness::InResidentId)),
            ("246801", Some(Weakness::InMobile)),
            ("138246", Some(Weakness::InMobile)),
            ("680135", Some(Weakness::InMobile)),
            ("111112", None),
            ("123457", None),
            ("491230", None),
            ("862913", None),
        ] {
            assert_eq!(weakness(pin), expected, "{pin}");
        }
    }

    #[test]
    fn printing_shows_nothing() {
        let pin = Pin::parse("862913").unwrap();
        assert_eq!(format!("{pin} {pin:?}"), "****** Pin(******)");
        assert_eq!(pin.expose(), "862913");
    }

    proptest! {
        #[test]
        fn any_six_digits_parse_and_nothing_else_does(text in "\\PC{0,8}", pin in "[0-9]{6}") {
            let six_digits = text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit());
            prop_assert_eq!(Pin::parse(&text).is_ok(), six_digits);
            prop_assert!(Pin::parse(&pin).is_ok());
            let _ = weakness(&pin);
        }
    }
}
