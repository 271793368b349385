//! The text of a merchant-presented QR code: EMV QRCPS, merchant-presented mode.

use crc::{CRC_16_IBM_3740, Crc};
use std::fmt::Write as _;

/// Polynomial 1021, initial value FFFF (RULES section 5).
const CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_IBM_3740);

/// The first data object: the version of the format.
const FORMAT_TAG: u8 = 0;

/// The only version that there is.
const FORMAT_VERSION: &str = "01";

/// The last data object: the checksum.
const CRC_TAG: u8 = 63;

/// Id and length of the checksum, which it covers itself.
const CRC_HEAD: &str = "6304";

/// Hexadecimal digits of the checksum.
const CRC_DIGITS: usize = 4;

/// Characters of id and length in front of a value.
const HEAD_CHARS: usize = 4;

/// The longest value, characters: a length has two digits.
const VALUE_CHARS_MAX: usize = 99;

/// The longest payload, characters (EMV QRCPS section 3.4).
const PAYLOAD_CHARS_MAX: usize = 512;

/// Why a text is no merchant-presented code, or fields make none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// It is longer than any payload.
    #[error("a payload has at most {PAYLOAD_CHARS_MAX} characters")]
    TooLong,
    /// An id or a length is no two digits, or a value is shorter than its length says.
    #[error("the data objects cannot be told apart")]
    Malformed,
    /// The same data object twice.
    #[error("the data object {0:02} comes twice")]
    Repeated(u8),
    /// It does not begin with the version of the format.
    #[error("it does not begin as a merchant-presented code does")]
    NoFormat,
    /// It does not end with a checksum, or with a wrong one.
    #[error("the checksum is wrong")]
    ChecksumWrong,
    /// A value is empty or longer than its data object may be.
    #[error("the value of {0:02} is empty or too long")]
    ValueLength(u8),
    /// A data object that must be there is not, or has a value that it cannot have.
    #[error("the value of {0:02} is missing or wrong")]
    Value(u8),
}

/// One data object: an id from 0 to 99 and a value of 1 to 99 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its id.
    pub tag: u8,
    /// Its value; a template's value is fields again.
    pub value: String,
}

impl Field {
    /// A field.
    #[must_use]
    pub fn new(tag: u8, value: impl Into<String>) -> Self {
        Self { tag, value: value.into() }
    }

    /// A template of fields.
    ///
    /// # Errors
    /// [`CodeError::ValueLength`].
    pub fn template(tag: u8, fields: &[Self]) -> Result<Self, CodeError> {
        Ok(Self { tag, value: write(fields)? })
    }
}

/// The data objects of a payload, in their order, without format and checksum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload(Vec<Field>);

impl Payload {
    /// A payload of fields, in this order.
    #[must_use]
    pub const fn new(fields: Vec<Field>) -> Self {
        Self(fields)
    }

    /// Reads a payload, of whatever scheme.
    ///
    /// # Errors
    /// See [`CodeError`].
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        if text.chars().count() > PAYLOAD_CHARS_MAX {
            return Err(CodeError::TooLong);
        }
        let mut fields = read(text)?;
        let checksum = fields.pop().filter(|last| last.tag == CRC_TAG);
        let checksum = checksum.ok_or(CodeError::ChecksumWrong)?.value;
        // The checksum covers UTF-8 bytes, its own id and length included.
        let covered = text.strip_suffix(&checksum).ok_or(CodeError::ChecksumWrong)?;
        if checksum.len() != CRC_DIGITS || !checksum.eq_ignore_ascii_case(&checksum_of(covered)) {
            return Err(CodeError::ChecksumWrong);
        }
        if fields.first().is_none_or(|first| *first != Field::new(FORMAT_TAG, FORMAT_VERSION)) {
            return Err(CodeError::NoFormat);
        }
        fields.remove(0);
        Ok(Self(fields))
    }

    /// The text that a code holds.
    ///
    /// # Errors
    /// [`CodeError::ValueLength`], [`CodeError::Repeated`] or [`CodeError::TooLong`].
    pub fn to_text(&self) -> Result<String, CodeError> {
        let mut fields = vec![Field::new(FORMAT_TAG, FORMAT_VERSION)];
        fields.extend(self.0.iter().cloned());
        if fields.iter().any(|field| field.tag == CRC_TAG) {
            return Err(CodeError::Repeated(CRC_TAG));
        }
        let mut text = write(&fields)?;
        text.push_str(CRC_HEAD);
        text.push_str(&checksum_of(&text));
        if text.chars().count() > PAYLOAD_CHARS_MAX {
            return Err(CodeError::TooLong);
        }
        Ok(text)
    }

    /// The data objects in their order.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.0
    }

    /// The value of a data object.
    #[must_use]
    pub fn get(&self, tag: u8) -> Option<&str> {
        find(&self.0, tag)
    }

    /// The fields of a template.
    ///
    /// # Errors
    /// [`CodeError::Value`] if it is not there, or as [`Self::parse`].
    pub fn template(&self, tag: u8) -> Result<Vec<Field>, CodeError> {
        read(self.get(tag).ok_or(CodeError::Value(tag))?)
    }
}

/// The value of the field with this id.
pub(crate) fn find(fields: &[Field], tag: u8) -> Option<&str> {
    fields.iter().find(|field| field.tag == tag).map(|field| field.value.as_str())
}

fn checksum_of(text: &str) -> String {
    format!("{:04X}", CRC.checksum(text.as_bytes()))
}

/// Reads fields that stand one after another. A length counts characters, not bytes.
fn read(text: &str) -> Result<Vec<Field>, CodeError> {
    let mut fields: Vec<Field> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (tag, length) = (two_digits(rest, 0)?, two_digits(rest, 2)?);
        let values = rest.get(HEAD_CHARS..).ok_or(CodeError::Malformed)?;
        let end = values
            .char_indices()
            .map(|(at, _)| at)
            .chain([values.len()])
            .nth(usize::from(length))
            .ok_or(CodeError::Malformed)?;
        if length == 0 {
            return Err(CodeError::ValueLength(tag));
        }
        if find(&fields, tag).is_some() {
            return Err(CodeError::Repeated(tag));
        }
        let (value, next) = values.split_at(end);
        fields.push(Field::new(tag, value));
        rest = next;
    }
    Ok(fields)
}

fn two_digits(text: &str, at: usize) -> Result<u8, CodeError> {
    let digits = text.get(at..at + 2).filter(|two| two.bytes().all(|b| b.is_ascii_digit()));
    digits.and_then(|two| two.parse().ok()).ok_or(CodeError::Malformed)
}

fn write(fields: &[Field]) -> Result<String, CodeError> {
    let mut text = String::new();
    for (index, Field { tag, value }) in fields.iter().enumerate() {
        let length = value.chars().count();
        if length == 0 || length > VALUE_CHARS_MAX || *tag > 99 {
            return Err(CodeError::ValueLength(*tag));
        }
        if find(&fields[..index], *tag).is_some() {
            return Err(CodeError::Repeated(*tag));
        }
        // Writing to a String does not fail.
        let _ = write!(text, "{tag:02}{length:02}{value}");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// RULES section 5.
    const VECTOR: &str = "00020101021229300012D156000000000510A93FO3230Q31280012D15600000001030812345678520441115802CN5914BEST TRANSPORT6007BEIJING64200002ZH0104最佳运输0202北京540523.7253031565502016233030412340603***0708A60086670902ME91320016A0112233449988770708123456786304A13A";

    #[test]
    fn the_vector_reads_and_writes_back_as_it_was() {
        let payload = Payload::parse(VECTOR).unwrap();
        for (tag, value) in [
            (1, "12"),
            (52, "4111"),
            (53, "156"),
            (54, "23.72"),
            (58, "CN"),
            (59, "BEST TRANSPORT"),
            (60, "BEIJING"),
        ] {
            assert_eq!(payload.get(tag), Some(value), "{tag}");
        }
        let account = payload.template(29).unwrap();
        assert_eq!(find(&account, 0), Some("D15600000000"));
        assert_eq!(find(&account, 5), Some("A93FO3230Q"));
        let language = payload.template(64).unwrap();
        assert_eq!((find(&language, 1), find(&language, 2)), (Some("最佳运输"), Some("北京")));
        assert_eq!(payload.to_text().as_deref(), Ok(VECTOR));
    }

    #[test]
    fn a_checksum_may_be_in_lower_case() {
        let lower = VECTOR.replace("6304A13A", "6304a13a");
        assert_eq!(Payload::parse(&lower), Payload::parse(VECTOR));
    }

    #[test]
    fn what_was_changed_or_is_no_code_is_refused() {
        let cut = &VECTOR[..VECTOR.len() - 1];
        let cases = [
            (VECTOR.replace("23.72", "23.73"), CodeError::ChecksumWrong),
            (VECTOR.replace("最佳", "最差"), CodeError::ChecksumWrong),
            (cut.to_owned(), CodeError::Malformed),
            (VECTOR.replace("6304A13A", ""), CodeError::ChecksumWrong),
            (String::new(), CodeError::ChecksumWrong),
            ("6304A13A".into(), CodeError::ChecksumWrong),
            ("hello".into(), CodeError::Malformed),
            ("00020".into(), CodeError::Malformed),
            ("0x0201".into(), CodeError::Malformed),
            ("飞钱飞钱".into(), CodeError::Malformed),
            ("0000".into(), CodeError::ValueLength(0)),
            ("00020100020163041234".into(), CodeError::Repeated(0)),
            (format!("{VECTOR}{}", "0".repeat(512)), CodeError::TooLong),
        ];
        for (text, error) in cases {
            assert_eq!(Payload::parse(&text), Err(error), "{text}");
        }
    }

    #[test]
    fn a_code_begins_with_its_format() {
        let other = "000202010212";
        let text = format!("{other}{CRC_HEAD}{}", checksum_of(&format!("{other}{CRC_HEAD}")));
        assert_eq!(Payload::parse(&text), Err(CodeError::NoFormat));
    }

    #[test]
    fn a_value_has_1_to_99_characters_whatever_their_bytes() {
        for (length, fits) in [(0, false), (1, true), (99, true), (100, false)] {
            let payload = Payload::new(vec![Field::new(80, "字".repeat(length))]);
            assert_eq!(payload.to_text().is_ok(), fits, "{length}");
            if let Ok(text) = payload.to_text() {
                assert_eq!(Payload::parse(&text), Ok(payload));
            }
        }
        let twice = Payload::new(vec![Field::new(80, "a"), Field::new(80, "b")]);
        assert_eq!(twice.to_text(), Err(CodeError::Repeated(80)));
        let checksum = Payload::new(vec![Field::new(63, "0000")]);
        assert_eq!(checksum.to_text(), Err(CodeError::Repeated(63)));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,80}") {
            let _ = Payload::parse(&text);
        }

        #[test]
        fn fields_come_back_as_they_were(
            values in proptest::collection::btree_map(1_u8..=62, "[a-z0-9 飞钱]{1,12}", 0..8)
        ) {
            let fields = values.into_iter().map(|(tag, value)| Field::new(tag, value)).collect();
            let payload = Payload::new(fields);
            let text = payload.to_text().unwrap();
            prop_assert_eq!(Payload::parse(&text).unwrap(), payload);
        }
    }
}
