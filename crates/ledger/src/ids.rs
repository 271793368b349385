use data_encoding::{Encoding, Specification};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::LazyLock;

use crate::Region;

/// Characters of an id after its region: 128 bits in base 32.
const SUFFIX_CHARS: usize = 26;

/// Bytes of a digest that an id keeps.
const ID_BYTES: usize = 16;

/// The longest partner id.
const PARTNER_CHARS_MAX: usize = 32;

/// Crockford's base 32 in lower case: no letter that is mistaken for a digit.
const ALPHABET: &str = "0123456789abcdefghjkmnpqrstvwxyz";

static BASE32: LazyLock<Option<Encoding>> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str(ALPHABET);
    specification.encoding().ok()
});

/// Whether a byte is one of [`ALPHABET`]. Ids are read far more often than anything else.
const fn is_symbol(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'h' | b'j' | b'k' | b'm' | b'n' | b'p'..=b't' | b'v'..=b'z')
}

/// Text is no id of the kind that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the id must be \"{prefix}\", a region such as \"cn1\", \"_\" and 26 characters of 0-9 and a-z without i, l, o, u"
)]
pub struct IdError {
    /// How the id has to begin.
    pub prefix: &'static str,
}

/// The region in what follows an id's prefix, if that has the form of an id.
fn region_in(rest: &str) -> Option<Region> {
    let (region, suffix) = rest.split_once('_')?;
    let plain = suffix.len() == SUFFIX_CHARS && suffix.bytes().all(is_symbol);
    Region::parse(region).ok().filter(|_| plain)
}

/// The region in a text that has the form of an id of any kind.
#[must_use]
pub fn region_of_id(text: &str) -> Option<Region> {
    text.split_once('_').and_then(|(_, rest)| region_in(rest))
}

/// 128 bits over parts that cannot run into each other, as base 32 text.
fn derive(domain: &str, parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in std::iter::once(&domain).chain(parts) {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    let digest = hasher.finalize();
    BASE32.as_ref().map(|base32| base32.encode(&digest[..ID_BYTES])).unwrap_or_default()
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name {
            region: Region,
            text: String,
        }

        impl $name {
            /// How every id of this kind begins.
            pub const PREFIX: &'static str = $prefix;

            /// The id that these parts stand for in a region. The same parts give the same
            /// id, on every machine and for good: a request asked again finds what it made.
            /// What belongs to something else is of its region.
            #[must_use]
            pub fn derive(region: Region, parts: &[&str]) -> Self {
                let start = format!("{}{region}_", $prefix);
                let text = format!("{start}{}", derive(&start, parts));
                Self { region, text }
            }

            /// Reads an id.
            ///
            /// # Errors
            /// [`IdError`] for anything else.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                let region = text.strip_prefix($prefix).and_then(region_in);
                let region = region.ok_or(IdError { prefix: $prefix })?;
                Ok(Self { region, text: text.to_owned() })
            }

            /// The region whose document it names.
            #[must_use]
            pub const fn region(&self) -> Region {
                self.region
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.text
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.text
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(&text)
            }
        }
    };
}

id!(
    /// An electronic account.
    AccountId, "acc_"
);
id!(
    /// A bill of a biller.
    BillId, "bill_"
);
id!(
    /// A card that is being bound.
    BindingId, "bnd_"
);
id!(
    /// A reported operation's case.
    CaseId, "case_"
);
id!(
    /// A bound card.
    CardId, "card_"
);
id!(
    /// A person as one partner knows them: what a session token speaks for.
    CustomerId, "cus_"
);
id!(
    /// A device that signs for an account's holder.
    DeviceId, "dev_"
);
id!(
    /// Where a partner wants to be told of events.
    EndpointId, "whe_"
);
id!(
    /// An event that a partner is told of.
    EventId, "evt_"
);
id!(
    /// A face-to-face verification.
    FaceVerificationId, "face_"
);
id!(
    /// A merchant.
    MerchantId, "mer_"
);
id!(
    /// One movement of money, and the transaction id in every journal it touches.
    OperationId, "op_"
);
id!(
    /// A token in a device that pays by near-field communication.
    TokenId, "tok_"
);
id!(
    /// A wallet's agreement with an account's holder.
    AgreementId, "agr_"
);
id!(
    /// An order of a merchant.
    OrderId, "ord_"
);
id!(
    /// A refund of an order.
    RefundId, "rfd_"
);

id!(
    /// A binding of a relative to whoever shows the credential for them.
    RelativeId, "rel_"
);
id!(
    /// A visit to a hospital or a pharmacy.
    VisitId, "vis_"
);

/// A partner platform, as the operator named it: `par_` and 1 to 28 of `[a-z0-9_]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct PartnerId(String);

impl PartnerId {
    /// How every partner id begins.
    pub const PREFIX: &'static str = "par_";

    /// Reads a partner id.
    ///
    /// # Errors
    /// [`IdError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let name = text.strip_prefix(Self::PREFIX).unwrap_or_default();
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if name.is_empty() || text.len() > PARTNER_CHARS_MAX || !name.bytes().all(plain) {
            return Err(IdError { prefix: Self::PREFIX });
        }
        Ok(Self(text.to_owned()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<PartnerId> for String {
    fn from(id: PartnerId) -> Self {
        id.0
    }
}

impl TryFrom<String> for PartnerId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        Self::parse(&text)
    }
}

/// A natural person: the keyed hash of the resident ID, so that the number itself is
/// in no key and in no index.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonId(String);

impl PersonId {
    /// Takes a keyed digest as it is.
    #[must_use]
    pub const fn from_digest(digest: String) -> Self {
        Self(digest)
    }

    /// The digest.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a request asked for, as a digest: the same idempotency key with another
/// fingerprint is another request, and refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of a request's parts. Secrets such as a PIN stay out: a digest
    /// of six digits gives them away.
    #[must_use]
    pub fn of(parts: &[&str]) -> Self {
        Self(derive("fingerprint", parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Region = Region::EXAMPLE;

    #[test]
    fn an_id_is_the_same_for_the_same_parts_and_differs_for_others() {
        let id = AccountId::derive(HERE, &["cus_1", "key"]);
        assert_eq!(id, AccountId::derive(HERE, &["cus_1", "key"]));
        assert_ne!(id, AccountId::derive(HERE, &["cus_1k", "ey"]));
        assert_ne!(id.as_str()[8..], OrderId::derive(HERE, &["cus_1", "key"]).as_str()[8..]);
        assert_eq!(AccountId::parse(id.as_str()), Ok(id));
    }

    #[test]
    fn an_id_says_its_region_and_is_another_in_another() {
        let there = Region::parse("bj").unwrap();
        let (here, elsewhere) = (OrderId::derive(HERE, &["x"]), OrderId::derive(there, &["x"]));
        assert!(here.as_str().starts_with("ord_cn1_") && elsewhere.as_str().starts_with("ord_bj_"));
        assert_ne!(here.as_str()[8..], elsewhere.as_str()[7..]);
        for (id, region) in [(here, HERE), (elsewhere, there)] {
            assert_eq!(OrderId::parse(id.as_str()).unwrap().region(), region);
            assert_eq!(region_of_id(id.as_str()), Some(region));
        }
        for text in
            ["", "ord", "cn1_x", "par_demo", "2030-01-01", "ord__00000000000000000000000000"]
        {
            assert_eq!(region_of_id(text), None, "{text}");
        }
    }

    #[test]
    fn other_text_is_no_id() {
        let id = AccountId::derive(HERE, &["x"]).to_string();
        for text in [
            "",
            "acc_",
            "acc_cn1_",
            &id[1..],
            &id.to_uppercase(),
            &format!("{id}0"),
            &id.replace("acc_", "ord_"),
            &id.replace("cn1_", ""),
            &id.replace("cn1", "CN1"),
            &id.replace("cn1", "c"),
        ] {
            assert!(AccountId::parse(text).is_err(), "{text}");
        }
        assert!(AccountId::parse(&format!("acc_cn1_{}", "i".repeat(26))).is_err());
    }

    #[test]
    fn the_symbols_of_an_id_are_those_of_the_alphabet() {
        for byte in u8::MIN..=u8::MAX {
            assert_eq!(is_symbol(byte), ALPHABET.as_bytes().contains(&byte), "{byte}");
        }
    }

    #[test]
    fn partners_are_named_by_the_operator() {
        assert!(PartnerId::parse("par_demo").is_ok());
        for text in ["par_", "demo", "par_Demo", "par_a b", &format!("par_{}", "x".repeat(29))] {
            assert!(PartnerId::parse(text).is_err(), "{text}");
        }
    }
}
