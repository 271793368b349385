//! Partner platforms: with which keys they sign, what each key may ask for, and how often.

mod access;
mod key_id;

pub use access::{AccessUse, Admission, PartnerAccess};
pub use key_id::{KeyId, KeyIdError};

use feiqian_calendar::Timestamp;
use feiqian_identity::Sealed;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

use crate::{Document, Fingerprint, PARTNER_KEYS_MAX, PartnerId, Refusal, SHARD_REQUESTS_MAX};

/// What a partner's key may be used for. Each partner route names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartnerScope {
    /// Open sessions for customers.
    Sessions,
    /// Make merchants and look them up.
    Merchants,
    /// Make, close and look up orders, and draw codes for them.
    Orders,
    /// Charge codes, taps and wallets that customers present.
    Charges,
    /// Refund orders and look refunds up.
    Refunds,
    /// Publish bills.
    Bills,
    /// Link wallets.
    Wallets,
    /// Visits to hospitals and pharmacies.
    Medical,
    /// Read what customers reported.
    Reports,
    /// Read merchants' settlements and bills.
    Settlements,
    /// Read events, and say where they are sent.
    Events,
}

impl PartnerScope {
    /// All scopes.
    pub const ALL: [Self; 11] = [
        Self::Sessions,
        Self::Merchants,
        Self::Orders,
        Self::Charges,
        Self::Refunds,
        Self::Bills,
        Self::Wallets,
        Self::Medical,
        Self::Reports,
        Self::Settlements,
        Self::Events,
    ];

    /// The scope's name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sessions => "sessions",
            Self::Merchants => "merchants",
            Self::Orders => "orders",
            Self::Charges => "charges",
            Self::Refunds => "refunds",
            Self::Bills => "bills",
            Self::Wallets => "wallets",
            Self::Medical => "medical",
            Self::Reports => "reports",
            Self::Settlements => "settlements",
            Self::Events => "events",
        }
    }
}

impl fmt::Display for PartnerScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// With what a key's signatures are verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyMaterial {
    /// A shared secret in base64, sealed.
    HmacSha256(Sealed),
    /// The public key in base64.
    Ed25519(String),
}

/// A key with which a partner signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerKey {
    /// Names the key among the partner's; see [`KeyId`].
    pub name: String,
    /// With what its signatures are verified.
    pub material: KeyMaterial,
    /// What it may be used for.
    pub scopes: BTreeSet<PartnerScope>,
    /// Requests in each window of [`crate::RATE_WINDOW_MS`].
    pub quota: u32,
    /// From when it is good.
    pub not_before: Timestamp,
    /// Until when it is good; for good if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Timestamp>,
    /// What the registering request asked for.
    pub fingerprint: Fingerprint,
}

impl PartnerKey {
    /// Parts over which its nonces and its rate are spread, so that a partner with a high rate
    /// has no hot document.
    #[must_use]
    pub fn shards(&self) -> u32 {
        self.quota.div_ceil(SHARD_REQUESTS_MAX).max(1)
    }

    /// Whether it is good at an instant.
    #[must_use]
    pub fn is_good_at(&self, now: Timestamp) -> bool {
        self.not_before <= now && !self.has_ended(now)
    }

    fn has_ended(&self, now: Timestamp) -> bool {
        self.not_after.is_some_and(|end| end <= now)
    }
}

/// A partner platform and its keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partner {
    schema: u16,
    /// Its id, which the operator chose.
    pub id: PartnerId,
    /// What people call it, 1 to 64 characters.
    pub name: String,
    /// When it was registered.
    pub created_at: Timestamp,
    keys: Vec<PartnerKey>,
}

impl Document for Partner {
    const SCHEMA: u16 = 1;
    const NAME: &'static str = "partner";

    fn schema(&self) -> u16 {
        self.schema
    }
}

impl Partner {
    /// A partner without keys.
    #[must_use]
    pub const fn new(id: PartnerId, name: String, created_at: Timestamp) -> Self {
        Self { schema: Self::SCHEMA, id, name, created_at, keys: Vec::new() }
    }

    /// The document's key.
    #[must_use]
    pub fn key(id: &PartnerId) -> String {
        format!("partner/{}", id.as_str())
    }

    /// Its keys, those that have ended included.
    #[must_use]
    pub fn keys(&self) -> &[PartnerKey] {
        &self.keys
    }

    /// The key of this name.
    #[must_use]
    pub fn key_named(&self, name: &str) -> Option<&PartnerKey> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// Adds a key, unless it is there. A key that has ended makes room if there is none; its
    /// name is then free again, and what was signed with it stays refused: its nonces are kept
    /// under the name.
    ///
    /// # Errors
    /// [`Refusal::PartnerKeyExists`] if another key has the name, [`Refusal::PartnerKeysFull`].
    pub fn add_key(&mut self, key: PartnerKey, now: Timestamp) -> Result<(), Refusal> {
        if let Some(known) = self.key_named(&key.name) {
            let same = known.fingerprint == key.fingerprint;
            return if same { Ok(()) } else { Err(Refusal::PartnerKeyExists) };
        }
        if self.keys.len() >= PARTNER_KEYS_MAX {
            let ended = self.keys.iter().position(|key| key.has_ended(now));
            self.keys.remove(ended.ok_or(Refusal::PartnerKeysFull)?);
        }
        self.keys.push(key);
        Ok(())
    }

    /// Says until when a key is good: now or earlier ends it at once. None if there is no such
    /// key.
    pub fn end_key(&mut self, name: &str, not_after: Timestamp) -> Option<&PartnerKey> {
        let key = self.keys.iter_mut().find(|key| key.name == name)?;
        key.not_after = Some(not_after);
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn key(name: &str, content: &str) -> PartnerKey {
        PartnerKey {
            name: name.to_owned(),
            material: KeyMaterial::Ed25519(content.to_owned()),
            scopes: [PartnerScope::Orders].into(),
            quota: 100,
            not_before: NOW,
            not_after: None,
            fingerprint: Fingerprint::of(&[content]),
        }
    }

    fn partner() -> Partner {
        Partner::new(PartnerId::parse("par_demo").unwrap(), "Demo".into(), NOW)
    }

    #[test]
    fn two_keys_are_good_at_once_while_one_takes_over_from_the_other() {
        let mut partner = partner();
        partner.add_key(key("a", "1"), NOW).unwrap();
        partner.add_key(key("b", "2"), NOW).unwrap();
        let end = NOW.plus_millis(1000);
        assert!(partner.end_key("a", end).is_some());
        assert!(partner.end_key("c", end).is_none());
        let good = |name, at| partner.key_named(name).unwrap().is_good_at(at);
        let before_end = NOW.plus_millis(999);
        assert!(good("a", before_end) && good("b", before_end));
        assert!(!good("a", end) && good("b", end));
        assert!(!good("b", Timestamp::from_millis(NOW.as_millis() - 1)));
    }

    #[test]
    fn a_name_is_one_key() {
        let mut partner = partner();
        partner.add_key(key("a", "1"), NOW).unwrap();
        assert_eq!(partner.add_key(key("a", "1"), NOW), Ok(()));
        assert_eq!(partner.add_key(key("a", "2"), NOW), Err(Refusal::PartnerKeyExists));
        assert_eq!(partner.keys().len(), 1);
    }

    #[test]
    fn what_has_ended_makes_room_and_what_is_good_does_not() {
        let mut partner = partner();
        for number in 0..PARTNER_KEYS_MAX {
            partner.add_key(key(&number.to_string(), "1"), NOW).unwrap();
        }
        assert_eq!(partner.add_key(key("new", "1"), NOW), Err(Refusal::PartnerKeysFull));
        partner.end_key("1", NOW);
        assert_eq!(partner.add_key(key("new", "1"), NOW), Ok(()));
        assert_eq!(partner.keys().len(), PARTNER_KEYS_MAX);
        assert!(partner.key_named("1").is_none() && partner.key_named("new").is_some());
    }

    #[test]
    fn a_high_rate_is_spread() {
        for (quota, shards) in [(1, 1), (200, 1), (201, 2), (10_000, 50)] {
            assert_eq!(PartnerKey { quota, ..key("a", "1") }.shards(), shards, "{quota}");
        }
    }

    #[test]
    fn scopes_are_written_as_they_are_read() {
        for scope in PartnerScope::ALL {
            let json = serde_json::to_string(&scope).unwrap();
            assert_eq!(json, format!("\"{scope}\""));
            assert_eq!(serde_json::from_str::<PartnerScope>(&json).unwrap(), scope);
        }
    }
}
