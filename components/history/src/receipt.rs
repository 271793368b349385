use feiqian_calendar::{Calendar, Timestamp};
use feiqian_edge::query::invalid;
use feiqian_edge::{Call, Problem, read_id};
use feiqian_ledger::{AccountId, EntryHash, EntryKind, OperationId, Receipt, ReceiptClaim};
use feiqian_money::{Amount, Currency, Money, MoneyInput};
use serde::{Deserialize, Serialize};

/// A receipt as the wire has it. docs/receipts.md says how its hash is computed.
#[derive(Serialize)]
pub(crate) struct ReceiptBody {
    account_id: AccountId,
    sequence: u64,
    operation_id: OperationId,
    kind: EntryKind,
    amount: Money,
    #[serde(skip_serializing_if = "Option::is_none")]
    by_card: Option<Money>,
    balance: Money,
    at: String,
    counterparty: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_hash: Option<EntryHash>,
    hash: EntryHash,
}

impl ReceiptBody {
    pub(crate) fn of(receipt: Receipt, calendar: Calendar) -> Self {
        let Receipt { account, entry, previous } = receipt;
        Self {
            account_id: account,
            sequence: entry.sequence,
            operation_id: entry.operation,
            kind: entry.kind,
            amount: entry.amount.into(),
            by_card: entry.by_card.is_positive().then(|| entry.by_card.into()),
            balance: entry.balance.into(),
            at: calendar.format(entry.at),
            counterparty: entry.counterparty,
            previous_hash: previous,
            hash: entry.hash,
        }
    }
}

/// A receipt that somebody holds. Only where it stands and its hash must be there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClaimBody {
    account_id: String,
    sequence: u64,
    hash: String,
    previous_hash: Option<String>,
    operation_id: Option<String>,
    kind: Option<EntryKind>,
    amount: Option<MoneyInput>,
    by_card: Option<MoneyInput>,
    balance: Option<MoneyInput>,
    at: Option<String>,
    counterparty: Option<String>,
}

impl ClaimBody {
    pub(crate) fn read(self, call: &Call) -> Result<ReceiptClaim, Problem> {
        let at = |text: String| {
            Timestamp::parse(&text)
                .map_err(|_| invalid("at", "it is no RFC 3339 time", "应为 RFC 3339 时间"))
        };
        Ok(ReceiptClaim {
            account: call.body_id("account_id", &self.account_id)?,
            sequence: self.sequence,
            hash: self.hash,
            previous: self.previous_hash,
            operation: self.operation_id.map(|id| read_id("operation_id", &id)).transpose()?,
            kind: self.kind,
            amount: self.amount.as_ref().map(signed).transpose()?,
            by_card: self.by_card.as_ref().map(signed).transpose()?,
            balance: self.balance.as_ref().map(signed).transpose()?,
            at: self.at.map(at).transpose()?,
            counterparty: self.counterparty,
        })
    }
}

/// An amount of an entry, which may be below zero.
fn signed(money: &MoneyInput) -> Result<Amount, Problem> {
    if money.currency != Currency::CNY.code() {
        return Err(feiqian_money::AmountError::UnknownCurrency.into());
    }
    let (negative, digits) = match money.value.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, money.value.as_str()),
    };
    let amount = Amount::parse(digits, Currency::CNY)?;
    Ok(if negative { amount.checked_neg()? } else { amount })
}
