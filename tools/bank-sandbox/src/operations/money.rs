use feiqian_bank_api::{BankReply, BankRequest, DeclineReason, MoneyStatus};
use feiqian_calendar::Timestamp;
use feiqian_money::Amount;
use rusqlite::Transaction;

use super::{Delivery, Handled};
use crate::books::{self, BooksError, Kind};
use crate::cards::{self, Behaviour};

/// The query that finds a movement on the processing card settled.
const QUERIES_UNTIL_SETTLED: u64 = 3;

/// The operations that move money, as the books name them.
const OPERATIONS: [&str; 3] = ["debit", "credit", "credit_account"];

/// Where money is taken from or paid to.
enum Place<'a> {
    /// The card of an agreement.
    Agreement(&'a str),
    /// An account at any bank.
    Account(&'a str),
}

impl Place<'_> {
    /// The number of the card or of the account; none if there is no such agreement.
    fn number(&self, tx: &Transaction<'_>) -> Result<Option<String>, BooksError> {
        match self {
            Self::Agreement(agreement) => books::agreement_card(tx, agreement),
            Self::Account(number) => Ok(Some((*number).to_owned())),
        }
    }
}

/// A debit or a credit, as the request or the books name it.
struct Transfer<'a> {
    request_id: &'a str,
    place: Place<'a>,
    kind: Kind,
    amount: Amount,
}

impl<'a> Transfer<'a> {
    fn of(request: &'a BankRequest) -> Option<Self> {
        let (request_id, place, kind, money) = match request {
            BankRequest::Debit { request_id, agreement, amount } => {
                (request_id, Place::Agreement(agreement), Kind::Debit, amount)
            }
            BankRequest::Credit { request_id, agreement, amount } => {
                (request_id, Place::Agreement(agreement), Kind::Credit, amount)
            }
            BankRequest::CreditAccount { request_id, account_number, amount, .. } => {
                (request_id, Place::Account(account_number), Kind::Credit, amount)
            }
            _ => return None,
        };
        Some(Self { request_id, place, kind, amount: money.amount })
    }

    fn settle(
        &self,
        tx: &Transaction<'_>,
        card: &str,
        now: Timestamp,
    ) -> Result<BankReply, BooksError> {
        let settled = books::settle(tx, self.request_id, card, self.kind, self.amount, now)?;
        Ok(if settled {
            BankReply::Money { status: MoneyStatus::Settled }
        } else {
            rejected(DeclineReason::InsufficientFunds)
        })
    }
}

const fn rejected(reason: DeclineReason) -> BankReply {
    BankReply::Money { status: MoneyStatus::Rejected { reason } }
}

/// Carries out a debit or a credit. `sent_before` says that an attempt of it was lost.
pub(super) fn transfer(
    tx: &Transaction<'_>,
    request: &BankRequest,
    sent_before: bool,
    now: Timestamp,
) -> Result<Handled, BooksError> {
    let Some(transfer) = Transfer::of(request) else {
        return Ok(Handled::at_once(BankReply::Declined { reason: DeclineReason::Other }));
    };
    if !transfer.amount.is_positive() {
        return Ok(Handled::at_once(rejected(DeclineReason::Other)));
    }
    let Some(card) = transfer.place.number(tx)? else {
        return Ok(Handled::at_once(rejected(DeclineReason::AgreementInvalid)));
    };
    let delivery = match cards::behaviour(&card) {
        Behaviour::Frozen => return Ok(Handled::at_once(rejected(DeclineReason::CardFrozen))),
        Behaviour::Processing => {
            let reply = BankReply::Money { status: MoneyStatus::Processing };
            return Ok(Handled::at_once(reply));
        }
        Behaviour::TimesOutNotDone if !sent_before => {
            let reply = BankReply::Money { status: MoneyStatus::NotFound };
            return Ok(Handled { reply, delivery: Delivery::Lost });
        }
        Behaviour::Slow => Delivery::Slow,
        Behaviour::TimesOutThenDone => Delivery::Late,
        Behaviour::FailsThenDone => Delivery::ServerError,
        Behaviour::BadSignature => Delivery::BadSignature,
        Behaviour::Unreadable => Delivery::Unreadable,
        Behaviour::Stalls => Delivery::Stalled,
        _ => Delivery::AtOnce,
    };
    Ok(Handled { reply: transfer.settle(tx, &card, now)?, delivery })
}

/// What became of a debit or a credit.
pub(super) fn query(
    tx: &Transaction<'_>,
    request_id: &str,
    now: Timestamp,
) -> Result<Handled, BooksError> {
    let not_found = BankReply::Money { status: MoneyStatus::NotFound };
    let Some(recorded) = books::find_request(tx, request_id)? else {
        return Ok(Handled::at_once(not_found));
    };
    if !OPERATIONS.contains(&recorded.operation.as_str()) {
        return Ok(Handled::at_once(not_found));
    }
    let queries = books::count_query(tx, request_id)?;
    let processing = recorded.reply == BankReply::Money { status: MoneyStatus::Processing };
    if !processing || queries < QUERIES_UNTIL_SETTLED {
        return Ok(Handled::at_once(recorded.reply));
    }
    let request: BankRequest = serde_json::from_str(&recorded.request)?;
    let Some(transfer) = Transfer::of(&request) else {
        return Ok(Handled::at_once(not_found));
    };
    let reply = match transfer.place.number(tx)? {
        Some(card) => transfer.settle(tx, &card, now)?,
        None => rejected(DeclineReason::AgreementInvalid),
    };
    books::update_reply(tx, request_id, &reply)?;
    Ok(Handled::at_once(reply))
}
