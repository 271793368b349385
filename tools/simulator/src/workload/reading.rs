//! What clients look for in their history.

use feiqian_calendar::Month;
use feiqian_flows::{EntriesQuery, FlowError, check_receipt, entries, entry_receipt, statement};
use feiqian_ledger::{AccountId, CustomerId, EntryFilter, ReceiptClaim};
use feiqian_limits::Direction;

use super::{KnownAccount, Request, Workload};
use crate::history::Violation;
use crate::platform::Machine;

impl Workload {
    /// A query for entries of an account: from before one of them, of a time, one way; each
    /// of these or none.
    pub(super) fn some_entries(&self, account: &AccountId) -> EntriesQuery {
        let dice = &self.world.dice;
        let length = self.world.auditor().journal_length(account.as_str());
        let some =
            |of_ten_thousand| dice.chance(of_ten_thousand).then(|| dice.between(0, length + 2));
        let time = |sequence| self.world.auditor().posted_at(account.as_str(), sequence);
        let direction = dice.pick(&[Direction::In, Direction::Out]).copied();
        EntriesQuery {
            filter: EntryFilter {
                from: some(2_000).and_then(time),
                until: some(3_000).and_then(time),
                direction: direction.filter(|_| dice.chance(3_000)),
                ..EntryFilter::default()
            },
            before: some(4_000),
            limit: 1 + dice.below(12),
        }
    }

    pub(super) async fn read_entries(
        &self,
        machine: &Machine,
        customer: &CustomerId,
        account: &AccountId,
        query: &EntriesQuery,
    ) -> Result<(), FlowError> {
        let page = entries(machine, customer, account, query).await?;
        self.world.audit(|auditor| auditor.saw_entries(account.as_str(), query, &page));
        Ok(())
    }

    /// The statement of a month in which something was posted.
    pub(super) fn new_statement(&self, account: &KnownAccount) -> Option<Request> {
        let auditor = self.world.auditor();
        let length = auditor.journal_length(account.id.as_str());
        let sequence = self.world.dice.between(1, length + 1);
        let at = auditor.posted_at(account.id.as_str(), sequence)?;
        let day = self.region.policy.calendar.day(at).to_string();
        let month = Month::parse(day.get(..7)?).ok()?;
        Some(Request::Statement(account.customer.clone(), account.id.clone(), month))
    }

    pub(super) async fn read_statement(
        &self,
        machine: &Machine,
        customer: &CustomerId,
        account: &AccountId,
        month: Month,
    ) -> Result<(), FlowError> {
        let calendar = self.region.policy.calendar;
        let part = statement(machine, calendar, customer, account, month, 1).await?;
        let whole = self.at_rest.get();
        self.world.audit(|auditor| auditor.saw_statement(account.as_str(), &part, whole));
        Ok(())
    }

    /// The receipt of an entry that there is, or that may come.
    pub(super) fn new_receipt(&self, account: &KnownAccount) -> Request {
        let length = self.world.auditor().journal_length(account.id.as_str());
        let sequence = self.world.dice.between(1, length + 2);
        Request::Receipt(account.customer.clone(), account.id.clone(), sequence)
    }

    /// Whoever has a receipt may have it checked; one that was doctored is found out.
    pub(super) async fn check_receipt(
        &self,
        machine: &Machine,
        customer: &CustomerId,
        account: &AccountId,
        sequence: u64,
    ) -> Result<(), FlowError> {
        let receipt = entry_receipt(machine, customer, account, sequence).await?;
        self.world.audit(|auditor| auditor.saw_receipt(account.as_str(), &receipt));
        let entry = receipt.entry;
        let mut claim = ReceiptClaim {
            account: receipt.account,
            sequence,
            hash: entry.hash.as_str().to_owned(),
            previous: receipt.previous.map(|hash| hash.as_str().to_owned()),
            operation: Some(entry.operation),
            kind: Some(entry.kind),
            amount: Some(entry.amount),
            by_card: Some(entry.by_card),
            balance: Some(entry.balance),
            at: Some(entry.at),
            counterparty: Some(entry.counterparty),
        };
        let doctored = self.world.dice.chance(5_000);
        if doctored {
            claim.amount = entry.amount.checked_neg().ok();
        }
        // What moved nothing is the same with the other sign.
        let differs = doctored && entry.amount.minor() != 0;
        let faults = check_receipt(machine, &claim).await?;
        if faults.is_empty() == differs {
            let what = format!("the receipt of entry {sequence} has the faults {faults:?}");
            self.world.violate(Violation::new(what, &[account.as_str()]));
        }
        Ok(())
    }
}
