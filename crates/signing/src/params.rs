use data_encoding::BASE64;
use feiqian_calendar::Timestamp;
use http::{HeaderMap, HeaderName};
use sfv::visitor::{DictionaryVisitor, EntryVisitor, Ignored};
use sfv::{BareItem, Dictionary, InnerList, Item, KeyRef, ListEntry, ListSerializer, Parser};
use std::collections::BTreeSet;
use std::convert::Infallible;

use crate::SignatureError;
use crate::component::Component;
use crate::message::Message;

/// The label of our signatures. A message may carry others beside it.
pub(crate) const LABEL: &str = "feiqian";

pub(crate) const SIGNATURE: HeaderName = HeaderName::from_static("signature");
/// The header that names what a signature covers, by which a signed request is known.
pub const SIGNATURE_INPUT: HeaderName = HeaderName::from_static("signature-input");

/// Longest field that is parsed, in bytes, all of its lines together: several times what
/// a signature over every supported component takes.
const FIELD_MAX_BYTES: usize = 8 * 1024;

/// Most components that one signature covers: all derived ones and a dozen fields.
const COMPONENTS_MAX: usize = 16;

/// A signature's covered components and parameters (RFC 9421 section 2.3).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SignatureParams {
    pub(crate) components: Vec<Component>,
    pub(crate) created_s: u64,
    pub(crate) expires_s: Option<u64>,
    pub(crate) key_id: String,
    pub(crate) algorithm: Option<String>,
    pub(crate) nonce: Option<String>,
    /// As sent, for parameters are signed in the order that the signer gave them.
    list: InnerList,
}

impl SignatureParams {
    /// The parameters of a signature that is made here.
    pub(crate) fn new(
        components: Vec<Component>,
        created: Timestamp,
        key_id: &str,
        algorithm: &str,
        nonce: Option<&str>,
    ) -> Result<Self, SignatureError> {
        let items = components.iter().map(Component::item).collect::<Result<Vec<_>, _>>()?;
        let mut list = InnerList::new(items);
        let created_s = created.as_seconds();
        let created = sfv::Integer::try_from(created_s)
            .map_err(|_| SignatureError::Malformed("created is out of range"))?;
        list.params.insert(sfv::key_ref("created").to_owned(), BareItem::Integer(created));
        list.params.insert(sfv::key_ref("keyid").to_owned(), string(key_id)?);
        list.params.insert(sfv::key_ref("alg").to_owned(), string(algorithm)?);
        if let Some(nonce) = nonce {
            list.params.insert(sfv::key_ref("nonce").to_owned(), string(nonce)?);
        }
        Ok(Self {
            components,
            created_s,
            expires_s: None,
            key_id: key_id.to_owned(),
            algorithm: Some(algorithm.to_owned()),
            nonce: nonce.map(str::to_owned),
            list,
        })
    }

    /// Reads the member of `Signature-Input`.
    pub(crate) fn read(list: InnerList) -> Result<Self, SignatureError> {
        if list.items.len() > COMPONENTS_MAX {
            return Err(SignatureError::Malformed("too many covered components"));
        }
        let mut components = Vec::with_capacity(list.items.len());
        for item in &list.items {
            let component = Component::read(item)?;
            if components.contains(&component) {
                return Err(SignatureError::Malformed("a component is covered twice"));
            }
            components.push(component);
        }
        let known = ["created", "expires", "keyid", "alg", "nonce"];
        if list.params.keys().any(|key| !known.contains(&key.as_str())) {
            return Err(SignatureError::Malformed("unknown signature parameter"));
        }
        Ok(Self {
            components,
            created_s: seconds(&list, "created")?
                .ok_or(SignatureError::Malformed("created is required"))?,
            expires_s: seconds(&list, "expires")?,
            key_id: text(&list, "keyid")?.ok_or(SignatureError::Malformed("keyid is required"))?,
            algorithm: text(&list, "alg")?,
            nonce: text(&list, "nonce")?,
            list,
        })
    }

    /// The member of `Signature-Input`.
    pub(crate) fn serialize(&self) -> Result<String, SignatureError> {
        let mut serializer = ListSerializer::new();
        serializer.members([&ListEntry::InnerList(self.list.clone())]);
        serializer.finish().ok_or(SignatureError::Malformed("signature-input"))
    }

    /// The signature base (RFC 9421 section 2.5).
    pub(crate) fn base(&self, message: Message<'_>) -> Result<String, SignatureError> {
        let mut base = String::new();
        for component in &self.components {
            base.push_str(&component.line(message)?);
        }
        base.push_str("\"@signature-params\": ");
        base.push_str(&self.serialize()?);
        Ok(base)
    }
}

/// A parameter that counts seconds since 1970-01-01T00:00:00Z.
fn seconds(list: &InnerList, name: &'static str) -> Result<Option<u64>, SignatureError> {
    list.params
        .get(name)
        .map(|item| item.as_integer().and_then(|seconds| u64::try_from(seconds).ok()))
        .map(|seconds| seconds.ok_or(SignatureError::Malformed(name)))
        .transpose()
}

fn text(list: &InnerList, name: &'static str) -> Result<Option<String>, SignatureError> {
    list.params
        .get(name)
        .map(|item| item.as_string().map(|text| text.as_str().to_owned()))
        .map(|text| text.ok_or(SignatureError::Malformed(name)))
        .transpose()
}

/// A structured-field string.
pub(crate) fn string(text: &str) -> Result<BareItem, SignatureError> {
    sfv::String::from_string(text.to_owned())
        .map(BareItem::String)
        .map_err(|_| SignatureError::Malformed("a name has other than ASCII text"))
}

/// A structured-field byte sequence.
pub(crate) fn byte_sequence(bytes: &[u8]) -> String {
    format!(":{}:", BASE64.encode(bytes))
}

/// A field's value by RFC 9421 section 2.1: its lines trimmed and joined by a comma and
/// a space.
pub(crate) fn field(
    headers: &HeaderMap,
    name: &HeaderName,
) -> Result<Option<String>, SignatureError> {
    let mut joined: Option<String> = None;
    for line in headers.get_all(name) {
        let line = line
            .to_str()
            .map_err(|_| SignatureError::Malformed("a covered value has other than ASCII text"))?;
        let value = joined.get_or_insert_default();
        if !value.is_empty() {
            value.push_str(", ");
        }
        value.push_str(line.trim());
        if value.len() > FIELD_MAX_BYTES {
            return Err(SignatureError::Malformed("a covered value is too long"));
        }
    }
    Ok(joined)
}

/// A dictionary field, each key of it once. `None` if the message has no such field.
pub(crate) fn dictionary(
    headers: &HeaderMap,
    name: &HeaderName,
) -> Result<Option<Dictionary>, SignatureError> {
    const MALFORMED: SignatureError = SignatureError::Malformed("a field is no dictionary");
    let Some(value) = field(headers, name)? else { return Ok(None) };
    // RFC 8941 lets the last of several equal keys win; whoever reads the first one
    // would see another signature than we verify.
    let unique = Parser::new(&value)
        .parse_dictionary_with_visitor(UniqueKeys::default())
        .map_err(|_| MALFORMED)?;
    if !unique {
        return Err(SignatureError::Malformed("a label or name stands twice"));
    }
    Parser::new(&value).parse().map(Some).map_err(|_| MALFORMED)
}

/// The signature and its parameters under our label; with `any_label` those under another
/// one if it is the only one.
pub(crate) fn read(
    headers: &HeaderMap,
    any_label: bool,
) -> Result<(SignatureParams, Vec<u8>), SignatureError> {
    let inputs = dictionary(headers, &SIGNATURE_INPUT)?.ok_or(SignatureError::Missing)?;
    let signatures = dictionary(headers, &SIGNATURE)?.ok_or(SignatureError::Missing)?;
    let label = match (inputs.get_index(0), inputs.len()) {
        (Some((only, _)), 1) if any_label => only.as_str(),
        (Some(_), 2..) if any_label && inputs.get(LABEL).is_none() => {
            return Err(SignatureError::Malformed(
                "there are several signatures and none has the label feiqian",
            ));
        }
        _ => LABEL,
    };
    let (input, signature) = match (inputs.get(label), signatures.get(label)) {
        (Some(input), Some(signature)) => (input, signature),
        (None, None) => return Err(SignatureError::Missing),
        _ => return Err(SignatureError::Malformed("signature and signature-input differ")),
    };
    let ListEntry::InnerList(input) = input else {
        return Err(SignatureError::Malformed("signature-input is no list of components"));
    };
    let ListEntry::Item(Item { bare_item: BareItem::ByteSequence(signature), .. }) = signature
    else {
        return Err(SignatureError::Malformed("signature is no byte sequence"));
    };
    Ok((SignatureParams::read(input.clone())?, signature.clone()))
}

/// Says whether every key of a dictionary stands in it once.
#[derive(Default)]
struct UniqueKeys<'de> {
    seen: BTreeSet<&'de str>,
    repeated: bool,
}

impl<'de> DictionaryVisitor<'de> for UniqueKeys<'de> {
    type Out = bool;
    type Error = Infallible;

    fn entry(&mut self, key: &'de KeyRef) -> Result<impl EntryVisitor<'de>, Infallible> {
        self.repeated |= !self.seen.insert(key.as_str());
        Ok(Ignored)
    }

    fn finish(self) -> Result<bool, Infallible> {
        Ok(!self.repeated)
    }
}
