use feiqian_limits::AccountClass;
use serde::{Deserialize, Serialize};

use crate::{AccountId, Document, PersonId};

/// One of the places that a person has for accounts of a class (RULES section 1). An
/// account takes the first free one by making this document, or by swapping one that another
/// account has given back when it left the class.
///
/// A place whose maker died stays taken: the person then has one place less, and never
/// one account more than the rule allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonPlace {
    schema: u16,
    /// The account that takes it.
    pub account: AccountId,
    /// Whether that account has given it back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    free: bool,
}

impl Document for PersonPlace {
    const SCHEMA: u16 = 1;
    const NAME: &'static str = "person's place";

    fn schema(&self) -> u16 {
        self.schema
    }
}

impl PersonPlace {
    /// The key of a person's place for accounts of a class, counted from 0.
    #[must_use]
    pub fn key(person: &PersonId, class: AccountClass, number: u32) -> String {
        format!("person/{}/{class}/{number}", person.as_str())
    }

    /// A place for an account.
    #[must_use]
    pub const fn new(account: AccountId) -> Self {
        Self { schema: Self::SCHEMA, account, free: false }
    }

    /// Whether its account has given it back: another may take it.
    #[must_use]
    pub const fn is_free(&self) -> bool {
        self.free
    }

    /// Gives it back, once the account has left the class or is closed.
    pub const fn give_back(&mut self) {
        self.free = true;
    }
}
