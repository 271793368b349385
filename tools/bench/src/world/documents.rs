//! Documents as the ledger makes them.

use anyhow::{Context as _, Result, bail};
use feiqian_calendar::{Calendar, Timestamp};
use feiqian_identity::{SealKeys, Sealed};
use feiqian_ledger::account::{Holder, OpenAccount, PinVerifier};
use feiqian_ledger::partner::KeyId;
use feiqian_ledger::{
    Account, AccountId, CustomerId, Document, EntryKind, Fingerprint, InternalAccount,
    InternalName, Merchant, MerchantId, Movement, NewOrder, OperationId, Order, OrderId, Origin,
    Page, PartnerId, PersonId, Region, SHARDS, shard_of,
};
use feiqian_limits::AccountClass;
use feiqian_money::Amount;
use feiqian_signing::{PinPepper, SessionKey};
use feiqian_xtask::api::{Caller, now};
use feiqian_xtask::demo::PIN;
use feiqian_xtask::development;

use super::fill::Stored;

/// What is on each account at first: enough for every payment of a run.
const BALANCE: Amount = Amount::from_minor(1_000_000);

/// What each order is about. An account may spend 1,000.00 a day with a PIN alone (RULES
/// section 2), which a payer of this would reach after 100,000 payments.
pub const ORDER_AMOUNT: Amount = Amount::from_minor(1);

/// [`ORDER_AMOUNT`] on the wire.
pub const ORDER_VALUE: &str = "0.01";

/// The offset of the region's days, as spin.toml has it unless told otherwise.
const UTC_OFFSET: &str = "+08:00";

/// The region, as spin.toml has it unless told otherwise.
const REGION: &str = "cn1";

/// Who exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Population {
    /// Accounts, of as many customers.
    pub accounts: u64,
    /// Merchants.
    pub merchants: u64,
    /// Entries in the journal of each account before anything is measured, at least one.
    pub entries: u64,
}

/// The people of a [`Population`], by number.
pub struct People {
    /// How many there are.
    pub population: Population,
    region: Region,
    partner: PartnerId,
    calendar: Calendar,
    sealed: Sealed,
    pepper: PinPepper,
    sessions: SessionKey,
    begun: Timestamp,
}

impl People {
    /// They live in the development region, with the development keys.
    ///
    /// # Errors
    ///
    /// Never with the keys of this repository.
    pub fn new(population: Population) -> Result<Self> {
        let seal = SealKeys::parse(development::SEAL_KEYS)?;
        let partner = KeyId::parse(development::PARTNER_KEY_ID).context("no key id")?.partner;
        Ok(Self {
            population,
            region: Region::parse(REGION)?,
            partner,
            calendar: Calendar::parse(UTC_OFFSET)?,
            sealed: seal.seal("benchmark", "12345678901234567", [7; Sealed::NONCE_BYTES])?,
            pepper: PinPepper::from_base64(development::PIN_PEPPER)?,
            sessions: SessionKey::from_base64(development::SESSION_KEY)?,
            begun: now(),
        })
    }

    /// A customer.
    #[must_use]
    pub fn customer(&self, number: u64) -> CustomerId {
        CustomerId::derive(self.region, &[self.partner.as_str(), &format!("bench-{number}")])
    }

    /// Their account.
    #[must_use]
    pub fn account(&self, number: u64) -> AccountId {
        AccountId::derive(self.region, &[self.customer(number).as_str(), "bench"])
    }

    /// Their session, good for 15 minutes.
    ///
    /// # Errors
    ///
    /// Never with the keys of this repository.
    pub fn session(&self, number: u64) -> Result<Caller> {
        let customer = self.customer(number);
        let token = self.sessions.issue(customer.as_str(), self.partner.as_str(), now())?;
        Ok(Caller::Bearer(token))
    }

    /// A merchant.
    #[must_use]
    pub fn merchant(&self, number: u64) -> MerchantId {
        MerchantId::derive(self.region, &[self.partner.as_str(), &format!("bench-{number}")])
    }

    /// An order.
    #[must_use]
    pub fn order(&self, number: u64) -> OrderId {
        OrderId::derive(self.region, &[self.partner.as_str(), &format!("bench-{number}")])
    }

    /// Lays accounts, merchants and what the bank owes us into a store.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    pub fn settle_in(&self, store: &mut impl Stored) -> Result<()> {
        let Population { accounts, merchants, .. } = self.population;
        let mut clearing = self.empty_shards(InternalName::BankClearing);
        for number in 0..accounts {
            for document in self.account_documents(number, &mut clearing)? {
                store.put(document)?;
            }
        }
        for number in 0..merchants {
            let id = self.merchant(number);
            for shard in self.empty_shards(InternalName::Merchant(id.clone())) {
                store.put((InternalAccount::key(&shard.name, shard.shard), shard.encode()?))?;
            }
            let (name, category) = ("东门面包房".to_owned(), "bakery".to_owned());
            let merchant = Merchant::new(id, self.partner.clone(), name, category, self.begun);
            store.put((Merchant::key(&merchant.id), merchant.encode()?))?;
        }
        for shard in clearing {
            store.put((InternalAccount::key(&shard.name, shard.shard), shard.encode()?))?;
        }
        store.finish()
    }

    /// Lays open orders into a store; the merchants take turns.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    pub fn place_orders(
        &self,
        store: &mut impl Stored,
        numbers: std::ops::Range<u64>,
    ) -> Result<()> {
        for number in numbers {
            let order = Order::new(NewOrder {
                id: self.order(number),
                partner: self.partner.clone(),
                merchant: self.merchant(number % self.population.merchants),
                payee_name: "东门面包房".to_owned(),
                category: "bakery".to_owned(),
                amount: ORDER_AMOUNT,
                description: "两个菠萝包".to_owned(),
                reference: format!("R-{number:08}"),
                origin: Origin::Online,
                lifetime_s: 24 * 60 * 60,
                now: now(),
            });
            store.put((Order::key(&order.id), order.encode()?))?;
        }
        store.finish()
    }

    fn empty_shards(&self, name: InternalName) -> Vec<InternalAccount> {
        (0..SHARDS).map(|shard| InternalAccount::new(name.clone(), shard)).collect()
    }

    /// An account in use with its pages, the money in it booked at the bank as well.
    fn account_documents(
        &self,
        number: u64,
        clearing: &mut [InternalAccount],
    ) -> Result<Vec<(String, Vec<u8>)>> {
        let (id, shard) = (self.account(number), shard_of(self.account(number).as_str()));
        let holder = Holder {
            person: PersonId::from_digest(format!("{number:032x}")),
            name: self.sealed.clone(),
            name_masked: "张*".to_owned(),
            resident_id: self.sealed.clone(),
            resident_id_masked: "110105********0018".to_owned(),
            mobile: self.sealed.clone(),
            mobile_masked: "138****1234".to_owned(),
        };
        let mut account = Account::open(
            OpenAccount {
                id: id.clone(),
                customer: self.customer(number),
                class: AccountClass::II,
                holder,
                card_number: self.sealed.clone(),
                fingerprint: Fingerprint::of(&["benchmark"]),
                clearing_shard: shard,
                now: self.begun,
            },
            self.calendar,
        );
        account.finish_opening(Ok(()));
        let verifier = PinVerifier::from_digest(self.pepper.verifier(id.as_str(), PIN).into());
        if let Err(refusal) = account.set_pin(verifier, None, self.begun) {
            bail!("an account took no PIN: {refusal:?}");
        }
        let mut documents = Vec::new();
        for entry in 0..self.population.entries.max(1) {
            // The first one brings the money; the others take a cent and bring it back.
            let amount = match entry {
                0 => BALANCE,
                odd if odd % 2 == 1 => Amount::from_minor(-1),
                _ => Amount::from_minor(1),
            };
            if let Some(page) = account.journal.full_page() {
                documents.push((Page::key(id.as_str(), page.number), page.encode()?));
                account.journal.drop_page(&page);
            }
            account.journal.post(self.movement(&id, entry, amount))?;
        }
        let money = account.balance().checked_neg()?;
        let clearing = clearing.get_mut(usize::from(shard)).context("no such shard")?;
        let counterparty = id.to_string();
        if let Some(page) = clearing.journal.full_page() {
            let owner = InternalAccount::owner(&clearing.name, clearing.shard);
            documents.push((Page::key(&owner, page.number), page.encode()?));
            clearing.journal.drop_page(&page);
        }
        clearing.journal.post(Movement { counterparty, ..self.movement(&id, 0, money) })?;
        documents.push((Account::key(&id), account.encode()?));
        Ok(documents)
    }

    fn movement(&self, account: &AccountId, entry: u64, amount: Amount) -> Movement {
        Movement {
            operation: OperationId::derive(self.region, &[account.as_str(), &entry.to_string()]),
            kind: EntryKind::TopUp,
            amount,
            by_card: Amount::ZERO,
            at: self.begun,
            counterparty: "6216**********0018".to_owned(),
        }
    }
}
