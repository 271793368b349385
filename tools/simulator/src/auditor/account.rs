//! What the auditor checks of a customer's account.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::cards::CardsModel;
use super::documents::{self, Account, Device, Outcome, Pin, Variant};
use super::journal::JournalModel;
use super::limits::LimitModel;
use super::proofs::check_devices;
use super::wallets::WalletsModel;
use super::{Auditor, Kind, State};
use crate::history::Violation;
use crate::store::Content;

/// Accounts of a class that one person may have, as `rules/simulator.json` says.
pub(super) const ACCOUNTS_PER_PERSON: usize = 2;

/// Wrong PINs in a row that lock it (RULES section 3).
const PIN_FAILURES: u8 = 3;

/// An account as it was last seen.
#[derive(Debug)]
pub struct AccountModel {
    pub(super) identity: [String; 3],
    pub(super) status: String,
    freezes: Vec<Value>,
    pub(super) journal: JournalModel,
    pub(super) limits: LimitModel,
    in_flight: BTreeSet<String>,
    outcomes: BTreeMap<String, bool>,
    pin: Pin,
    pub(super) cards: CardsModel,
    /// Money has come from the bound account.
    pub(super) funded: bool,
    /// As the document says: the holder consents to money from others, or was verified face
    /// to face.
    consents: bool,
    verified_at: Option<u64>,
    devices: Vec<Device>,
    pub(super) wallets: WalletsModel,
}

impl AccountModel {
    fn new(account: &Account<'_>) -> Self {
        Self {
            identity: identity(account),
            status: "opening".to_owned(),
            freezes: Vec::new(),
            journal: JournalModel::default(),
            limits: LimitModel::new(&account.class, account.created_at),
            in_flight: BTreeSet::new(),
            outcomes: BTreeMap::new(),
            pin: Pin { failures: 0, locked_until: None },
            cards: CardsModel::default(),
            funded: false,
            consents: false,
            verified_at: None,
            devices: Vec::new(),
            wallets: WalletsModel::default(),
        }
    }

    /// Whether money from others may come in (RULES section 1).
    pub(super) fn may_take_from_others(&self) -> bool {
        let [_, class, _] = &self.identity;
        self.verified_at.is_some() || (class == "III" && self.funded && self.consents)
    }

    /// The devices that sign, and those that did.
    pub fn devices(&self) -> &[Device] {
        &self.devices
    }

    /// The agreements with wallets.
    pub const fn wallets(&self) -> &WalletsModel {
        &self.wallets
    }

    /// Whether it was given up for good.
    pub fn is_closed(&self) -> bool {
        self.status == "closed"
    }

    /// Operations in flight.
    pub fn in_flight(&self) -> impl Iterator<Item = &String> {
        self.in_flight.iter()
    }

    /// Whether a card of the account has this agreement, or had it.
    pub fn has_agreement(&self, agreement: &str) -> bool {
        self.cards.has_agreement(agreement)
    }
}

/// Nothing starts in an account that is frozen.
fn check_frozen(model: &mut AccountModel, account: &Account<'_>) -> Result<(), String> {
    let started = account.in_flight.iter().find(|f| !model.in_flight.contains(&*f.operation));
    if let Some(flight) = started
        && !model.freezes.is_empty()
    {
        return Err(format!("is frozen, and {} starts", flight.operation));
    }
    model.freezes.clone_from(&account.freezes);
    Ok(())
}

fn identity(account: &Account<'_>) -> [String; 3] {
    [&account.customer, &account.class, &account.holder.person].map(ToString::to_string)
}

impl Auditor {
    pub(super) fn saw_account(
        &mut self,
        account: Account<'_>,
        content: &Content,
    ) -> Result<(), Violation> {
        let id = account.id.clone().into_owned();
        let fresh = || AccountModel::new(&account);
        let mut model = self.accounts.remove(&id).unwrap_or_else(fresh);
        let result = self.check_account(&id, &mut model, account, content);
        self.accounts.insert(id, model);
        result
    }

    fn check_account(
        &mut self,
        id: &str,
        model: &mut AccountModel,
        mut account: Account<'_>,
        content: &Content,
    ) -> Result<(), Violation> {
        let wrong = |what: String| Violation::new(format!("account {id} {what}"), &[id]);
        let said = |what: &'static str| wrong(what.to_owned());
        self.check_upgrade(model, &account).map_err(said)?;
        if model.identity != identity(&account) {
            return Err(said("has changed its holder or class"));
        }
        self.check_status(id, model, &account)?;
        self.check_face(model.verified_at, &account).map_err(said)?;
        model.cards.take(&mut account, !model.in_flight.is_empty()).map_err(said)?;
        self.saw_cases(id, std::mem::take(&mut account.cases), &account.freezes, content)?;
        self.check_freezes(id, &model.freezes, &account.freezes).map_err(said)?;
        check_frozen(model, &account).map_err(wrong)?;
        check_devices(&model.devices, &account.devices).map_err(said)?;
        let wallets = std::mem::take(&mut account.wallets);
        model.wallets.take(wallets).map_err(said)?;
        self.check_started(id, model, &account)?;
        let fresh = self.check_ended(id, model, &account, content)?;
        check_pin(model, &account, &fresh).map_err(wrong)?;
        model.consents = account.accepts_transfers;
        model.verified_at = account.verified_face_to_face_at;
        model.devices.clone_from(&account.devices);
        self.saw_received(id, &account.received);
        let raised = model.limits.set(account.holder_limits).map_err(wrong)?;
        if raised && !self.is_raise_signed(id, &account) {
            return Err(wrong("has raised its limits without a signature".to_owned()));
        }
        let before = model.journal.balance();
        let fresh = model.journal.take(id, account.journal)?;
        self.balances += model.journal.balance() - before;
        for entry in &fresh {
            self.check_entry(id, model, entry)?;
        }
        if model.status == "closed" && (model.journal.balance() != 0 || !model.in_flight.is_empty())
        {
            return Err(wrong("is closed with money in it or under way".to_owned()));
        }
        model.limits.compare(&account.usage).map_err(wrong)?;
        model.wallets.compare().map_err(wrong)?;
        self.check_outcomes_moved(id, &account.outcomes)?;
        let received = account.received.iter().map(|credit| credit.operation.to_string());
        self.check_remembered(id, received.collect())
    }

    fn check_status(
        &mut self,
        id: &str,
        model: &mut AccountModel,
        account: &Account<'_>,
    ) -> Result<(), Violation> {
        if model.status == *account.status {
            return Ok(());
        }
        let allowed = [("active", "closing"), ("closing", "active"), ("closing", "closed")];
        let (before, now) = (model.status.as_str(), &*account.status);
        if before == "active" && now == "closed" || allowed.contains(&(before, now)) {
            model.status = now.to_owned();
            if now == "closed" {
                let [_, class, person] = model.identity.clone();
                let held = self.holdings.entry((person, class)).or_default();
                *held = held.saturating_sub(1);
            }
            return Ok(());
        }
        if model.status != "opening" {
            let what = format!("account {id} went from {} to {}", model.status, account.status);
            return Err(Violation::new(what, &[id]));
        }
        model.status = account.status.to_string();
        if account.status == "active" {
            let [_, class, person] = model.identity.clone();
            let held = self.holdings.entry((person, class)).or_default();
            *held += 1;
            if *held > ACCOUNTS_PER_PERSON {
                let what = format!("account {id} is one more than a person may have");
                return Err(Violation::new(what, &[id]));
            }
        }
        Ok(())
    }

    /// Operations that have come in flight: each with a mark, and none that had ended.
    fn check_started(
        &mut self,
        id: &str,
        model: &mut AccountModel,
        account: &Account<'_>,
    ) -> Result<(), Violation> {
        for flight in &account.in_flight {
            let operation = &*flight.operation;
            if !model.in_flight.insert(operation.to_owned()) {
                continue;
            }
            let wrong =
                |what: &str| Err(Violation::new(format!("{operation} {what}"), &[operation, id]));
            if !self.is_marked(operation) {
                return wrong("is in flight without a pending mark");
            }
            self.start_payment(model, account, flight).or_else(|what| wrong(&what))?;
            let (ended, refused, state) = self.change_case(operation, |case| {
                case.account = id.to_owned();
                case.kind = Kind::of(flight.kind());
                case.amount = flight.amount;
                case.card_part = flight.card_part();
                case.order = flight.order().map(str::to_owned);
                case.payee = flight.payee().map(str::to_owned);
                case.in_flight = true;
                let may_again = case.kind.has_document() && matches!(case.outcome, Some(Err(_)));
                (case.outcome.is_some() && !may_again, case.was_refused(), case.state)
            });
            if ended {
                return wrong("starts after it had ended");
            }
            let has_document = Kind::of(flight.kind()).has_document();
            if refused && has_document {
                return wrong("starts after it was refused");
            }
            if has_document && state != Some(State::Created) {
                return wrong("is authorised although it has gone on");
            }
        }
        Ok(())
    }

    /// Operations that have left flight or the list of outcomes. Gives the reasons of the
    /// outcomes that are new.
    fn check_ended(
        &mut self,
        id: &str,
        model: &mut AccountModel,
        account: &Account<'_>,
        content: &Content,
    ) -> Result<Vec<Option<Value>>, Violation> {
        let wrong = |what: &str, operation: &str| {
            Violation::new(format!("{operation} {what}"), &[operation, id])
        };
        let outcomes: BTreeMap<&str, &Outcome<'_>> =
            account.outcomes.iter().map(|outcome| (&*outcome.operation, outcome)).collect();
        let forgotten: Vec<String> = model
            .outcomes
            .keys()
            .filter(|id| !outcomes.contains_key(id.as_str()))
            .cloned()
            .collect();
        for operation in &forgotten {
            model.outcomes.remove(operation);
            self.check_forgotten(operation, content).map_err(|what| wrong(what, operation))?;
        }
        let flying: BTreeSet<&str> = account.in_flight.iter().map(|f| &*f.operation).collect();
        let landed: Vec<String> =
            model.in_flight.iter().filter(|id| !flying.contains(id.as_str())).cloned().collect();
        for operation in &landed {
            model.in_flight.remove(operation);
            self.change_case(operation, |case| case.in_flight = false);
            if !outcomes.contains_key(operation.as_str()) {
                return Err(wrong("left flight without an outcome", operation));
            }
        }
        let mut fresh = Vec::new();
        for (operation, outcome) in outcomes {
            if flying.contains(operation) {
                return Err(wrong("is in flight and has ended", operation));
            }
            let succeeded = outcome.outcome.name == "succeeded";
            match model.outcomes.insert(operation.to_owned(), succeeded) {
                None => fresh.push(outcome.reason().cloned()),
                Some(was) if was != succeeded => {
                    return Err(wrong("changed its outcome", operation));
                }
                Some(_) => {}
            }
        }
        Ok(fresh)
    }

    /// What an account forgets must stand elsewhere.
    fn check_forgotten(&self, operation: &str, content: &Content) -> Result<(), &'static str> {
        let Some(case) = self.cases.get(operation) else { return Ok(()) };
        let prefix = if case.kind == Kind::TopUp { "outcome" } else { "operation" };
        let key = format!("{prefix}/{operation}");
        let archived: Option<documents::Operation<'_>> =
            content.get(&key).and_then(|value| documents::read(&key, value).ok());
        let succeeded = matches!(case.outcome, Some(Ok(())));
        match (case.kind, archived) {
            (Kind::Payment, None) => Err("was forgotten and not archived"),
            (Kind::Payment, Some(archived))
                if (archived.state.name == "succeeded") != succeeded =>
            {
                Err("was archived with another outcome")
            }
            (Kind::TopUp, None) if succeeded => Err("was forgotten and not archived"),
            (Kind::Withdrawal | Kind::Transfer, archived)
                if succeeded
                    && archived.as_ref().is_none_or(|known| known.state.name != "succeeded") =>
            {
                Err("was forgotten and its operation does not say that it succeeded")
            }
            _ => Ok(()),
        }
    }
}

/// A wrong PIN that was refused has been counted.
fn check_pin(
    model: &mut AccountModel,
    account: &Account<'_>,
    fresh: &[Option<Value>],
) -> Result<(), String> {
    let Pin { failures, locked_until } = account.pin;
    let before = std::mem::replace(&mut model.pin, Pin { failures, locked_until });
    for reason in fresh.iter().flatten() {
        let Some(refusal) = Variant::of(reason) else { continue };
        let counted = match refusal.name.as_str() {
            "pin_incorrect" => {
                let left = refusal.body.get("attempts_left").and_then(Value::as_u64).unwrap_or(0);
                let one_more = failures == before.failures + 1
                    || (before.locked_until.is_some() && failures == 1);
                one_more && u64::from(PIN_FAILURES.saturating_sub(failures)) == left
            }
            "pin_locked" => {
                locked_until.is_some()
                    && refusal.body.get("until").and_then(Value::as_u64) == locked_until
            }
            _ => true,
        };
        if !counted {
            return Err(format!("did not count a wrong PIN: {failures} failures after {reason}"));
        }
    }
    Ok(())
}
