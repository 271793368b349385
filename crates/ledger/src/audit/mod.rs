//! What must hold of stored documents, looked at one by one beside those that they name.
//!
//! Nothing here reads a store. Whoever audits reads a document *first* and then those that
//! [`Examined::related`] and [`Examined::pages`] name: whatever a document says of another
//! has been true since before it was written, so a live store that moves on meanwhile
//! shows no fault that is none.

mod check;
mod finding;
mod operators;
mod totals;

pub use finding::{Finding, FindingKind};
pub use totals::Totals;

use std::collections::BTreeMap;

use feiqian_money::Amount;

use crate::medical::Visit;
use crate::{
    Account, AccountId, Document, DocumentError, InternalAccount, Merchant, Operation, OperationId,
    OperatorLog, OperatorLogPage, Order, Page, PersonPlace, Settlement,
};

/// A stored document that has been read to be examined.
#[derive(Debug)]
pub struct Examined {
    key: String,
    document: Stored,
}

/// What lies under a key, by how the key begins.
#[derive(Debug)]
enum Stored {
    Account(Box<Account>),
    Page(Box<Page>),
    Order(Box<Order>),
    Operation(Box<Operation>),
    Outcome(Box<Operation>),
    Internal(Box<InternalAccount>),
    Place(PersonPlace),
    Merchant(Box<Merchant>),
    Settlement(Box<Settlement>),
    Visit(Box<Visit>),
    OperatorLog(Box<OperatorLog>),
    OperatorLogPage(Box<OperatorLogPage>),
    /// A document that names no money; it is counted and not looked into.
    Other,
}

/// Documents by their keys, as they were read.
#[derive(Debug, Default)]
pub struct Documents(BTreeMap<String, Vec<u8>>);

impl Documents {
    /// Keeps what was read under a key, if there was anything.
    pub fn keep(&mut self, key: String, value: Option<Vec<u8>>) {
        self.0.extend(value.map(|value| (key, value)));
    }

    /// What was read under a key.
    #[must_use]
    pub fn bytes(&self, key: &str) -> Option<&[u8]> {
        self.0.get(key).map(Vec::as_slice)
    }

    fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// A document; none if it is not there or unreadable, which is found where it lies.
    #[must_use]
    pub fn get<D: Document>(&self, key: &str) -> Option<D> {
        self.bytes(key).and_then(|bytes| D::decode(bytes).ok())
    }
}

impl Examined {
    /// Reads a document.
    ///
    /// # Errors
    /// The finding that it is unreadable.
    pub fn read(key: &str, bytes: &[u8]) -> Result<Self, Finding> {
        Stored::read(key, bytes)
            .map(|document| Self { key: key.to_owned(), document })
            .map_err(|error| Finding::new(FindingKind::Unreadable, key, error.to_string()))
    }

    /// Its key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Whose balance it holds and how much; none if it holds no balance.
    #[must_use]
    pub fn balance(&self) -> Option<(&'static str, Amount)> {
        match &self.document {
            Stored::Account(account) => Some(("customers", account.balance())),
            Stored::Internal(internal) => Some((internal.name.group(), internal.balance())),
            _ => None,
        }
    }

    /// What this document holds to be under way, each by the id that its pending mark is
    /// named by, with the money that it may have taken from one journal and not yet brought
    /// to another.
    #[must_use]
    pub fn in_flight(&self) -> Vec<(&str, Amount)> {
        match &self.document {
            Stored::Account(account) => {
                let flights = account.in_flight().iter();
                flights.map(|flight| (flight.operation.as_str(), flight.amount)).collect()
            }
            Stored::Operation(operation) if operation.state.is_under_way() => {
                vec![(operation.id.as_str(), operation.amount)]
            }
            Stored::Order(order) => order.in_flight(),
            Stored::Visit(visit) => visit.in_flight(),
            Stored::Merchant(merchant) => merchant.in_flight(),
            _ => Vec::new(),
        }
    }

    /// Whether it is a customer's account.
    #[must_use]
    pub const fn is_account(&self) -> bool {
        matches!(self.document, Stored::Account(_))
    }

    /// The postings that it remembers, each with the key of its arbiter.
    #[must_use]
    pub fn postings(&self) -> Vec<(&OperationId, &str)> {
        match &self.document {
            Stored::Account(account) => account.credits().collect(),
            Stored::Internal(internal) => internal.remembered().collect(),
            _ => Vec::new(),
        }
    }
}

impl Stored {
    fn read(key: &str, bytes: &[u8]) -> Result<Self, DocumentError> {
        Ok(match key.split('/').next() {
            Some("account") => Self::Account(Box::new(Account::decode(bytes)?)),
            Some("journal") => Self::Page(Box::new(Page::decode(bytes)?)),
            Some("order") => Self::Order(Box::new(Order::decode(bytes)?)),
            Some("operation") => Self::Operation(Box::new(Operation::decode(bytes)?)),
            Some("outcome") => Self::Outcome(Box::new(Operation::decode(bytes)?)),
            Some("internal") => Self::Internal(Box::new(InternalAccount::decode(bytes)?)),
            Some("person") => Self::Place(PersonPlace::decode(bytes)?),
            Some("merchant") => Self::Merchant(Box::new(Merchant::decode(bytes)?)),
            Some("settlement") => Self::Settlement(Box::new(Settlement::decode(bytes)?)),
            Some("visit") => Self::Visit(Box::new(Visit::decode(bytes)?)),
            Some("operator_log") => Self::OperatorLog(Box::new(OperatorLog::decode(bytes)?)),
            Some("operator_log_page") => {
                Self::OperatorLogPage(Box::new(OperatorLogPage::decode(bytes)?))
            }
            _ => Self::Other,
        })
    }
}

/// The owner of a page and the key of the document that holds its journal's newest part.
fn owner_of(page_key: &str) -> Option<(&str, String)> {
    let (owner, _) = page_key.strip_prefix("journal/")?.rsplit_once('/')?;
    let customer = owner.starts_with(AccountId::PREFIX);
    Some((owner, if customer { format!("account/{owner}") } else { format!("internal/{owner}") }))
}
