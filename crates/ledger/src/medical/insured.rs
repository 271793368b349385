use feiqian_calendar::Timestamp;
use serde::{Deserialize, Serialize};

use super::MedicalRefusal;
use crate::{
    AccountId, BINDERS_MAX, BINDINGS_ENDED_KEPT, Document, PersonId, RELATIVES_MAX, Refusal,
    RelativeId,
};

/// Who a person is, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The keyed hash of the resident ID.
    pub id: PersonId,
    /// The name, masked.
    pub name_masked: String,
}

/// A person's part in medical insurance and in families: the credential, the relatives whom
/// they show it for, the binders who show it for them, and with whom they share their personal
/// account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Insured {
    schema: u16,
    /// Who.
    pub person: Person,
    /// The credential, once it has been activated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<Credential>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    binders: Vec<Binder>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    relatives: Vec<Relative>,
    /// Bindings to this person that have ended, oldest first: a late copy of a request does
    /// not bind again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ended: Vec<RelativeId>,
}

/// An electronic medical credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// The insurer's name for it.
    pub token: String,
    /// Where the person is insured: six digits of GB/T 2260.
    pub region: String,
    /// Whether it can be shown.
    pub state: CredentialState,
    /// Since when.
    pub since: Timestamp,
}

/// Whether a credential can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialState {
    /// It can.
    Active,
    /// It cannot, until it is activated again.
    Suspended,
}

/// What the relative is to the binder (RULES section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Spouse.
    Spouse,
    /// Parent.
    Parent,
    /// Child.
    Child,
    /// Any other.
    Other,
}

/// With whom a personal account may be shared (家庭共济, RULES section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShareRelation {
    /// Spouse.
    Spouse,
    /// Parent.
    Parent,
    /// Child.
    Child,
    /// Brother or sister.
    Sibling,
    /// Grandparent.
    Grandparent,
    /// Grandchild.
    Grandchild,
}

/// Someone who may show this person's credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binder {
    /// The binding.
    pub id: RelativeId,
    /// Who.
    pub person: PersonId,
    /// Their name, masked.
    pub name_masked: String,
    /// The account from which they asked, and which an allowance is spent from.
    pub account: AccountId,
    /// What this person is to them.
    pub relation: Relation,
    /// Whether this person has agreed.
    pub state: BindingState,
    /// Since when.
    pub since: Timestamp,
}

/// How a binding stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BindingState {
    /// The relative, 16 or older, has not consented yet.
    Asked,
    /// The relative has consented, after a face check.
    Consented,
    /// The relative was under 16; the binder gave an undertaking and this household material.
    Undertaken {
        /// Where the material is, in the platform's words.
        material: String,
    },
}

/// A relative whom this person may show the credential for, once the binding says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relative {
    /// The binding.
    pub id: RelativeId,
    /// Who.
    pub person: PersonId,
    /// Their name, masked.
    pub name_masked: String,
    /// What they are to this person.
    pub relation: Relation,
    /// What they are to this person, if this person shares the personal account with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shares_as: Option<ShareRelation>,
}

/// What a binder asks for.
#[derive(Debug, Clone)]
pub struct NewBinding {
    /// Its id.
    pub id: RelativeId,
    /// What the relative is.
    pub relation: Relation,
    /// Whether the relative is under 16.
    pub minor: bool,
    /// Where the household material is, with the binder's undertaking.
    pub material: Option<String>,
    /// The account from which it is asked.
    pub account: AccountId,
    /// Now.
    pub now: Timestamp,
}

impl Document for Insured {
    const SCHEMA: u16 = 1;
    const NAME: &'static str = "insured person";

    fn schema(&self) -> u16 {
        self.schema
    }
}

impl Credential {
    /// Whether it can be shown.
    ///
    /// # Errors
    /// [`MedicalRefusal::CredentialSuspended`].
    pub fn check(&self) -> Result<(), Refusal> {
        match self.state {
            CredentialState::Active => Ok(()),
            CredentialState::Suspended => Err(MedicalRefusal::CredentialSuspended.into()),
        }
    }
}

impl Insured {
    /// The document's key.
    #[must_use]
    pub fn key(person: &PersonId) -> String {
        format!("insured/{}", person.as_str())
    }

    /// A person of whom nothing is known yet.
    #[must_use]
    pub const fn new(person: Person) -> Self {
        Self {
            schema: Self::SCHEMA,
            person,
            credential: None,
            binders: Vec::new(),
            relatives: Vec::new(),
            ended: Vec::new(),
        }
    }

    /// The credential, if it can be shown.
    ///
    /// # Errors
    /// [`MedicalRefusal::CredentialNotActive`], [`MedicalRefusal::CredentialSuspended`].
    pub fn active_credential(&self) -> Result<&Credential, Refusal> {
        let credential = self.credential.as_ref().ok_or(MedicalRefusal::CredentialNotActive)?;
        credential.check().map(|()| credential)
    }

    /// Who shows this person's credential, or has asked to.
    #[must_use]
    pub fn binders(&self) -> &[Binder] {
        &self.binders
    }

    /// Whom this person shows the credential for, or has asked to.
    #[must_use]
    pub fn relatives(&self) -> &[Relative] {
        &self.relatives
    }

    /// The binding by which a person may show this one's credential now.
    ///
    /// # Errors
    /// [`MedicalRefusal::NotBound`].
    pub fn bound_to(&self, person: &PersonId) -> Result<&Binder, Refusal> {
        self.binders
            .iter()
            .find(|binder| binder.person == *person && binder.state != BindingState::Asked)
            .ok_or_else(|| MedicalRefusal::NotBound.into())
    }

    /// A relative of this person by the binding.
    ///
    /// # Errors
    /// [`MedicalRefusal::NotBound`].
    pub fn relative(&self, id: &RelativeId) -> Result<&Relative, Refusal> {
        let found = self.relatives.iter().find(|relative| relative.id == *id);
        found.ok_or_else(|| MedicalRefusal::NotBound.into())
    }

    /// Takes a place for a relative on the binder's side. True if that is news.
    ///
    /// # Errors
    /// [`MedicalRefusal::RelativesFull`], [`MedicalRefusal::AlreadyBound`],
    /// [`MedicalRefusal::OwnRelative`].
    pub fn add_relative(&mut self, new: &NewBinding, member: &Person) -> Result<bool, Refusal> {
        if member.id == self.person.id {
            return Err(MedicalRefusal::OwnRelative.into());
        }
        if let Some(known) = self.relatives.iter().find(|known| known.person == member.id) {
            let same = known.id == new.id;
            return if same { Ok(false) } else { Err(MedicalRefusal::AlreadyBound.into()) };
        }
        if self.relatives.len() >= RELATIVES_MAX {
            return Err(MedicalRefusal::RelativesFull.into());
        }
        self.relatives.push(Relative {
            id: new.id.clone(),
            person: member.id.clone(),
            name_masked: member.name_masked.clone(),
            relation: new.relation,
            shares_as: None,
        });
        Ok(true)
    }

    /// Gives a relative's place up. True if that is news.
    pub fn drop_relative(&mut self, id: &RelativeId) -> bool {
        let before = self.relatives.len();
        self.relatives.retain(|relative| relative.id != *id);
        self.relatives.len() < before
    }

    /// Shares the personal account with a relative, or ends that. True if that is news.
    ///
    /// # Errors
    /// [`MedicalRefusal::NotBound`].
    pub fn share_with(
        &mut self,
        id: &RelativeId,
        shares_as: Option<ShareRelation>,
    ) -> Result<bool, Refusal> {
        let relative = self.relatives.iter_mut().find(|relative| relative.id == *id);
        let relative = relative.ok_or(MedicalRefusal::NotBound)?;
        let news = relative.shares_as != shares_as;
        relative.shares_as = shares_as;
        Ok(news)
    }

    /// Whether this person shares the personal account with another.
    #[must_use]
    pub fn shares_with(&self, person: &PersonId) -> bool {
        self.relatives.iter().any(|known| known.person == *person && known.shares_as.is_some())
    }

    /// Binds this person to a binder, or asks for consent: the arbiter of the binding. True if
    /// that is news.
    ///
    /// # Errors
    /// [`MedicalRefusal::UndertakingNeeded`] under 16, [`MedicalRefusal::BindersFull`],
    /// [`MedicalRefusal::NotBound`] for a binding that has ended.
    pub fn add_binder(&mut self, new: &NewBinding, binder: &Person) -> Result<bool, Refusal> {
        if self.ended.contains(&new.id) {
            return Err(MedicalRefusal::NotBound.into());
        }
        if self.binders.iter().any(|known| known.id == new.id) {
            return Ok(false);
        }
        let state = match (&new.material, new.minor) {
            (Some(material), true) => BindingState::Undertaken { material: material.clone() },
            (None, true) => return Err(MedicalRefusal::UndertakingNeeded.into()),
            (_, false) => BindingState::Asked,
        };
        if self.binders.len() >= BINDERS_MAX {
            return Err(MedicalRefusal::BindersFull.into());
        }
        self.binders.push(Binder {
            id: new.id.clone(),
            person: binder.id.clone(),
            name_masked: binder.name_masked.clone(),
            account: new.account.clone(),
            relation: new.relation,
            state,
            since: new.now,
        });
        Ok(true)
    }

    /// Consents to a binding that was asked for. True if that is news.
    ///
    /// # Errors
    /// [`MedicalRefusal::NotBound`] if there is none.
    pub fn consent(&mut self, id: &RelativeId, now: Timestamp) -> Result<bool, Refusal> {
        let binder = self.binders.iter_mut().find(|binder| binder.id == *id);
        let binder = binder.ok_or(MedicalRefusal::NotBound)?;
        if binder.state != BindingState::Asked {
            return Ok(false);
        }
        (binder.state, binder.since) = (BindingState::Consented, now);
        Ok(true)
    }

    /// Ends a binding for good. True if that is news.
    pub fn drop_binder(&mut self, id: &RelativeId) -> bool {
        let before = self.binders.len();
        self.binders.retain(|binder| binder.id != *id);
        if self.binders.len() == before && self.ended.contains(id) {
            return false;
        }
        if self.ended.len() >= BINDINGS_ENDED_KEPT {
            self.ended.remove(0);
        }
        self.ended.push(id.clone());
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Region;

    fn person(name: &str) -> Person {
        Person { id: PersonId::from_digest(name.into()), name_masked: "*".into() }
    }

    fn insured(name: &str) -> Insured {
        Insured::new(person(name))
    }

    fn binding(id: &str, minor: bool, material: Option<&str>) -> NewBinding {
        NewBinding {
            id: RelativeId::derive(Region::EXAMPLE, &[id]),
            relation: Relation::Child,
            minor,
            material: material.map(str::to_owned),
            account: AccountId::derive(Region::EXAMPLE, &["a"]),
            now: Timestamp::from_millis(1),
        }
    }

    fn refused<T: std::fmt::Debug>(outcome: Result<T, Refusal>) -> Refusal {
        outcome.unwrap_err()
    }

    #[test]
    fn under_16_an_undertaking_binds_and_from_16_on_consent_alone_does() {
        let (parent, mut child) = (person("parent"), insured("child"));
        let bare = binding("b", true, None);
        assert_eq!(
            refused(child.add_binder(&bare, &parent)),
            MedicalRefusal::UndertakingNeeded.into()
        );
        assert_eq!(child.add_binder(&binding("b", true, Some("h1")), &parent), Ok(true));
        assert!(child.bound_to(&parent.id).is_ok());

        let mut adult = insured("adult");
        let asked = binding("c", false, Some("h1"));
        assert_eq!(adult.add_binder(&asked, &parent), Ok(true));
        assert_eq!(refused(adult.bound_to(&parent.id)), MedicalRefusal::NotBound.into());
        assert_eq!(adult.consent(&asked.id, Timestamp::from_millis(2)), Ok(true));
        assert_eq!(adult.consent(&asked.id, Timestamp::from_millis(3)), Ok(false));
        assert!(adult.bound_to(&parent.id).is_ok());
        assert!(adult.drop_binder(&asked.id));
        assert!(!adult.drop_binder(&asked.id));
        assert_eq!(refused(adult.bound_to(&parent.id)), MedicalRefusal::NotBound.into());
        // A late copy of the request does not bind again.
        assert_eq!(refused(adult.add_binder(&asked, &parent)), MedicalRefusal::NotBound.into());
    }

    #[test]
    fn a_binder_has_six_relatives_and_a_relative_two_binders() {
        let mut parent = insured("parent");
        for number in 0..RELATIVES_MAX {
            let (id, member) = (number.to_string(), person(&number.to_string()));
            assert_eq!(parent.add_relative(&binding(&id, true, None), &member), Ok(true));
            assert_eq!(parent.add_relative(&binding(&id, true, None), &member), Ok(false));
        }
        let seventh = parent.add_relative(&binding("x", true, None), &person("x"));
        assert_eq!(refused(seventh), MedicalRefusal::RelativesFull.into());
        let again = parent.add_relative(&binding("x", true, None), &person("0"));
        assert_eq!(refused(again), MedicalRefusal::AlreadyBound.into());
        let own = parent.add_relative(&binding("x", true, None), &person("parent"));
        assert_eq!(refused(own), MedicalRefusal::OwnRelative.into());
        assert!(parent.drop_relative(&RelativeId::derive(Region::EXAMPLE, &["0"])));
        assert_eq!(parent.add_relative(&binding("x", true, None), &person("x")), Ok(true));

        let mut child = insured("child");
        for number in 0..BINDERS_MAX {
            let id = number.to_string();
            assert_eq!(child.add_binder(&binding(&id, true, Some("h")), &person(&id)), Ok(true));
        }
        let third = child.add_binder(&binding("x", true, Some("h")), &person("x"));
        assert_eq!(refused(third), MedicalRefusal::BindersFull.into());
    }

    #[test]
    fn sharing_a_personal_account_is_an_authorisation_of_its_own() {
        let (mut parent, child) = (insured("parent"), person("child"));
        let bound = binding("b", true, Some("h"));
        parent.add_relative(&bound, &child).unwrap();
        assert!(!parent.shares_with(&child.id));
        assert_eq!(parent.share_with(&bound.id, Some(ShareRelation::Child)), Ok(true));
        assert_eq!(parent.share_with(&bound.id, Some(ShareRelation::Child)), Ok(false));
        assert!(parent.shares_with(&child.id));
        assert_eq!(parent.share_with(&bound.id, None), Ok(true));
        assert!(!parent.shares_with(&child.id));
        let other = RelativeId::derive(Region::EXAMPLE, &["x"]);
        assert_eq!(refused(parent.share_with(&other, None)), MedicalRefusal::NotBound.into());
    }
}
