//! An independent model of the books, which looks at every write and every answer.
//!
//! It reads the stored JSON with types of its own, adds up in `i128`, computes hashes,
//! days and caps itself, and shares no arithmetic with the ledger. Each look costs what
//! has changed, not what is stored.

mod account;
mod adjustments;
mod answers;
mod arbiters;
mod bills;
mod cards;
mod cases;
mod charges;
mod documents;
mod entries;
mod events;
mod identity;
mod instruments;
mod internal;
mod journal;
mod limits;
mod operators;
mod proofs;
mod reading;
mod refunds;
mod settled;
mod settlements;
mod transfers;
mod visits;
mod wallets;

use std::collections::{BTreeMap, BTreeSet};

use feiqian_store::Pending;
use serde_json::Value;

use crate::history::Violation;
use crate::store::{Content, Write};
use account::AccountModel;
use adjustments::Adjustments;
use arbiters::OrderModel;
use bills::Bills;
use cases::Cases;
use charges::ChargeAnswer;
use documents::{CaseLog, Subscriber};
use events::Events;
use identity::Identities;
use instruments::{CodeModel, TokenModel};
use journal::JournalModel;
use refunds::{Part, RefundAnswer};

pub use answers::{Answer, Asked, check_error};
pub use charges::AskedCharge;
pub use proofs::Confirmed;
pub use refunds::AskedRefund;

/// What the auditor knows of the books.
#[derive(Debug, Default)]
pub struct Auditor {
    accounts: BTreeMap<String, AccountModel>,
    internals: BTreeMap<String, JournalModel>,
    orders: BTreeMap<String, OrderModel>,
    cases: BTreeMap<String, Case>,
    holdings: BTreeMap<(String, String), usize>,
    /// What each internal account remembers as posted.
    remembered: BTreeMap<String, BTreeSet<String>>,
    marks: BTreeMap<String, BTreeSet<String>>,
    /// The operations of each refund.
    refunds: BTreeMap<String, Vec<String>>,
    refund_answers: BTreeMap<(String, i64), Vec<RefundAnswer>>,
    security_pages: BTreeMap<String, Vec<u8>>,
    codes: BTreeMap<String, CodeModel>,
    tokens: BTreeMap<String, TokenModel>,
    /// What payers have confirmed of each payment.
    confirmed: BTreeMap<String, Vec<(String, i64, Confirmed)>>,
    /// The changes of limits that devices have signed, with the device.
    signed_limits: BTreeSet<(String, String)>,
    bills: Bills,
    reports: Cases,
    identities: Identities,
    charge_answers: BTreeMap<String, ChargeAnswer>,
    visits: visits::Visits,
    settlements: settlements::Settlements,
    adjustments: Adjustments,
    /// What each operator did, by operator and book.
    operator_logs: BTreeMap<String, operators::LogModel>,
    events: Events,
    /// The sum of every balance.
    balances: i128,
    /// The sum of every case's part in flight.
    in_flight: i128,
}

/// All that is known of one operation, from every document that names it.
#[derive(Debug, Default)]
struct Case {
    account: String,
    kind: Kind,
    amount: i64,
    order: Option<String>,
    /// Who gets it, if it is a transfer.
    payee: Option<String>,
    /// It takes from its account, if it is an adjustment.
    takes: bool,
    /// Whether its payee, or its account if it is an adjustment, has taken it or refused it for
    /// good.
    taken: Option<bool>,
    /// The account lists it as in flight.
    in_flight: bool,
    /// Its entry stands in the customer's journal.
    moved: bool,
    /// So does the entry that takes it back.
    reversed: bool,
    /// Its entry stands in an internal journal.
    booked: bool,
    /// Where its own document stands.
    state: Option<State>,
    /// What a card pays of it.
    card_part: i64,
    /// The meters that count it, if it is a payment.
    meters: Vec<&'static str>,
    /// The agreement under which a wallet charges it, and the day that it counts for.
    agreement: Option<(String, String)>,
    /// It redeems what was put into a wealth product.
    redeems: bool,
    /// It refunds what a card had paid.
    from_card: bool,
    /// Its order has been claimed by it: the bank may be asked.
    claimed: bool,
    /// Its card's part stands in bank clearing.
    cleared: bool,
    /// Its payer's journal says what of a refund a card got.
    noted: bool,
    /// Where it stands as a part of a refund.
    part_of_refund: Option<Part>,
    /// How the account says that it ended: whether it succeeded, else why not.
    outcome: Option<Result<(), Value>>,
    /// Whether the bank has taken the money or refused to.
    bank: Option<bool>,
    /// What clients were told, by what they had asked for.
    answers: Vec<(String, Answer)>,
    /// What it adds to the sum in flight.
    part: i128,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Kind {
    #[default]
    Unknown,
    Payment,
    TopUp,
    Withdrawal,
    Transfer,
    Refund,
    Adjustment,
    /// Of a merchant's day.
    Payout,
    /// Of a merchant's day.
    Fees,
}

/// Where an operation's document stands, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Created,
    Waiting,
    Requested,
    Debited,
    PaidOut,
    Succeeded,
    Failed,
}

impl Kind {
    /// Whether the bank moves it.
    const fn is_at_the_bank(self) -> bool {
        matches!(self, Self::TopUp | Self::Withdrawal | Self::Payout)
    }

    /// Whether its own document decides about it.
    const fn has_document(self) -> bool {
        matches!(self, Self::TopUp | Self::Withdrawal | Self::Transfer | Self::Adjustment)
    }

    fn of(text: &str) -> Self {
        match text {
            "payment" | "payment_reversal" => Self::Payment,
            "top_up" => Self::TopUp,
            "withdrawal" => Self::Withdrawal,
            "transfer" => Self::Transfer,
            "refund" => Self::Refund,
            "adjustment" => Self::Adjustment,
            _ => Self::Unknown,
        }
    }
}

impl State {
    fn of(text: &str) -> Option<Self> {
        Some(match text {
            "created" => Self::Created,
            "waiting" => Self::Waiting,
            "requested" => Self::Requested,
            "debited" => Self::Debited,
            "paid_out" => Self::PaidOut,
            "succeeded" => Self::Succeeded,
            "failed" => Self::Failed,
            _ => return None,
        })
    }
}

impl Case {
    /// What is in flight between two journals: the debit of a payment whose merchant is
    /// not credited yet, or of a withdrawal that clearing does not show yet; the credit of a
    /// top up that clearing does not show yet, or of a refund whose merchant is not debited
    /// yet. Each is counted only while the document that
    /// has to remember it says so.
    fn part_in_flight(&self) -> i128 {
        let if_so = |amount: i64, so: bool| if so { i128::from(amount) } else { 0 };
        match self.kind {
            Kind::Payment if self.in_flight => {
                let taken = self.moved && !self.reversed;
                if_so(self.amount - self.card_part, taken) - if_so(self.amount, self.booked)
                    + if_so(self.card_part, self.cleared)
            }
            Kind::Payout | Kind::Fees => {
                if_so(self.amount, self.moved) - if_so(self.amount, self.booked)
            }
            Kind::Adjustment => self.adjustment_in_flight(),
            Kind::Withdrawal | Kind::Transfer if self.in_flight => if_so(self.amount, !self.booked),
            Kind::TopUp if self.state == Some(State::Debited) => {
                -if_so(self.amount, self.moved && !self.booked)
            }
            Kind::Refund if self.part_of_refund.is_some_and(Part::is_open) => {
                if_so(self.amount, self.booked)
                    - if_so(self.amount, self.moved)
                    - if_so(self.amount, self.cleared)
            }
            _ => 0,
        }
    }

    /// Whether it can still move money and so needs a mark.
    fn is_open(&self) -> bool {
        let decides = [State::Requested, State::Debited, State::PaidOut];
        self.in_flight || self.state.is_some_and(|state| decides.contains(&state))
    }

    /// What the bank does for it, fen: above zero from the card, below zero to it.
    const fn at_the_bank(&self) -> i64 {
        match self.kind {
            Kind::Withdrawal | Kind::Refund | Kind::Payout => -self.amount,
            Kind::Payment => self.card_part,
            Kind::TopUp | Kind::Transfer | Kind::Adjustment | Kind::Fees | Kind::Unknown => {
                self.amount
            }
        }
    }

    fn was_refused(&self) -> bool {
        self.answers.iter().any(|(_, answer)| matches!(answer, Answer::Refused(_)))
    }
}

impl Auditor {
    /// Looks at a write that has just taken effect.
    ///
    /// # Errors
    /// The first invariant that does not hold any more.
    pub fn saw_write(&mut self, write: &Write, content: &Content) -> Result<(), Violation> {
        match write {
            Write::Swap { key, value, .. } | Write::First { key, value } => {
                self.saw_document(key, value, content)
            }
            Write::Put(documents) => {
                documents.iter().try_for_each(|(key, value)| self.saw_document(key, value, content))
            }
            Write::Mark(mark) => {
                self.marks.entry(subject_of(mark)).or_default().insert(mark.to_key());
                Ok(())
            }
            Write::Unmark(mark) => self.saw_unmark(mark),
            Write::Announce(_) | Write::Unannounce(_) => Ok(()),
        }
    }

    /// A page of a security log is the same whoever writes it.
    fn saw_security_page(&mut self, key: &str, value: &[u8]) -> Result<(), Violation> {
        let known = self.security_pages.entry(key.to_owned()).or_insert_with(|| value.to_vec());
        if *known == value {
            return Ok(());
        }
        Err(Violation::new(format!("the page {key} has changed"), &[key]))
    }

    fn saw_document(
        &mut self,
        key: &str,
        value: &[u8],
        content: &Content,
    ) -> Result<(), Violation> {
        match key.split_once('/').unwrap_or((key, "")) {
            ("account", _) => self.saw_account(documents::read(key, value)?, content)?,
            ("journal", rest) => self.saw_page(key, rest, value)?,
            ("internal", owner) => self.saw_internal(owner, documents::read(key, value)?)?,
            ("order", _) => self.saw_order(documents::read(key, value)?)?,
            ("outcome", _) => self.saw_outcome(documents::read(key, value)?)?,
            ("operation", _) => self.saw_operation(documents::read(key, value)?)?,
            ("security", _) => self.saw_security_page(key, value)?,
            ("operator_log", _) => self.saw_operator_log(key, value)?,
            ("operator_log_page", _) => self.saw_operator_log_page(key, value)?,
            ("payer_code", digits) => self.saw_code(digits, documents::read(key, value)?)?,
            ("bill", _) => self.saw_bill(documents::read(key, value)?)?,
            ("subscriber", _) => {
                let Subscriber { bills } = documents::read(key, value)?;
                self.saw_bill_list(key, bills)?;
            }
            ("nfc_token", id) => self.saw_token(id, documents::read(key, value)?)?,
            ("case", id) => self.saw_case(id, &documents::read(key, value)?)?,
            ("cases", _) => {
                let CaseLog { lines } = documents::read(key, value)?;
                self.saw_case_log(key, lines)?;
            }
            ("visit", _) => self.saw_visit(documents::read(key, value)?)?,
            ("event", _) => self.saw_event(key, value)?,
            ("events" | "event_page", _) => self.saw_event_log(key, value)?,
            ("merchant", _) => self.saw_merchant(documents::read(key, value)?)?,
            ("settlement", _) => self.saw_settlement(key, value)?,
            ("notes" | "person" | "endpoint" | "attempts", _) => {}
            ("insured" | "medical_code" | "visit_day", _) => {}
            _ => return Err(Violation::new(format!("no document has the key {key}"), &[key])),
        }
        self.check_sum(key)
    }

    /// Invariant 1: all balances and what is in flight sum to zero.
    fn check_sum(&self, key: &str) -> Result<(), Violation> {
        let sum = self.balances + self.in_flight;
        if sum == 0 {
            return Ok(());
        }
        let subject = key.split_once('/').map_or(key, |(_, id)| id);
        Err(Violation::new(format!("{sum} fen came out of nowhere with {key}"), &[subject]))
    }

    /// Changes what is known of an operation, and the sum in flight with it.
    fn change_case<T>(&mut self, operation: &str, change: impl FnOnce(&mut Case) -> T) -> T {
        let case = self.cases.entry(operation.to_owned()).or_default();
        let answer = change(case);
        let part = case.part_in_flight();
        self.in_flight += part - case.part;
        case.part = part;
        answer
    }

    fn saw_unmark(&mut self, mark: &Pending) -> Result<(), Violation> {
        let subject = subject_of(mark);
        if let Some(marks) = self.marks.get_mut(&subject) {
            marks.remove(&mark.to_key());
        }
        let open = self.cases.get(&subject).is_some_and(Case::is_open)
            || self.is_open_refund(&subject)
            || self.is_untold(&subject)
            || self.is_open_visit(&subject)
            || self.is_being_settled(&subject);
        if open && !self.is_marked(&subject) {
            let what = format!("the last mark of {subject} went while it is open");
            return Err(Violation::new(what, &[&subject]));
        }
        Ok(())
    }

    fn is_marked(&self, subject: &str) -> bool {
        self.marks.get(subject).is_some_and(|marks| !marks.is_empty())
    }

    fn saw_page(&mut self, key: &str, rest: &str, value: &[u8]) -> Result<(), Violation> {
        let owner = rest.split_once('/').map_or(rest, |(owner, _)| owner);
        let page = documents::read(key, value)?;
        let journal = match self.accounts.get_mut(owner) {
            Some(account) => Some(&mut account.journal),
            None => self.internals.get_mut(owner),
        };
        match journal {
            Some(journal) => journal.take_page(owner, &page, value),
            None => Err(Violation::new(format!("{key} has no journal"), &[owner])),
        }
    }
}

/// The operation or account that a mark is about: the last part of its name.
fn subject_of(mark: &Pending) -> String {
    mark.name.rsplit('.').next().unwrap_or_default().to_owned()
}
