use data_encoding::BASE64URL_NOPAD;

use crate::{Problem, query};

/// The form of a cursor, so that a later form is told apart from this one.
const FORM: u8 = 1;

/// A place in a list, opaque to callers: the sequence number before which to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(u64);

impl Cursor {
    /// A cursor that goes on before this sequence number.
    #[must_use]
    pub const fn before(sequence: u64) -> Self {
        Self(sequence)
    }

    /// The sequence number before which to go on.
    #[must_use]
    pub const fn sequence(self) -> u64 {
        self.0
    }

    /// The text for the wire: 12 characters.
    #[must_use]
    pub fn encode(self) -> String {
        let mut bytes = vec![FORM];
        bytes.extend(self.0.to_be_bytes());
        BASE64URL_NOPAD.encode(&bytes)
    }

    /// Reads a cursor that [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    /// `parameter_invalid` for any other text.
    pub fn decode(text: &str) -> Result<Self, Problem> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).unwrap_or_default();
        match bytes.split_first() {
            Some((&FORM, sequence)) => sequence.try_into().ok().map(u64::from_be_bytes).map(Self),
            _ => None,
        }
        .ok_or_else(|| {
            query::invalid("cursor", "it is not one that an answer gave", "不是应答中给出的游标")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_reads_back(sequence in any::<u64>()) {
            let text = Cursor::before(sequence).encode();
            prop_assert_eq!(text.len(), 12);
            prop_assert_eq!(Cursor::decode(&text).unwrap().sequence(), sequence);
        }

        #[test]
        fn other_text_is_refused(text in "[A-Za-z0-9_=+-]{0,40}") {
            if let Ok(cursor) = Cursor::decode(&text) {
                prop_assert_eq!(cursor.encode(), text);
            }
        }
    }
}
