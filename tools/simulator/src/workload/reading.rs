//! What clients look for in their history.

use feiqian_flows::{EntriesQuery, FlowError, entries};
use feiqian_ledger::{AccountId, CustomerId, EntryFilter};
use feiqian_limits::Direction;

use super::Workload;
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
}
