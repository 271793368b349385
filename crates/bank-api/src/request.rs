use feiqian_money::Money;
use serde::{Deserialize, Serialize};

/// What a bank compares with its records when a card is verified.
///
/// Three elements are name, resident ID and card number; the mobile is the fourth;
/// the kind of the bound account is the fifth, and the bank answers it
/// (RULES section 1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elements {
    /// The holder's name as on the resident ID.
    pub name: String,
    /// The resident ID, 18 characters, upper case.
    pub resident_id: String,
    /// The card number, digits only.
    pub card_number: String,
    /// The mobile that the bank knows; absent for three elements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mobile: Option<String>,
    /// The code of the card's bank, which the connector adds where its region routes by BIN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank: Option<String>,
}

/// One request to a bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum BankRequest {
    /// Compare a card's elements with the bank's records. Moves nothing.
    VerifyCard {
        /// Ours; a repeat is the same request.
        request_id: String,
        /// What to compare.
        elements: Elements,
    },
    /// Send a one-time code to the card holder's mobile.
    SendCode {
        /// Ours; a repeat is the same request and sends no second message.
        request_id: String,
        /// The card to be bound.
        elements: Elements,
    },
    /// Check the code that was sent for `code_request_id`.
    CheckCode {
        /// Ours, one for each try.
        request_id: String,
        /// The request that sent the code.
        code_request_id: String,
        /// Six digits.
        code: String,
    },
    /// 面核: have a clerk or a certified device verify a person face to face. A repeat asks how
    /// it stands.
    VerifyFace {
        /// Ours; a repeat is the same request.
        request_id: String,
        /// The person's name as on the resident ID.
        name: String,
        /// The resident ID, 18 characters, upper case.
        resident_id: String,
    },
    /// 代收: take money from a bound card.
    Debit {
        /// Ours; a repeat never takes the money twice.
        request_id: String,
        /// The agreement that binding the card gave.
        agreement: String,
        /// How much.
        amount: Money,
    },
    /// 代付: pay money out to a bound card.
    Credit {
        /// Ours; a repeat never pays twice.
        request_id: String,
        /// The agreement that binding the card gave.
        agreement: String,
        /// How much.
        amount: Money,
    },
    /// 代付: pay money out to an account at any bank, such as a merchant's.
    CreditAccount {
        /// Ours; a repeat never pays twice.
        request_id: String,
        /// The CNAPS code of the account's bank.
        bank_code: String,
        /// The account's number, digits only.
        account_number: String,
        /// Whose account it is.
        account_name: String,
        /// How much.
        amount: Money,
    },
    /// 查证: what became of a debit or a credit.
    Query {
        /// The id of the request asked about.
        request_id: String,
    },
    /// A holder reports an operation as abnormal. Moves nothing.
    ReportAbnormal {
        /// Ours; a repeat is the same report.
        request_id: String,
        /// The operation; of one that moved a card's money, the request id of that.
        operation: String,
        /// How much it moved.
        amount: Money,
        /// `not_mine`, `wrong_amount`, `wrong_payee`, `fraud` or `other`.
        reason: String,
    },
    /// 来账: the money that others have sent to accounts of ours and that the bank holds until it
    /// is told whether they take it, oldest first, at most
    /// [`DEPOSITS_LISTED_MAX`](crate::DEPOSITS_LISTED_MAX).
    Deposits,
    /// Whether an account has taken a deposit, for good. The bank gives what was refused back
    /// to who sent it, and lists neither any more.
    AnswerDeposit {
        /// Ours; a repeat is the same answer.
        request_id: String,
        /// The bank's own number of the deposit.
        reference: String,
        /// Whether it was taken.
        taken: bool,
    },
    /// The bank's list of what it settled with us on one day.
    Statement {
        /// `YYYY-MM-DD` in the bank's time.
        day: String,
    },
}
