//! Who takes part: persons, cards, PINs, and the keys of the region.

use std::sync::LazyLock;

use anyhow::{Context as _, Result, anyhow};
use feiqian_calendar::Calendar;
use feiqian_flows::{Policy, Vault};
use feiqian_identity::{CardNumber, HolderName, Mobile, Pin, ResidentId, SealKeys};
use feiqian_limits::RuleSet;
use feiqian_signing::{ConfirmationKey, IndexKey, PinPepper};

/// Any 32 bytes, in base64: the simulator keeps no secrets.
const KEY: &str = "c2ltdWxhdG9yLXNpbXVsYXRvci1zaW11bGF0b3ItMDE=";

/// Any other 32 bytes.
const NEXT_KEY: &str = "c2ltdWxhdG9yLXNpbXVsYXRvci1zaW11bGF0b3ItMDI=";

/// The limits, in which a year and a person's accounts are used up sooner.
const RULES: &str = include_str!("../../rules/simulator.json");

/// They live as long as the program, as the flows want them.
static RULE_SET: LazyLock<Result<RuleSet, String>> =
    LazyLock::new(|| RuleSet::parse("simulator", &[RULES]).map_err(|error| error.to_string()));

/// Valid resident IDs (RULES section 5), and so persons.
const RESIDENT_IDS: [&str; 3] = ["11010519491231002X", "440524188001010014", "341126197709218366"];

/// PINs that are not weak for these persons.
const PINS: [&str; 3] = ["258036", "740962", "396174"];

/// What the flows are given besides a platform.
pub struct Region {
    /// Calendar and limits.
    pub policy: Policy,
    /// Keys to personal data.
    pub vault: Vault,
    /// The same with the key that comes next, which all machines know.
    pub next_vault: Vault,
    /// The secret of PIN verifiers.
    pub pepper: PinPepper,
    /// What vouches for what payers were shown.
    pub confirmations: ConfirmationKey,
    /// The persons.
    pub people: Vec<Person>,
    /// The PINs in use.
    pub pins: Vec<Pin>,
}

/// A person.
pub struct Person {
    /// The name.
    pub name: HolderName,
    /// The resident ID.
    pub resident_id: ResidentId,
    /// The mobile.
    pub mobile: Mobile,
}

impl Region {
    /// The region that every run is in.
    ///
    /// # Errors
    /// That a constant here is not what the other crates take.
    pub fn new() -> Result<Self> {
        let people = RESIDENT_IDS.iter().map(|id| {
            Ok(Person {
                name: HolderName::parse("张三").context("name")?,
                resident_id: ResidentId::parse(id).context("resident ID")?,
                mobile: Mobile::parse("13812345678").context("mobile")?,
            })
        });
        let vault = |active: &str| -> Result<Vault> {
            let keys =
                format!(r#"{{"active":"{active}","keys":{{"k1":"{KEY}","k2":"{NEXT_KEY}"}}}}"#);
            Ok(Vault {
                seal: SealKeys::parse(&keys).context("seal keys")?,
                index: IndexKey::from_base64(KEY).context("index key")?,
            })
        };
        let rules = RULE_SET.as_ref().map_err(|what| anyhow!("rules: {what}"))?;
        Ok(Self {
            policy: Policy { calendar: Calendar::CHINA, rules },
            vault: vault("k1")?,
            next_vault: vault("k2")?,
            pepper: PinPepper::from_base64(KEY).context("pepper")?,
            confirmations: ConfirmationKey::of_session_secret(KEY).context("session secret")?,
            people: people.collect::<Result<_>>()?,
            pins: PINS.iter().map(|pin| Pin::parse(pin).context("PIN")).collect::<Result<_>>()?,
        })
    }
}

/// A card number that the bank treats by a digit: 7 is a credit card, 8 a class II
/// account, 9 is refused, others are class I accounts. None if it is not valid.
#[must_use]
pub fn card_number(number: usize, treated_as: u8) -> Option<CardNumber> {
    let body = format!("62162600000{:06}{}", number % 1_000_000, treated_as % 10);
    // Luhn: from the right, every other digit is doubled, the check digit not counted.
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0') * if place % 2 == 0 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    CardNumber::parse(&format!("{body}{}", (10 - sum % 10) % 10)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_takes_part() {
        let region = Region::new().unwrap();
        for person in &region.people {
            for pin in &region.pins {
                assert_eq!(pin.weakness(&person.resident_id, &person.mobile), None);
            }
        }
        for number in [0, 1, 999_999] {
            assert!(card_number(number, 9).is_some());
        }
    }
}
