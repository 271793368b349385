use feiqian_limits::AccountClass;
use serde::{Deserialize, Serialize};

use crate::{AccountId, Document, PersonId, Refusal};

/// The accounts that one person has, counted by class (RULES section 1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    schema: u16,
    accounts: Vec<(AccountId, AccountClass)>,
}

impl Document for Person {
    const SCHEMA: u16 = 1;
    const NAME: &'static str = "person";

    fn schema(&self) -> u16 {
        self.schema
    }
}

impl Default for Person {
    fn default() -> Self {
        Self { schema: Self::SCHEMA, accounts: Vec::new() }
    }
}

impl Person {
    /// The document's key.
    #[must_use]
    pub fn key(id: &PersonId) -> String {
        format!("person/{}", id.as_str())
    }

    /// Counts an account. False, and nothing changed, if it is counted already.
    ///
    /// # Errors
    /// [`Refusal::AccountClassFull`] if the person has `most` others of this class.
    pub fn add_account(
        &mut self,
        id: &AccountId,
        class: AccountClass,
        most: u32,
    ) -> Result<bool, Refusal> {
        if self.accounts.iter().any(|(known, _)| known == id) {
            return Ok(false);
        }
        let of_class = self.accounts.iter().filter(|(_, other)| *other == class).count();
        if u32::try_from(of_class).is_ok_and(|held| held >= most) {
            return Err(Refusal::AccountClassFull);
        }
        self.accounts.push((id.clone(), class));
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_has_at_most_so_many_accounts_of_a_class() {
        let mut person = Person::default();
        let id = |number: usize| AccountId::derive(&[&number.to_string()]);
        for number in 0..5 {
            assert_eq!(person.add_account(&id(number), AccountClass::II, 5), Ok(true));
        }
        assert_eq!(person.add_account(&id(5), AccountClass::II, 5), Err(Refusal::AccountClassFull));
        assert_eq!(person.add_account(&id(4), AccountClass::II, 5), Ok(false), "counted already");
        assert_eq!(person.add_account(&id(5), AccountClass::III, 5), Ok(true), "another class");
    }
}
