//! A platform for tests, and shorthand for what most of them begin with.

use crate::insurer::FakeInsurer;
use crate::mortal_store::MortalStore;
use feiqian_bank_api::{
    AccountKind, BankReply, BankRequest, CodeResult, Deposit, FaceResult, MoneyStatus,
    StatementLine, Verification,
};
use feiqian_calendar::{Calendar, Timestamp};
use feiqian_flows::{
    Bank, BeginBindingRequest, CardMove, CardMoveRequest, ConfirmBindingRequest,
    CreateMerchantRequest, CreateOrderRequest, FlowError, InProcess, Mark, OpenAccountRequest,
    Paid, PayOrderRequest, PendingItem, Platform, Policy, RESUME_AFTER_MS, SetPinRequest, Vault,
    begin_binding, confirm_binding, create_merchant, create_order, finish_payment, list_pending,
    open_account, pay_order, run_worker, set_pin, settle_card_move, top_up, withdraw,
};
use feiqian_identity::{CardNumber, HolderName, Mobile, OneTimeCode, Pin, ResidentId, SealKeys};
use feiqian_ledger::account::PayBy;
use feiqian_ledger::{
    Account, AccountId, CardId, CustomerId, Document, InternalAccount, InternalName, MerchantId,
    Order, OrderId, PartnerId, Region,
};
use feiqian_limits::{AccountClass, RuleSet};
use feiqian_money::Amount;
use feiqian_signing::{IndexKey, PinPepper};
use futures::FutureExt;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;

pub const PIN: &str = "280514";

/// 32 bytes of `1` as base64.
const KEY: &str = "MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE=";

/// The number of the account that merchants are paid out to.
pub const COMPANY_ACCOUNT: &str = "6222000000000001";

/// How the bank of [`World`] takes a debit or a credit that it has not seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mood {
    /// It settles and says so.
    #[default]
    Settles,
    /// It rejects.
    Rejects,
    /// It settles, and the answer is lost.
    SettlesInSilence,
    /// The request is lost.
    Loses,
}

#[derive(Default)]
pub struct FakeBank {
    pub mood: Cell<Mood>,
    pub kind: Cell<Option<AccountKind>>,
    pub face: Cell<Option<FaceResult>>,
    /// Whether it gives statements.
    pub statement: Cell<bool>,
    /// The lines of its statements, by day.
    pub lines: RefCell<BTreeMap<String, Vec<StatementLine>>>,
    /// Whether reports get no answer.
    pub deaf_to_reports: Cell<bool>,
    /// The request ids of the reports that it took.
    pub reports: RefCell<Vec<String>>,
    /// What others have sent, by the bank's number, until it was told what became of it.
    pub deposits: RefCell<BTreeMap<String, Deposit>>,
    /// Deposits that were answered: whether they were taken, and how much.
    answered: RefCell<BTreeMap<String, (bool, Amount)>>,
    /// Whether answers about deposits are heard, and not acknowledged.
    pub mute_about_deposits: Cell<bool>,
    books: RefCell<BTreeMap<String, (MoneyStatus, Amount)>>,
    /// Request ids in the order in which they came.
    pub order: RefCell<Vec<String>>,
}

impl FakeBank {
    /// What a statement says of everything that has settled so far, in order.
    pub fn settled_lines(&self) -> Vec<StatementLine> {
        let books = self.books.borrow();
        let order = self.order.borrow();
        let settled = order.iter().filter(|id| books[*id].0 == MoneyStatus::Settled);
        settled
            .map(|id| {
                let amount = books[id].1;
                let is_debit = amount.is_positive();
                StatementLine {
                    request_id: id.clone(),
                    kind: if is_debit { "debit" } else { "credit" }.into(),
                    amount: if is_debit { amount } else { amount.checked_neg().unwrap() }.into(),
                    settled_at_ms: 0,
                }
            })
            .collect()
    }

    /// What was taken from cards less what was paid to them, and what others deposited, in all.
    pub fn debited(&self) -> i64 {
        let books = self.books.borrow();
        let settled = books.values().filter(|(status, _)| *status == MoneyStatus::Settled);
        let by_card: i64 = settled.map(|(_, amount)| amount.minor()).sum();
        let answered = self.answered.borrow();
        let taken = answered.values().filter(|(taken, _)| *taken);
        by_card + taken.map(|(_, amount)| amount.minor()).sum::<i64>()
    }

    /// Somebody sends money to an account.
    pub fn receive(&self, reference: &str, account: &str, fen: i64) {
        let deposit = Deposit {
            reference: reference.into(),
            account: account.into(),
            amount: Amount::from_minor(fen).into(),
            payer: "李*".into(),
        };
        self.deposits.borrow_mut().insert(reference.into(), deposit);
    }

    /// Whether a deposit was taken, if that is known.
    pub fn was_taken(&self, reference: &str) -> Option<bool> {
        self.answered.borrow().get(reference).map(|(taken, _)| *taken)
    }

    fn hear(&self, reference: String, taken: bool) -> BankReply {
        let waiting = self.deposits.borrow_mut().remove(&reference);
        if let Some(deposit) = waiting {
            let known = (taken, deposit.amount.amount);
            self.answered.borrow_mut().insert(reference, known);
        } else {
            assert_eq!(self.was_taken(&reference), Some(taken), "it was told otherwise before");
        }
        if self.mute_about_deposits.get() { BankReply::Unknown } else { BankReply::DepositAnswered }
    }

    fn transfer(&self, id: String, amount: Amount) -> BankReply {
        let mut books = self.books.borrow_mut();
        if let Some((status, _)) = books.get(&id) {
            return BankReply::Money { status: status.clone() };
        }
        let reason = feiqian_bank_api::DeclineReason::InsufficientFunds;
        let status = match self.mood.get() {
            Mood::Loses => return BankReply::Unknown,
            Mood::Settles | Mood::SettlesInSilence => MoneyStatus::Settled,
            Mood::Rejects => MoneyStatus::Rejected { reason },
        };
        books.insert(id.clone(), (status.clone(), amount));
        self.order.borrow_mut().push(id);
        match self.mood.get() {
            Mood::SettlesInSilence => BankReply::Unknown,
            _ => BankReply::Money { status },
        }
    }
}

#[derive(Default)]
pub struct World {
    pub store: MortalStore,
    pub bank: FakeBank,
    pub insurer: FakeInsurer,
    pub clock: Cell<u64>,
    random: Cell<u8>,
}

impl Bank for World {
    async fn request(&self, request: BankRequest) -> BankReply {
        self.store.fate.call().await;
        let kind = self.bank.kind.get().unwrap_or(AccountKind::ClassI);
        match request {
            BankRequest::VerifyCard { .. } => {
                BankReply::Verified { verification: Verification::Matched { kind } }
            }
            BankRequest::VerifyFace { .. } => match self.bank.face.get() {
                Some(result) => BankReply::Face { result },
                None => BankReply::Unknown,
            },
            BankRequest::SendCode { .. } => BankReply::CodeSent,
            BankRequest::CheckCode { code, .. } if code == "888888" => BankReply::CodeChecked {
                result: CodeResult::Accepted {
                    agreement: "agreement".into(),
                    bank_name: "Bank".into(),
                    kind,
                },
            },
            BankRequest::CheckCode { .. } => BankReply::CodeChecked { result: CodeResult::Wrong },
            BankRequest::Debit { request_id, amount, .. } => {
                self.bank.transfer(request_id, amount.amount)
            }
            BankRequest::Credit { request_id, amount, .. } => {
                self.bank.transfer(request_id, amount.amount.checked_neg().unwrap())
            }
            BankRequest::CreditAccount { request_id, amount, account_number, .. } => {
                assert_eq!(
                    account_number, COMPANY_ACCOUNT,
                    "it is sent in plain, and to nobody else"
                );
                self.bank.transfer(request_id, amount.amount.checked_neg().unwrap())
            }
            BankRequest::Query { request_id } => {
                let status = self.bank.books.borrow().get(&request_id).map(|(s, _)| s.clone());
                BankReply::Money { status: status.unwrap_or(MoneyStatus::NotFound) }
            }
            BankRequest::ReportAbnormal { .. } if self.bank.deaf_to_reports.get() => {
                BankReply::Unknown
            }
            BankRequest::ReportAbnormal { request_id, .. } => {
                let mut reports = self.bank.reports.borrow_mut();
                if !reports.contains(&request_id) {
                    reports.push(request_id);
                }
                BankReply::ReportTaken
            }
            BankRequest::Deposits => {
                let deposits = self.bank.deposits.borrow().values().cloned().collect();
                BankReply::Deposits { deposits }
            }
            BankRequest::AnswerDeposit { reference, taken, .. } => self.bank.hear(reference, taken),
            BankRequest::Statement { day } if self.bank.statement.get() => {
                let lines = self.bank.lines.borrow().get(&day).cloned();
                BankReply::Statement { lines: lines.unwrap_or_default() }
            }
            BankRequest::Statement { .. } => BankReply::Unknown,
        }
    }
}

impl Platform for World {
    type Store = MortalStore;
    type Bank = Self;
    type Insurer = Self;

    fn store(&self) -> &MortalStore {
        &self.store
    }

    fn bank(&self) -> &Self {
        self
    }

    fn insurer(&self) -> &Self {
        self
    }

    fn region(&self) -> Region {
        Region::EXAMPLE
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.clock.get())
    }

    async fn sleep_ms(&self, millis: u64) {
        self.clock.set(self.clock.get() + millis);
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        self.random.set(self.random.get().wrapping_add(1));
        bytes.fill(self.random.get());
    }
}

pub fn policy() -> Policy {
    policy_of(RuleSet::BANK_ACCOUNTS)
}

pub fn policy_of(rule_set: &str) -> Policy {
    let rules = RuleSet::named(rule_set).unwrap();
    Policy { calendar: Calendar::CHINA, rules: Box::leak(Box::new(rules)) }
}

pub fn vault() -> Vault {
    let keys = format!(r#"{{"active":"k1","keys":{{"k1":"{KEY}"}}}}"#);
    Vault { seal: SealKeys::parse(&keys).unwrap(), index: IndexKey::from_base64(KEY).unwrap() }
}

pub fn pepper() -> PinPepper {
    PinPepper::from_base64(KEY).unwrap()
}

/// Runs a flow of which nothing waits; none if the process died in it.
pub fn run<T>(flow: impl Future<Output = T>) -> Option<T> {
    flow.now_or_never()
}

/// An account with a PIN and a card.
pub struct Family {
    pub customer: CustomerId,
    pub account: AccountId,
    pub card: CardId,
}

impl World {
    /// 2026-11-23 12:00 in China.
    pub fn new() -> Self {
        let world = Self::default();
        world.clock.set(1_795_406_400_000);
        world
    }

    /// Lets the process die before the call number `calls` from now, or never.
    pub fn die_after(&self, calls: Option<usize>) {
        self.store.fate.calls_left.set(calls);
    }

    /// Store and bank calls made so far.
    pub fn calls(&self) -> usize {
        self.store.fate.calls.get()
    }

    /// Bytes of keys and values written so far.
    pub fn written(&self) -> usize {
        self.store.fate.written.get()
    }

    pub fn open_request(&self, name: &str, class: AccountClass) -> OpenAccountRequest {
        OpenAccountRequest {
            customer: CustomerId::derive(Region::EXAMPLE, &[name]),
            key: format!("open {name}"),
            class,
            name: HolderName::parse("张三").unwrap(),
            resident_id: ResidentId::parse("11010519491231002X").unwrap(),
            mobile: Mobile::parse("13800138000").unwrap(),
            card_number: CardNumber::parse("6216261000000000018").unwrap(),
        }
    }

    pub fn family(&self, name: &str, class: AccountClass) -> Family {
        self.family_of(self.open_request(name, class))
    }

    pub fn family_of(&self, request: OpenAccountRequest) -> Family {
        let customer = request.customer.clone();
        let opened = run(open_account(self, &policy(), &vault(), request)).unwrap().unwrap();
        let account = opened.account.id;
        let begin = BeginBindingRequest {
            customer: customer.clone(),
            key: "bind".into(),
            account: account.clone(),
            card_number: CardNumber::parse("6216261000000000018").unwrap(),
            mobile: Mobile::parse("13800138000").unwrap(),
        };
        let begun = run(begin_binding(self, &vault(), begin)).unwrap().unwrap();
        let confirm = ConfirmBindingRequest {
            customer: customer.clone(),
            key: "confirm".into(),
            account: account.clone(),
            binding: begun.binding.id,
            code: OneTimeCode::parse("888888").unwrap(),
        };
        let card = run(confirm_binding(self, confirm)).unwrap().unwrap().card.id;
        let pin = SetPinRequest {
            customer: customer.clone(),
            account: account.clone(),
            pin: Pin::parse(PIN).unwrap(),
            current_pin: None,
        };
        run(set_pin(self, &vault(), &pepper(), pin)).unwrap().unwrap();
        Family { customer, account, card }
    }

    pub fn top_up(
        &self,
        family: &Family,
        key: &str,
        fen: i64,
    ) -> Option<Result<CardMove, FlowError>> {
        run(top_up(self, &policy(), &pepper(), self.card_move(family, key, fen)))
    }

    pub fn withdraw(
        &self,
        family: &Family,
        key: &str,
        fen: i64,
    ) -> Option<Result<CardMove, FlowError>> {
        run(withdraw(self, &policy(), &pepper(), self.card_move(family, key, fen)))
    }

    pub fn card_move(&self, family: &Family, key: &str, fen: i64) -> CardMoveRequest {
        CardMoveRequest {
            customer: family.customer.clone(),
            key: key.into(),
            account: family.account.clone(),
            card: family.card.clone(),
            amount: Amount::from_minor(fen),
            pin: Pin::parse(PIN).unwrap(),
            confirmation: None,
        }
    }

    /// What follows the answer.
    pub fn settle_card_move(&self, moved: &CardMove) {
        if let Some(pending) = &moved.unsettled {
            run(settle_card_move(self, &policy(), pending)).unwrap().unwrap();
        }
    }

    /// A top up with all that follows its answer.
    pub fn fund(&self, family: &Family, key: &str, fen: i64) {
        let topped_up = self.top_up(family, key, fen).unwrap().unwrap();
        self.settle_card_move(&topped_up);
    }

    pub fn order(&self, key: &str, fen: i64) -> OrderId {
        self.order_at("food", key, fen)
    }

    /// An order of a merchant of this category.
    pub fn order_at(&self, category: &str, key: &str, fen: i64) -> OrderId {
        let partner = PartnerId::parse("par_demo").unwrap();
        let merchant = CreateMerchantRequest {
            partner: partner.clone(),
            key: if category == "food" { "merchant" } else { category }.into(),
            name: "Noodles".into(),
            category: category.into(),
        };
        let merchant = run(create_merchant(self, merchant)).unwrap().unwrap().document.id;
        let order = CreateOrderRequest {
            partner,
            key: key.into(),
            merchant,
            amount: Amount::from_minor(fen),
            description: "Lunch".into(),
            reference: "1".into(),
            lifetime_s: 900,
        };
        run(create_order(self, order)).unwrap().unwrap().document.id
    }

    pub fn pay_request(
        &self,
        family: &Family,
        key: &str,
        order: &OrderId,
        fen: i64,
    ) -> PayOrderRequest {
        PayOrderRequest {
            customer: family.customer.clone(),
            key: key.into(),
            account: family.account.clone(),
            order: order.clone(),
            amount: Amount::from_minor(fen),
            pin: Pin::parse(PIN).unwrap(),
            from: PayBy::Balance,
            confirmation: None,
        }
    }

    pub fn pay(&self, request: PayOrderRequest) -> Option<Result<Paid, FlowError>> {
        run(pay_order(self, &policy(), &pepper(), request))
    }

    pub fn settle(&self, paid: &Paid) {
        if let Some(unsettled) = paid.unsettled.clone() {
            run(finish_payment(self, unsettled)).unwrap().unwrap();
        }
    }

    /// Lets the worker run once, now, whatever comes of it.
    pub fn work_once(&self) {
        let (policy, vault) = (policy(), vault());
        let settler = InProcess { platform: self, policy: &policy, vault: &vault };
        run(run_worker(self, &settler)).unwrap().unwrap();
    }

    /// Lets the worker run, later, until nothing is pending.
    pub fn work_until_quiet(&self) {
        for _ in 0..20 {
            self.clock.set(self.clock.get() + RESUME_AFTER_MS);
            let (policy, vault) = (policy(), vault());
            let settler = InProcess { platform: self, policy: &policy, vault: &vault };
            let report = run(run_worker(self, &settler)).unwrap().unwrap();
            assert_eq!(report.failures, []);
            if self.pending() == 0 {
                return;
            }
        }
        panic!("the worker does not come to an end");
    }

    /// Marks of what is under way: a merchant's stands between its days as well.
    pub fn pending(&self) -> usize {
        let items = run(list_pending(self, 100)).unwrap().unwrap();
        let stands = |item: &&PendingItem| {
            matches!(item.mark, Some(Mark::Settlement(_))) && item.state == Some("waiting")
        };
        items.iter().filter(|item| !stands(item)).count()
    }

    /// What an internal account has in all its shards.
    pub fn internal_balance(&self, name: &InternalName) -> i64 {
        let accounts = self.documents::<InternalAccount>("internal/");
        let of_name = accounts.iter().filter(|account| account.name == *name);
        of_name.map(|account| account.balance().minor()).sum()
    }

    pub fn documents<D: Document>(&self, prefix: &str) -> Vec<D> {
        let all = self.store.inner.documents();
        let of_kind = all.iter().filter(|(key, _)| key.starts_with(prefix));
        of_kind.map(|(_, bytes)| D::decode(bytes).unwrap()).collect()
    }

    pub fn account(&self, family: &Family) -> Account {
        let accounts = self.documents::<Account>("account/");
        accounts.into_iter().find(|account| account.id == family.account).unwrap()
    }

    pub fn load_order(&self, id: &OrderId) -> Order {
        self.documents::<Order>("order/").into_iter().find(|order| order.id == *id).unwrap()
    }

    /// What merchants have been credited, in all.
    pub fn merchants_balance(&self) -> i64 {
        let accounts = self.documents::<InternalAccount>("internal/");
        let merchants = accounts.iter().filter(|a| matches!(a.name, InternalName::Merchant(_)));
        merchants.map(|account| account.balance().minor()).sum()
    }

    /// Checks what holds at any time, whatever has died: an audit finds no fault.
    pub fn check_whole(&self) {
        let (totals, findings) = self.audit(100);
        assert_eq!(findings, []);
        assert!(totals.is_balanced(), "{totals:?}");
    }

    /// Checks what holds when nothing is in flight: every journal's chain, no negative
    /// balance, money conserved, our clearing account equal to the bank's books.
    pub fn check_quiet(&self) {
        assert_eq!(self.pending(), 0);
        let accounts = self.documents::<Account>("account/");
        let mut sum = 0;
        for account in &accounts {
            assert_eq!(account.journal.verify(), Ok(()));
            assert_eq!(account.in_flight(), [], "{}", account.id);
            assert!(!account.balance().is_negative());
            sum += account.balance().minor();
        }
        let mut clearing = 0;
        for internal in self.documents::<InternalAccount>("internal/") {
            assert_eq!(internal.journal.verify(), Ok(()));
            sum += internal.balance().minor();
            if internal.name == InternalName::BankClearing {
                clearing += internal.balance().minor();
            }
        }
        self.check_whole();
        assert_eq!(self.audit(100).0.in_flight, Amount::ZERO);
        assert_eq!(sum, 0, "money is conserved");
        assert_eq!(clearing, -self.bank.debited(), "the bank's books are ours");
    }
}

/// The merchant of [`World::order`].
pub fn merchant() -> MerchantId {
    MerchantId::derive(Region::EXAMPLE, &["par_demo", "merchant"])
}

/// Where documents go that a later version has to read: set it, and run these tests with
/// `--test-threads=1`.
const DOCUMENTS: &str = "FEIQIAN_DOCUMENTS";

/// The longest document that is kept so: enough for one that has something in every list.
const DOCUMENT_BYTES_MAX: usize = 16 * 1024;

impl Drop for World {
    /// Keeps the longest document of each kind, if it was asked for.
    fn drop(&mut self) {
        let Some(dir) = std::env::var_os(DOCUMENTS).map(std::path::PathBuf::from) else { return };
        for (key, bytes) in self.store.inner.documents() {
            let kind = key.split('/').next().unwrap_or_default();
            let Ok(document) = serde_json::from_slice::<serde_json::Value>(&bytes) else {
                continue;
            };
            // A case writes the schema 999 on purpose.
            let schema = document["schema"].as_u64().filter(|schema| *schema < 999);
            let Some(schema) = schema else { continue };
            let path = dir.join(format!("{kind}.{schema}.json"));
            let text = format!("{document:#}\n");
            let known = std::fs::metadata(&path).map_or(0, |file| file.len());
            if bytes.len() <= DOCUMENT_BYTES_MAX && text.len() as u64 > known {
                std::fs::write(path, text).unwrap();
            }
        }
    }
}
