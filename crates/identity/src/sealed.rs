use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// A piece of personal data, encrypted and authenticated with AES-256-GCM.
///
/// Written as one string: `key id.nonce.ciphertext`, the latter two in base64url
/// without padding. It is opened with [`SealKeys::open`](crate::SealKeys::open).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Sealed {
    pub(crate) key_id: String,
    pub(crate) nonce: [u8; Sealed::NONCE_BYTES],
    pub(crate) ciphertext: Vec<u8>,
}

/// Why something could not be sealed or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Not in the form of sealed data.
    #[error("this is not sealed data")]
    Form,
    /// Sealed with a key that is not, or no longer, configured.
    #[error("the seal key \"{key_id}\" is not configured")]
    UnknownKey {
        /// The id of the missing key.
        key_id: String,
    },
    /// Altered, moved here from another context, or sealed with another key of the same id.
    #[error("the sealed data is altered or belongs elsewhere")]
    NotAuthentic,
    /// More text than personal data ever is.
    #[error("at most {} bytes can be sealed", Sealed::PLAINTEXT_MAX_BYTES)]
    TooLong,
}

impl Sealed {
    /// Length of a nonce: the 96 bits that AES-GCM is made for.
    pub const NONCE_BYTES: usize = 12;

    /// Most bytes of text that are sealed at once. The longest personal value is a name of 64
    /// characters, at most 256 bytes; this leaves room for an address.
    pub const PLAINTEXT_MAX_BYTES: usize = 1024;

    /// Length of the authentication tag at the end of the ciphertext.
    const TAG_BYTES: usize = 16;

    /// Longest key id, so that a sealed value's size is bounded.
    const KEY_ID_MAX_BYTES: usize = 32;

    /// Whether a text can be a key id: 1 to 32 letters, digits, `-` or `_`.
    pub(crate) fn is_key_id(text: &str) -> bool {
        (1..=Self::KEY_ID_MAX_BYTES).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    }

    /// Reads the form `key id.nonce.ciphertext`. That it is authentic shows only when it is opened.
    ///
    /// # Errors
    /// [`SealError::Form`] for any other form.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let mut parts = text.split('.');
        let (Some(key_id), Some(nonce), Some(ciphertext), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(SealError::Form);
        };
        // Base64 takes 4 characters for 3 bytes: bound the text before decoding it.
        let most_chars = (Self::PLAINTEXT_MAX_BYTES + Self::TAG_BYTES) * 4 / 3 + 4;
        if !Self::is_key_id(key_id) || ciphertext.len() > most_chars {
            return Err(SealError::Form);
        }
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| SealError::Form);
        let nonce = decode(nonce)?.try_into().map_err(|_| SealError::Form)?;
        let ciphertext = decode(ciphertext)?;
        if ciphertext.len() < Self::TAG_BYTES {
            return Err(SealError::Form);
        }
        Ok(Self { key_id: key_id.to_owned(), nonce, ciphertext })
    }

    /// The id of the key that opens this.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }
}

impl From<Sealed> for String {
    fn from(sealed: Sealed) -> Self {
        format!(
            "{}.{}.{}",
            sealed.key_id,
            URL_SAFE_NO_PAD.encode(sealed.nonce),
            URL_SAFE_NO_PAD.encode(&sealed.ciphertext)
        )
    }
}

impl TryFrom<String> for Sealed {
    type Error = SealError;

    fn try_from(text: String) -> Result<Self, SealError> {
        Self::parse(&text)
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({}, {} bytes)", self.key_id, self.ciphertext.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn any_other_form_is_refused() {
        let nonce = URL_SAFE_NO_PAD.encode([7; 12]);
        let tag = URL_SAFE_NO_PAD.encode([7; 16]);
        assert!(Sealed::parse(&format!("k1.{nonce}.{tag}")).is_ok());
        for text in [
            String::new(),
            "k1".to_owned(),
            format!("k1.{nonce}"),
            format!("k1.{nonce}.{tag}."),
            format!(".{nonce}.{tag}"),
            format!("k 1.{nonce}.{tag}"),
            format!("{}.{nonce}.{tag}", "k".repeat(33)),
            format!("k1.{}.{tag}", URL_SAFE_NO_PAD.encode([7; 11])),
            format!("k1.{}.{tag}", URL_SAFE_NO_PAD.encode([7; 13])),
            format!("k1.{nonce}.{}", URL_SAFE_NO_PAD.encode([7; 15])),
            format!("k1.{nonce}.{tag}=="),
            format!("k1.{nonce}.+/{tag}"),
            format!("k1.{nonce}.{}", "A".repeat(4000)),
        ] {
            assert_eq!(Sealed::parse(&text).err(), Some(SealError::Form), "{text}");
        }
    }

    #[test]
    fn the_longest_sealed_text_can_be_read_back() {
        let sealed =
            Sealed { key_id: "k".repeat(32), nonce: [1; 12], ciphertext: vec![2; 1024 + 16] };
        assert_eq!(Sealed::parse(&String::from(sealed.clone())), Ok(sealed));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            key_id in "[a-zA-Z0-9_-]{1,32}",
            nonce: [u8; 12],
            ciphertext in proptest::collection::vec(any::<u8>(), 16..200),
        ) {
            let sealed = Sealed { key_id, nonce, ciphertext };
            let json = serde_json::to_string(&sealed).unwrap();
            prop_assert_eq!(serde_json::from_str::<Sealed>(&json).unwrap(), sealed);
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,60}", near in "k1\\.[A-Za-z_-]{15,17}\\.[A-Za-z_-]{0,60}") {
            let _ = Sealed::parse(&text);
            let _ = Sealed::parse(&near);
        }
    }
}
