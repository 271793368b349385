use std::collections::{BTreeMap, BTreeSet};

use feiqian_bank_api::{
    AccountKind, BankReply, BankRequest, CodeResult, DeclineReason, FaceResult, MoneyStatus,
    Verification,
};

use crate::clock::{DAY_MS, HOUR_MS};
use crate::dice::Dice;
use crate::world::World;

/// The code that the bank sends to every mobile.
pub const CODE: &str = "135790";

/// How long the bank takes over a debit at the most, milliseconds.
const PROCESSING_MAX_MS: u64 = 2 * HOUR_MS;

/// How long a person waits with coming to the bank at the most, milliseconds.
const FACE_WAIT_MAX_MS: u64 = 9 * DAY_MS;

/// The bank's own books. The auditor compares them with ours.
#[derive(Debug)]
pub struct Books {
    dice: Dice,
    codes: BTreeMap<String, String>,
    money: BTreeMap<String, Transfer>,
    agreements: BTreeSet<String>,
    /// Face-to-face verifications: from when on what becomes of each is known, and whether it
    /// is passed.
    faces: BTreeMap<String, (u64, bool)>,
}

/// A debit or a credit of a card that the bank has been asked for.
#[derive(Debug, Clone)]
pub struct Transfer {
    /// How much, fen: above zero from the card, below zero to it.
    pub amount: i64,
    /// What becomes of it.
    end: End,
    /// From when on it is known, true time in milliseconds.
    known_from_ms: u64,
    /// Whether the auditor has been told.
    told: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Settled,
    Rejected(DeclineReason),
    /// Refused without a word on money.
    Declined(DeclineReason),
}

impl Books {
    /// Empty books.
    #[must_use]
    pub fn new(dice: &Dice) -> Self {
        Self {
            dice: dice.fork(),
            codes: BTreeMap::new(),
            money: BTreeMap::new(),
            agreements: BTreeSet::new(),
            faces: BTreeMap::new(),
        }
    }

    /// The money taken from cards and, below zero, paid to them, by request id.
    pub fn settled(&self, now_ms: u64) -> impl Iterator<Item = (&str, i64)> {
        self.money
            .iter()
            .filter(move |(_, known)| known.end == End::Settled && known.known_from_ms <= now_ms)
            .map(|(id, known)| (id.as_str(), known.amount))
    }

    /// The request ids of all that the bank has been asked to move.
    pub fn request_ids(&self) -> impl Iterator<Item = &str> {
        self.money.keys().map(String::as_str)
    }

    /// A card's number says how the bank treats it: it ends in this digit before the
    /// check digit.
    fn trait_of(card_number: &str) -> u8 {
        card_number.as_bytes().iter().rev().nth(1).map_or(0, |digit| digit - b'0')
    }

    fn verify(card_number: &str) -> Verification {
        match Self::trait_of(card_number) {
            8 => Verification::Matched { kind: AccountKind::ClassII },
            9 => Verification::Refused { reason: DeclineReason::ElementsMismatch },
            7 => Verification::Matched { kind: AccountKind::CreditCard },
            _ => Verification::Matched { kind: AccountKind::ClassI },
        }
    }

    fn check_code(&mut self, sent_for: &str, code: &str) -> CodeResult {
        let Some(card_number) = self.codes.get(sent_for) else { return CodeResult::Expired };
        if code != CODE {
            return CodeResult::Wrong;
        }
        let agreement = format!("agr-{card_number}-{sent_for}");
        self.agreements.insert(agreement.clone());
        let (bank_name, kind) = ("Bank of Simulation".to_owned(), AccountKind::ClassI);
        CodeResult::Accepted { agreement, bank_name, kind }
    }

    /// How a face-to-face verification stands: a person comes at once, in some days, or too
    /// late.
    fn face(&mut self, id: &str, now_ms: u64) -> FaceResult {
        let dice = &self.dice;
        let (known_from_ms, passed) = *self.faces.entry(id.to_owned()).or_insert_with(|| {
            let wait = if dice.chance(5_000) { 0 } else { dice.between(0, FACE_WAIT_MAX_MS) };
            (now_ms + wait, dice.chance(8_000))
        });
        match passed {
            _ if now_ms < known_from_ms => FaceResult::Pending,
            true => FaceResult::Passed,
            false => FaceResult::Failed,
        }
    }

    /// A transfer under a card's agreement, or to an account at any bank.
    fn transfer(&mut self, world: &World, id: &str, is_agreed: bool, amount: i64) -> BankReply {
        if let Some(known) = self.money.get(id) {
            return known.reply(world);
        }
        let decline = world.faults.strikes(&world.dice, |rates| rates.bank_decline);
        let slow = world.faults.strikes(&world.dice, |rates| rates.bank_processing);
        let end = match (is_agreed, decline, self.dice.below(3)) {
            (false, _, _) => End::Rejected(DeclineReason::AgreementInvalid),
            (true, true, 0) => End::Declined(DeclineReason::CardFrozen),
            (true, true, 1) => End::Rejected(DeclineReason::CardLost),
            (true, true, _) => End::Rejected(DeclineReason::InsufficientFunds),
            (true, false, _) => End::Settled,
        };
        let wait = if slow { self.dice.between(0, PROCESSING_MAX_MS) } else { 0 };
        let known_from_ms = world.clock.elapsed_ms() + wait;
        let transfer = Transfer { amount, end, known_from_ms, told: false };
        let reply = transfer.reply(world);
        self.money.insert(id.to_owned(), transfer);
        reply
    }

    /// What has been decided since the last call, with whether money moved.
    fn news(&mut self, now_ms: u64) -> Vec<(String, Transfer, bool)> {
        let fresh = |known: &Transfer| !known.told && known.known_from_ms <= now_ms;
        let mut news = Vec::new();
        for (id, known) in self.money.iter_mut().filter(|(_, known)| fresh(known)) {
            known.told = true;
            news.push((id.clone(), known.clone(), known.end == End::Settled));
        }
        news
    }
}

impl Transfer {
    fn reply(&self, world: &World) -> BankReply {
        if world.clock.elapsed_ms() < self.known_from_ms {
            return BankReply::Money { status: MoneyStatus::Processing };
        }
        match self.end {
            End::Settled => BankReply::Money { status: MoneyStatus::Settled },
            End::Rejected(reason) => BankReply::Money { status: MoneyStatus::Rejected { reason } },
            End::Declined(reason) => BankReply::Declined { reason },
        }
    }
}

/// Request id, bank and amount of a payout to an account at any bank.
const fn payout_of(request: &BankRequest) -> Option<(&String, &String, i64)> {
    match request {
        BankRequest::CreditAccount { request_id, bank_code, amount, .. } => {
            Some((request_id, bank_code, amount.amount.minor()))
        }
        _ => None,
    }
}

/// Request id, agreement and amount of a debit or, below zero, of a credit.
const fn money_of(request: &BankRequest) -> Option<(&String, &String, i64)> {
    match request {
        BankRequest::Debit { request_id, agreement, amount } => {
            Some((request_id, agreement, amount.amount.minor()))
        }
        BankRequest::Credit { request_id, agreement, amount } => {
            Some((request_id, agreement, -amount.amount.minor()))
        }
        _ => None,
    }
}

impl World {
    /// A request arrives at the bank.
    pub fn ask_bank(&self, request: &BankRequest) -> BankReply {
        if let Some((id, agreement, amount)) = money_of(request) {
            self.audit(|auditor| auditor.saw_money_asked(id, agreement, amount));
        }
        if let Some((id, bank_code, amount)) = payout_of(request) {
            self.audit(|auditor| auditor.saw_payout_asked(id, bank_code, -amount));
        }
        let reply = self.decide(request);
        self.hear_bank();
        reply
    }

    /// Tells the auditor what the bank has settled or rejected by now.
    pub fn hear_bank(&self) {
        let news = self.books().news(self.clock.elapsed_ms());
        for (id, known, moved) in news {
            self.note(|| format!("bank has {} {id}", if moved { "settled" } else { "rejected" }));
            self.audit(|auditor| auditor.saw_bank_decide(&id, known.amount, moved));
        }
    }

    fn decide(&self, request: &BankRequest) -> BankReply {
        let mut books = self.books();
        if let Some((id, agreement, amount)) = money_of(request) {
            let is_agreed = books.agreements.contains(agreement);
            return books.transfer(self, id, is_agreed, amount);
        }
        if let Some((id, _, amount)) = payout_of(request) {
            return books.transfer(self, id, true, -amount);
        }
        match request {
            BankRequest::VerifyCard { request_id, elements } => {
                let verification = Books::verify(&elements.card_number);
                if let Verification::Matched {
                    kind: AccountKind::ClassI | AccountKind::CreditCard,
                } = verification
                {
                    self.audit(|auditor| auditor.saw_suitable(request_id));
                }
                BankReply::Verified { verification }
            }
            BankRequest::SendCode { request_id, elements } => {
                if Books::trait_of(&elements.card_number) == 9 {
                    return BankReply::Declined { reason: DeclineReason::ElementsMismatch };
                }
                books.codes.insert(request_id.clone(), elements.card_number.clone());
                BankReply::CodeSent
            }
            BankRequest::CheckCode { code_request_id, code, .. } => {
                BankReply::CodeChecked { result: books.check_code(code_request_id, code) }
            }
            BankRequest::Query { request_id } => match books.money.get(request_id) {
                Some(known) => match known.reply(self) {
                    BankReply::Declined { reason } => {
                        BankReply::Money { status: MoneyStatus::Rejected { reason } }
                    }
                    reply => reply,
                },
                None => BankReply::Money { status: MoneyStatus::NotFound },
            },
            BankRequest::VerifyFace { request_id, .. } => {
                let result = books.face(request_id, self.clock.elapsed_ms());
                self.audit(|auditor| auditor.saw_face(request_id, result == FaceResult::Passed));
                BankReply::Face { result }
            }
            BankRequest::ReportAbnormal { request_id, operation, .. } => {
                self.audit(|auditor| auditor.saw_reported(request_id, operation));
                BankReply::ReportTaken
            }
            BankRequest::Debit { .. }
            | BankRequest::Credit { .. }
            | BankRequest::CreditAccount { .. }
            | BankRequest::Deposits
            | BankRequest::AnswerDeposit { .. }
            | BankRequest::Statement { .. } => BankReply::Unknown,
        }
    }
}
