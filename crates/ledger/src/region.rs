use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest code.
const CODE_CHARS_MAX: usize = 4;

/// The shortest code.
const CODE_CHARS_MIN: usize = 2;

/// A region: a deployment with documents of its own, by its short code such as `bj1`.
///
/// Every id carries the region whose document it names, so that whoever holds an id knows
/// where to ask. A region keeps its code for good.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Region {
    /// The code, then zeros.
    code: [u8; CODE_CHARS_MAX],
}

/// Text is no code of a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a region's code is {CODE_CHARS_MIN} to {CODE_CHARS_MAX} characters of a-z and 0-9")]
pub struct RegionError;

impl Region {
    /// A region for tests, the simulator and examples.
    pub const EXAMPLE: Self = Self { code: *b"cn1\0" };

    /// Reads a code.
    ///
    /// # Errors
    /// [`RegionError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, RegionError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        if !(CODE_CHARS_MIN..=CODE_CHARS_MAX).contains(&text.len()) || !text.bytes().all(plain) {
            return Err(RegionError);
        }
        let mut code = [0; CODE_CHARS_MAX];
        for (place, byte) in code.iter_mut().zip(text.bytes()) {
            *place = byte;
        }
        Ok(Self { code })
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let end = self.code.iter().position(|byte| *byte == 0).unwrap_or(CODE_CHARS_MAX);
        self.code.get(..end).and_then(|code| str::from_utf8(code).ok()).unwrap_or_default()
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Region({self})")
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Region> for String {
    fn from(region: Region) -> Self {
        region.as_str().to_owned()
    }
}

impl TryFrom<String> for Region {
    type Error = RegionError;

    fn try_from(text: String) -> Result<Self, RegionError> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_two_to_four_letters_and_digits() {
        for code in ["bj", "bj1", "gz10", "11"] {
            assert_eq!(Region::parse(code).unwrap().as_str(), code);
        }
        for text in ["", "b", "bj100", "BJ1", "b-1", "b_1", "bj\0", "京"] {
            assert_eq!(Region::parse(text), Err(RegionError), "{text}");
        }
        assert_eq!(Region::parse("cn1"), Ok(Region::EXAMPLE));
    }
}
