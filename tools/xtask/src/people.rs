//! Invented people with valid papers, a new one each time.
//!
//! Runs share a database, and a bank lets a person open only so many accounts, so no
//! two runs may use the same person.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use crate::demo::PIN;

/// The weights of a resident ID's digits (RULES section 5).
const RESIDENT_ID_WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/// The check digits of a resident ID by the weighted sum modulo 11 (RULES section 5).
const RESIDENT_ID_CHECKS: &[u8; 11] = b"10X98765432";

/// Someone who can open an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name, as on the resident ID.
    pub name: String,
    /// The resident ID, 18 characters.
    pub resident_id: String,
    /// The mobile number.
    pub mobile: String,
    /// A class I bank card, which the sandbox bank knows as rich.
    pub card_number: String,
    /// The name under which a partner knows the person.
    pub subject: String,
}

impl Person {
    /// The city of the resident ID, where the sandbox insurer insures the person.
    #[must_use]
    pub fn region(&self) -> String {
        format!("{}00", self.resident_id.chars().take(4).collect::<String>())
    }

    /// What opens an account of a class, elements and all.
    #[must_use]
    pub fn opening(&self, class: &str) -> Value {
        json!({
            "class": class, "name": self.name, "resident_id": self.resident_id,
            "mobile": self.mobile, "card_number": self.card_number,
        })
    }

    /// A person who never was before.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self::born(name, 1955, 45)
    }

    /// A child who never was before.
    #[must_use]
    pub fn child(name: &str) -> Self {
        Self::born(name, 2016, 8)
    }

    fn born(name: &str, from: u64, years: u64) -> Self {
        let mut draw = Draw::new();
        let (resident_id, mobile) = loop {
            let resident_id = resident_id(&mut draw, from, years);
            let mobile = format!("1{}{:09}", 3 + draw.below(7), draw.below(1_000_000_000));
            // In whose papers it stands may not have it (RULES section 3).
            if !resident_id.contains(PIN) && !mobile.contains(PIN) {
                break (resident_id, mobile);
            }
        };
        Self {
            name: name.to_owned(),
            resident_id,
            mobile,
            card_number: card_number(&mut draw),
            subject: format!("wx-{:016x}", draw.next()),
        }
    }
}

/// A card number that was never used before.
#[must_use]
pub fn new_card_number() -> String {
    card_number(&mut Draw::new())
}

/// A text that was never used before: for idempotency keys and references.
#[must_use]
pub fn new_key(prefix: &str) -> String {
    let mut draw = Draw::new();
    format!("{prefix}-{:016x}{:016x}", draw.next(), draw.next())
}

/// An unpredictable sequence, other for each `Draw` of each process.
struct Draw {
    state: RandomState,
    place: u64,
}

impl Draw {
    fn new() -> Self {
        static DRAWS: AtomicU64 = AtomicU64::new(0);
        // The standard library seeds its hashers from the operating system's randomness.
        Self { state: RandomState::new(), place: DRAWS.fetch_add(1, Ordering::Relaxed) << 32 }
    }

    fn next(&mut self) -> u64 {
        self.place += 1;
        self.state.hash_one(self.place)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// A resident ID of someone born in one of these years.
fn resident_id(draw: &mut Draw, from: u64, years: u64) -> String {
    let first = format!(
        "{}{}{:02}{:02}{:03}",
        ["110105", "310104", "330106", "440305", "510107"][draw.below(5) as usize],
        from + draw.below(years),
        1 + draw.below(12),
        1 + draw.below(28),
        draw.below(1000),
    );
    let sum: u32 = first
        .chars()
        .filter_map(|digit| digit.to_digit(10))
        .zip(RESIDENT_ID_WEIGHTS)
        .map(|(digit, weight)| digit * weight)
        .sum();
    format!("{first}{}", char::from(RESIDENT_ID_CHECKS[sum as usize % 11]))
}

/// A 19-digit UnionPay card number with its Luhn digit.
fn card_number(draw: &mut Draw) -> String {
    let first = format!("622848{:012}", draw.below(1_000_000_000_000));
    let sum: u32 = first
        .chars()
        .rev()
        .filter_map(|digit| digit.to_digit(10))
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit * 2) {
            (0, doubled) => doubled / 10 + doubled % 10,
            _ => digit,
        })
        .sum();
    format!("{first}{}", (10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_comes_twice() {
        let people: Vec<_> = (0..200).map(|_| Person::new("张三")).collect();
        for one in 0..people.len() {
            for other in 0..one {
                assert_ne!(people[one].resident_id, people[other].resident_id);
                assert_ne!(people[one].card_number, people[other].card_number);
                assert_ne!(people[one].subject, people[other].subject);
            }
        }
    }

    #[test]
    fn papers_have_their_lengths() {
        let person = Person::new("李四");
        assert_eq!(person.resident_id.len(), 18);
        assert_eq!(person.mobile.len(), 11);
        assert_eq!(person.card_number.len(), 19);
        assert!(new_key("top-up").len() <= 64);
    }
}
