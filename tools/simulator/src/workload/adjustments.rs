//! Operators propose adjustments and decide about those of others, and of their own if they may.

use feiqian_flows::{
    AdjustmentStatus, FlowError, ProposeAdjustmentRequest, adjustment_status, decide_adjustment,
    propose_adjustment,
};
use feiqian_ledger::{ADJUSTMENT_LIFETIME_MS, AdjustmentDirection, OperationId};
use feiqian_money::Amount;

use super::Workload;
use super::requests::amounts;
use crate::platform::Machine;

/// What an operator does about adjustments.
#[derive(Debug, Clone)]
pub enum AdjustmentRequest {
    /// Proposes one. Who does is the maker.
    Propose(ProposeAdjustmentRequest),
    /// Approves one or rejects it.
    Decide(OperationId, bool),
}

impl Workload {
    /// A proposal of an operator's.
    pub(super) fn new_proposal(&self, maker: &str) -> Option<AdjustmentRequest> {
        let dice = &self.world.dice;
        let account = self.some_account()?;
        let direction = *dice.pick(&[AdjustmentDirection::Credit, AdjustmentDirection::Debit])?;
        let (low, high) = amounts(account.class, false);
        Some(AdjustmentRequest::Propose(ProposeAdjustmentRequest {
            maker: maker.to_owned(),
            key: self.state.borrow_mut().next_key(),
            account: account.id,
            direction,
            amount: Amount::from_minor(dice.between(low, high).cast_signed()),
            reason: "a till charged twice".to_owned(),
            reference: "case 7".to_owned(),
        }))
    }

    /// A decision about one of the newest proposals; now and then its time is over by then.
    pub(super) fn new_decision(&self) -> Option<AdjustmentRequest> {
        let dice = &self.world.dice;
        if dice.chance(300) {
            self.world.clock.advance(ADJUSTMENT_LIFETIME_MS);
        }
        let state = self.state.borrow();
        let back = dice.skewed(state.adjustments.len());
        let id = state.adjustments.get(state.adjustments.len().checked_sub(back + 1)?)?;
        Some(AdjustmentRequest::Decide(id.clone(), !dice.chance(1_500)))
    }

    /// Carries one of them out.
    pub(super) async fn adjust(
        &self,
        machine: &Machine,
        operator: &str,
        request: AdjustmentRequest,
    ) -> Result<(), FlowError> {
        match request {
            AdjustmentRequest::Propose(asked) => {
                let parts = ["adjustment", operator, &asked.key];
                let id = OperationId::derive(asked.account.region(), &parts);
                self.world.audit(|auditor| {
                    auditor.heard_proposal(id.as_str(), operator);
                    Ok(())
                });
                let proposed = propose_adjustment(machine, asked).await?;
                let mut state = self.state.borrow_mut();
                if !state.adjustments.contains(&proposed.operation.id) {
                    state.adjustments.push(proposed.operation.id);
                }
            }
            AdjustmentRequest::Decide(id, approved) => {
                self.world.audit(|auditor| {
                    auditor.heard_decision(id.as_str(), operator, approved);
                    Ok(())
                });
                let decided = decide_adjustment(machine, operator, &id, approved).await?;
                let now = feiqian_flows::Platform::now(machine);
                if adjustment_status(&decided.operation, now) == AdjustmentStatus::Succeeded {
                    self.world.audit(|auditor| auditor.check_adjusted(id.as_str()));
                }
            }
        }
        Ok(())
    }
}
