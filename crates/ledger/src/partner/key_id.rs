use std::fmt;

use crate::PartnerId;

/// The longest name of a key: with the longest partner id and the dot it stays below the 64
/// characters of a signature's `keyid`.
const NAME_CHARS_MAX: usize = 28;

/// The id of a partner's key, as a signature names it: the partner's id, a dot, and the key's
/// name of 1 to 28 of `[a-z0-9_-]`. So the id leads to the partner.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId {
    /// Whose key.
    pub partner: PartnerId,
    /// Its name among the partner's.
    pub name: String,
}

/// A text is no key id, or no name of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key is named by 1 to {NAME_CHARS_MAX} of a-z, 0-9, _ and -")]
pub struct KeyIdError;

impl KeyId {
    /// The id of a partner's key.
    ///
    /// # Errors
    /// [`KeyIdError`].
    pub fn new(partner: PartnerId, name: &str) -> Result<Self, KeyIdError> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b);
        if !(1..=NAME_CHARS_MAX).contains(&name.len()) || !name.bytes().all(plain) {
            return Err(KeyIdError);
        }
        Ok(Self { partner, name: name.to_owned() })
    }

    /// Reads a key id.
    ///
    /// # Errors
    /// [`KeyIdError`].
    pub fn parse(text: &str) -> Result<Self, KeyIdError> {
        let (partner, name) = text.split_once('.').ok_or(KeyIdError)?;
        Self::new(PartnerId::parse(partner).map_err(|_| KeyIdError)?, name)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.partner.as_str(), self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_id_leads_to_its_partner() {
        let id = KeyId::parse("par_demo.2026-11").unwrap();
        assert_eq!((id.partner.as_str(), id.name.as_str()), ("par_demo", "2026-11"));
        assert_eq!(id.to_string(), "par_demo.2026-11");
        let longest = format!("par_{}.{}", "p".repeat(28), "k".repeat(28));
        assert!(longest.len() <= 64 && KeyId::parse(&longest).is_ok());
        let long = format!("par_demo.{}", "k".repeat(29));
        for text in
            ["", "par_demo", "par_demo.", ".k", "demo.k", "par_demo.K", "par_demo.a.b", &long]
        {
            assert_eq!(KeyId::parse(text), Err(KeyIdError), "{text}");
        }
    }
}
