//! What must hold of each kind of document.

use std::borrow::Cow;

use super::{Documents, Examined, Finding, FindingKind, Stored, operators, owner_of};
use crate::account::{Known, Outcome};
use crate::medical::{Visit, VisitState};
use crate::{
    Account, AccountId, EntryRef, InternalAccount, InternalName, Journal, Merchant, Operation,
    OperationId, OperationState, OperatorLog, Order, Page, Refund, SHARDS, Settlement,
};

/// That an account's journal has an entry.
struct Claim<'a> {
    account: &'a AccountId,
    operation: &'a OperationId,
    entry: &'a EntryRef,
}

/// Findings about one document.
pub(super) struct Findings<'a> {
    key: &'a str,
    found: Vec<Finding>,
}

impl Findings<'_> {
    pub(super) fn add(&mut self, kind: FindingKind, detail: impl Into<String>) {
        self.found.push(Finding::new(kind, self.key, detail));
    }

    pub(super) fn unless(
        &mut self,
        holds: bool,
        kind: FindingKind,
        detail: impl FnOnce() -> String,
    ) {
        if !holds {
            self.add(kind, detail());
        }
    }
}

impl Examined {
    /// The keys of the documents that it must be looked at beside of.
    #[must_use]
    pub fn related(&self) -> Vec<String> {
        let mut keys = self.named();
        match &self.document {
            Stored::Account(account) => {
                keys.extend(last_page(account.id.as_str(), &account.journal));
            }
            Stored::Internal(internal) => {
                let owner = InternalAccount::owner(&internal.name, internal.shard);
                keys.extend(last_page(&owner, &internal.journal));
            }
            Stored::Page(page) => {
                let owner = owner_of(&self.key);
                let before = page.number.checked_sub(1);
                keys.extend(owner.zip(before).map(|((owner, _), before)| Page::key(owner, before)));
            }
            // An outcome that the payer has archived.
            Stored::Order(order) => {
                keys.extend(order.payment().map(|payment| Operation::key(&payment.operation)));
            }
            Stored::OperatorLog(log) => keys.extend(operators::last_page(log)),
            Stored::OperatorLogPage(page) => keys.extend(page.key_before()),
            _ => {}
        }
        keys
    }

    /// The keys of the documents that must be there since it names them.
    fn named(&self) -> Vec<String> {
        match &self.document {
            Stored::Account(account) => {
                let flights = account.in_flight().iter();
                let arbiters = flights.map(|flight| flight.arbiter_key());
                let name = InternalName::BankClearing;
                let clearing = InternalAccount::key(&name, account.clearing_shard);
                let credits = account.credits().map(|(_, arbiter)| arbiter.to_owned());
                arbiters.chain(credits).chain([clearing]).collect()
            }
            Stored::Page(_) => owner_of(&self.key).map(|(_, key)| key).into_iter().collect(),
            Stored::Order(order) => {
                let payer = order.payment().map(|payment| Account::key(&payment.payer));
                payer.into_iter().chain([Merchant::key(&order.merchant)]).collect()
            }
            Stored::Operation(operation) if !operation.is_known_to_account() => Vec::new(),
            Stored::Operation(operation) => {
                let shard = operation.adjustment().map(|adjustment| {
                    InternalAccount::key(&InternalName::Adjustments, adjustment.shard)
                });
                [Account::key(&operation.account)].into_iter().chain(shard).collect()
            }
            Stored::Outcome(operation) => {
                // What was given up need not have been written down.
                let given_up = matches!(operation.state, OperationState::Failed { .. });
                let written = (!given_up).then(|| Operation::key(&operation.id));
                [Account::key(&operation.account)].into_iter().chain(written).collect()
            }
            Stored::Internal(internal) => {
                internal.remembered().map(|(_, arbiter)| arbiter.to_owned()).collect()
            }
            Stored::Place(place) => vec![Account::key(&place.account)],
            Stored::Merchant(merchant) => {
                let name = InternalName::Merchant(merchant.id.clone());
                let shards = (0..SHARDS).map(|shard| InternalAccount::key(&name, shard));
                shards.chain(named_by_settling(merchant)).collect()
            }
            Stored::Settlement(settlement) => vec![Merchant::key(&settlement.merchant)],
            Stored::Visit(visit) => {
                let order = visit.confirmed().and_then(|by| by.order.as_ref());
                order.map(Order::key).into_iter().chain([Merchant::key(&visit.merchant)]).collect()
            }
            Stored::OperatorLogPage(page) => vec![page.log_key()],
            Stored::OperatorLog(_) | Stored::Other => Vec::new(),
        }
    }

    /// The keys of the pages in which the entries stand that it names, as far as they have
    /// left their accounts' documents.
    #[must_use]
    pub fn pages(&self, documents: &Documents) -> Vec<String> {
        let mut keys = Vec::new();
        for claim in self.claims() {
            if let Some(account) = self.account(claim.account, documents) {
                keys.extend(claim.page(&account));
            }
        }
        keys
    }

    /// Holds it against the documents that [`Self::related`] and [`Self::pages`] name.
    #[must_use]
    pub fn check(&self, documents: &Documents) -> Vec<Finding> {
        let mut findings = Findings { key: &self.key, found: Vec::new() };
        let own = self.own_key();
        findings.unless(
            own.as_ref().is_none_or(|own| *own == self.key),
            FindingKind::Misplaced,
            || format!("its own key is {}", own.clone().unwrap_or_default()),
        );
        for key in self.named() {
            findings.unless(documents.has(&key), FindingKind::ReferenceMissing, || {
                format!("{key} is not there")
            });
        }
        for claim in self.claims() {
            let account = self.account(claim.account, documents);
            let stands = account.is_some_and(|account| claim.stands(&account, documents));
            findings.unless(stands, FindingKind::EntryMissing, || {
                let Claim { account, operation, entry } = &claim;
                format!("{account} has no entry {} of {operation}", entry.sequence)
            });
        }
        match &self.document {
            Stored::Account(account) => {
                findings.unless(
                    !account.balance().is_negative(),
                    FindingKind::BalanceNegative,
                    || format!("the balance is {}", account.balance()),
                );
                check_journal(account.id.as_str(), &account.journal, documents, &mut findings);
            }
            Stored::Internal(internal) => {
                let owner = InternalAccount::owner(&internal.name, internal.shard);
                check_journal(&owner, &internal.journal, documents, &mut findings);
            }
            Stored::Page(page) => check_page(page, documents, &mut findings),
            Stored::Order(order) => check_order(order, documents, &mut findings),
            Stored::Visit(visit) => check_visit(visit, documents, &mut findings),
            Stored::Operation(operation) => check_adjustment(operation, &mut findings),
            Stored::Settlement(settlement) => {
                check_settlement(settlement, documents, &mut findings);
            }
            Stored::OperatorLog(log) => operators::check_log(log, documents, &mut findings),
            Stored::OperatorLogPage(page) => {
                operators::check_page(page, documents, &mut findings);
            }
            _ => {}
        }
        findings.found
    }

    fn own_key(&self) -> Option<String> {
        Some(match &self.document {
            Stored::Account(account) => Account::key(&account.id),
            Stored::Page(page) => Page::key(owner_of(&self.key)?.0, page.number),
            Stored::Order(order) => Order::key(&order.id),
            Stored::Operation(operation) => Operation::key(&operation.id),
            Stored::Outcome(operation) => Operation::outcome_key(&operation.id),
            Stored::Internal(internal) => InternalAccount::key(&internal.name, internal.shard),
            Stored::Merchant(merchant) => Merchant::key(&merchant.id),
            Stored::Settlement(settlement) => Settlement::key(&settlement.merchant, settlement.day),
            Stored::Visit(visit) => Visit::key(&visit.id),
            Stored::OperatorLog(log) => OperatorLog::key(log.operator(), log.book()),
            Stored::OperatorLogPage(page) => page.own_key(),
            Stored::Place(_) | Stored::Other => return None,
        })
    }

    /// An account: this one as it was read first, or another one.
    fn account(&self, id: &AccountId, documents: &Documents) -> Option<Cow<'_, Account>> {
        match &self.document {
            Stored::Account(account) if account.id == *id => Some(Cow::Borrowed(account.as_ref())),
            _ => documents.get(&Account::key(id)).map(Cow::Owned),
        }
    }

    /// The entries that must stand in an account's journal since this document says so.
    fn claims(&self) -> Vec<Claim<'_>> {
        match &self.document {
            Stored::Account(account) => {
                let id = &account.id;
                let flights = account.in_flight().iter().filter_map(|flight| {
                    let entry = flight.entry()?;
                    Some(Claim { account: id, operation: &flight.operation, entry })
                });
                let outcomes = account.outcomes().iter().filter_map(|settled| {
                    let Outcome::Succeeded { entry } = &settled.outcome else { return None };
                    Some(Claim { account: id, operation: &settled.operation, entry })
                });
                flights.chain(outcomes).collect()
            }
            Stored::Order(order) => {
                let Some(payment) = order.payment() else { return Vec::new() };
                let account = &payment.payer;
                let debit = Claim { account, operation: &payment.operation, entry: &payment.entry };
                let parts = order.refunds().iter().flat_map(Refund::parts);
                let refunds = parts.filter_map(|part| {
                    let entry = part.state.entry()?;
                    Some(Claim { account, operation: &part.operation, entry })
                });
                [debit].into_iter().chain(refunds).collect()
            }
            Stored::Operation(operation) | Stored::Outcome(operation) => match &operation.state {
                OperationState::Succeeded { entry, .. } | OperationState::PaidOut { entry, .. } => {
                    vec![Claim { account: &operation.account, operation: &operation.id, entry }]
                }
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }
}

impl Claim<'_> {
    /// The page in which the entry stands; none if it is in the account's own document.
    fn page(&self, account: &Account) -> Option<String> {
        let number = Page::number_of(self.entry.sequence);
        (number < account.journal.pages()).then(|| Page::key(self.account.as_str(), number))
    }

    fn stands(&self, account: &Account, documents: &Documents) -> bool {
        let page: Option<Page> = self.page(account).and_then(|key| documents.get(&key));
        let entries = page.as_ref().map_or(account.journal.entries(), |page| &page.entries);
        entries
            .iter()
            .any(|entry| entry.operation == *self.operation && entry.reference() == *self.entry)
    }
}

fn last_page(owner: &str, journal: &Journal) -> Option<String> {
    journal.pages().checked_sub(1).map(|number| Page::key(owner, number))
}

fn check_journal(
    owner: &str,
    journal: &Journal,
    documents: &Documents,
    findings: &mut Findings<'_>,
) {
    let broken = journal.verify().err().map(|error| error.to_string());
    let last = last_page(owner, journal);
    let page: Option<Page> = last.as_ref().and_then(|key| documents.get(key));
    let missing = last.filter(|_| page.is_none());
    if let Some(error) = broken {
        findings.add(FindingKind::ChainBroken, error);
    } else if let Some(key) = missing {
        findings.add(FindingKind::PageMissing, format!("{key} is not there"));
    } else if !journal.follows(page.as_ref()) {
        findings.add(FindingKind::ChainBroken, "it does not follow from its last page");
    }
}

fn check_page(page: &Page, documents: &Documents, findings: &mut Findings<'_>) {
    let Some((owner, owner_key)) = owner_of(findings.key) else {
        findings.add(FindingKind::PageOrphaned, "its key names no journal");
        return;
    };
    let account: Option<Account> = documents.get(&owner_key);
    let internal: Option<InternalAccount> = documents.get(&owner_key);
    let journal = account.map(|a| a.journal).or_else(|| internal.map(|i| i.journal));
    if let Some(journal) = journal {
        // The one behind the last may be on its way: it is written before the journal says so.
        findings.unless(page.number <= journal.pages(), FindingKind::PageOrphaned, || {
            format!("{owner} has {} pages", journal.pages())
        });
    }
    if let Err(error) = page.verify() {
        findings.add(FindingKind::ChainBroken, error.to_string());
        return;
    }
    let before = page.number.checked_sub(1).map(|number| Page::key(owner, number));
    match before.as_ref().map(|key| (key, documents.get::<Page>(key))) {
        Some((key, None)) => {
            findings.add(FindingKind::PageMissing, format!("{key} is not there"));
        }
        Some((_, Some(previous))) => {
            findings.unless(page.follows(Some(&previous)), FindingKind::ChainBroken, || {
                "it does not follow from the page before".to_owned()
            });
        }
        None => findings.unless(page.follows(None), FindingKind::ChainBroken, || {
            "the first page does not begin a chain".to_owned()
        }),
    }
}

/// The payer of a paid order knows its payment, and has not taken it back.
fn check_order(order: &Order, documents: &Documents, findings: &mut Findings<'_>) {
    let Some(payment) = order.payment() else { return };
    let Some(payer) = documents.get::<Account>(&Account::key(&payment.payer)) else { return };
    let agreed = match payer.known(&payment.operation) {
        Known::InFlight(_) => true,
        Known::Settled(settled) => matches!(settled.outcome, Outcome::Succeeded { .. }),
        Known::Unknown => documents
            .get::<Operation>(&Operation::key(&payment.operation))
            .is_some_and(|archived| matches!(archived.state, OperationState::Succeeded { .. })),
    };
    findings.unless(agreed, FindingKind::OutcomeDiffers, || {
        let (operation, payer) = (&payment.operation, &payment.payer);
        format!("it is paid by {operation}, of which {payer} does not know that")
    });
}

/// Money of an adjustment moves only after another operator than its maker has approved it.
fn check_adjustment(operation: &Operation, findings: &mut Findings<'_>) {
    let Some(adjustment) = operation.adjustment() else { return };
    let moves = operation.state.is_under_way()
        || matches!(operation.state, OperationState::Succeeded { .. });
    findings.unless(!moves || adjustment.is_approved(), FindingKind::OutcomeDiffers, || {
        format!("{} moves money that nobody but its maker approved", operation.id)
    });
}

/// A visit has ended as the order for its cash has.
fn check_visit(visit: &Visit, documents: &Documents, findings: &mut Findings<'_>) {
    let order = visit.confirmed().and_then(|by| by.order.as_ref());
    let order: Option<Order> = order.and_then(|id| documents.get(&Order::key(id)));
    let Some(order) = order else { return };
    let agreed = match visit.state {
        VisitState::Settled { .. } => order.payment().is_some(),
        VisitState::Reversing { .. } | VisitState::Closed { .. } => order.payment().is_none(),
        _ => true,
    };
    findings.unless(agreed, FindingKind::OutcomeDiffers, || {
        format!("it is {}, and {} is {:?}", visit.status(), order.id, order.state)
    });
}

/// The shards that a merchant's settlements are booked in, and its last settlement.
fn named_by_settling(merchant: &Merchant) -> Vec<String> {
    let Some(settling) = &merchant.settling else { return Vec::new() };
    let clearing = InternalAccount::key(&InternalName::BankClearing, settling.clearing_shard);
    let fees = InternalAccount::key(&InternalName::Fees, settling.fees_shard);
    let last = settling.settled_through.map(|day| Settlement::key(&merchant.id, day));
    [clearing, fees].into_iter().chain(last).collect()
}

/// A day's settlement is what its merchant says while it is being settled, and is written
/// before the merchant lets go of the day.
fn check_settlement(settlement: &Settlement, documents: &Documents, findings: &mut Findings<'_>) {
    let merchant: Option<Merchant> = documents.get(&Merchant::key(&settlement.merchant));
    let Some(merchant) = merchant else { return };
    let Some(settling) = &merchant.settling else {
        findings.add(FindingKind::OutcomeDiffers, "its merchant is not settled");
        return;
    };
    let agreed = match settling.current().filter(|closing| closing.day == settlement.day) {
        Some(_) => settling.ended(&merchant.id).ok().flatten().as_ref() == Some(settlement),
        None => settling.settled_through.is_some_and(|through| settlement.day <= through),
    };
    findings.unless(agreed, FindingKind::OutcomeDiffers, || {
        format!("{} does not know it", Merchant::key(&merchant.id))
    });
}
