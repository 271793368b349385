//! Holders lower their limits. Nobody raises them: that takes a device.

use feiqian_flows::{ChangeLimitsRequest, FlowError, change_limits, load_account};
use feiqian_ledger::{AccountId, CustomerId};
use feiqian_limits::OwnLimits;
use feiqian_money::Amount;

use super::{Request, Workload};
use crate::platform::Machine;

impl Workload {
    /// Limits of one of the accounts, some of them above what is set: such a change is refused.
    pub(super) fn new_limits(&self) -> Option<Request> {
        let account = self.some_account()?;
        let dice = &self.world.dice;
        let limit = |low, high| {
            let fen = dice.between(low, high).cast_signed();
            (dice.below(2) == 0).then(|| Amount::from_minor(fen))
        };
        let own = OwnLimits {
            payment: limit(50_000, 500_000),
            day: limit(80_000, 1_000_000),
            month: limit(150_000, 1_100_000),
        };
        Some(Request::Limits(account.customer, account.id, own))
    }

    /// Reads the revision and changes what is set, as an application would.
    pub(super) async fn set_limits(
        &self,
        machine: &Machine,
        customer: CustomerId,
        id: AccountId,
        own: OwnLimits,
    ) -> Result<(), FlowError> {
        let account = load_account(machine, &customer, &id).await?;
        let request = ChangeLimitsRequest {
            customer,
            account: id,
            revision: account.holder_limits().revision,
            own,
            small_payments: false,
            pin: None,
            signature: None,
        };
        let answer = change_limits(machine, &self.region.pepper, &request).await;
        self.world.note(|| format!("limits of {}: {answer:?}", request.account));
        answer.map(|_| ())
    }
}
