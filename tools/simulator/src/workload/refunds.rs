//! Partners refund orders: those that are paid and others, in part and too much; and close
//! them, paid or not.

use feiqian_flows::{
    FlowError, RefundRequest, close_order, redeem_order, refund_order, settle_refund,
};
use feiqian_ledger::{OrderId, RefundId, RefundPurpose};
use feiqian_money::Amount;

use super::requests::partner;
use super::{Request, Workload};
use crate::auditor::AskedRefund;
use crate::platform::Machine;

/// The refund that a request stands for.
pub(super) fn id_of(request: &RefundRequest) -> RefundId {
    RefundId::derive(request.order.region(), &[request.order.as_str(), &request.key])
}

impl Workload {
    /// A refund of one of the newest orders: often of all of it, now and then of more.
    pub(super) fn new_refund(&self) -> Option<Request> {
        let order = self.some_order(8)?;
        let whole = order.amount.minor().cast_unsigned();
        let amount = match self.world.dice.below(4) {
            0 => whole,
            1 => whole / 2 + 1,
            2 => whole + 1,
            _ => self.world.dice.between(1, whole),
        };
        // Most of what is redeemed bought something else, and is refused.
        let redeems = self.world.dice.chance(3_000);
        let purpose = if redeems { RefundPurpose::Redemption } else { RefundPurpose::Refund };
        let asked = RefundRequest {
            partner: partner()?,
            key: self.state.borrow_mut().next_key(),
            order: order.id,
            amount: Amount::from_minor(amount.cast_signed()),
            reason: "不合口味".to_owned(),
        };
        Some(Request::Refund(asked, purpose))
    }

    /// A partner closes one of the newest orders, which somebody may be paying.
    pub(super) fn new_close(&self) -> Option<Request> {
        self.some_order(8).map(|order| Request::Close(order.id))
    }

    pub(super) async fn close(&self, machine: &Machine, order: &OrderId) -> Result<(), FlowError> {
        let Some(partner) = partner() else { return Ok(()) };
        close_order(machine, &partner, order).await?;
        self.world.auditor_mut().saw_order_closed(order.as_str());
        Ok(())
    }

    pub(super) async fn refund(
        &self,
        machine: &Machine,
        asked: RefundRequest,
        purpose: RefundPurpose,
    ) -> Result<(), FlowError> {
        let policy = self.region.policy;
        let (id, amount) = (id_of(&asked), asked.amount.minor());
        let answer = match purpose {
            RefundPurpose::Refund => refund_order(machine, &policy, asked).await,
            RefundPurpose::Redemption => redeem_order(machine, &policy, asked).await,
        };
        if let Ok(refunded) = &answer
            && let Some(mark) = refunded.unsettled.clone()
        {
            let machine = Machine::new(&self.world);
            let work = async move { drop(settle_refund(&machine, &policy, &mark).await) };
            self.world.spawn("settle refund", Box::pin(work));
        }
        self.world.point().await;
        self.world.note(|| format!("answer for {id}: {answer:?}"));
        if self.world.faults.strikes(&self.world.dice, |rates| rates.deaf) {
            return Ok(());
        }
        let asked = AskedRefund {
            refund: id.as_str(),
            amount,
            key_is_shared: self.state.borrow().is_shared(id.as_str()),
        };
        let answer = answer.as_ref().map(|refunded| &refunded.refund);
        self.world.audit(|auditor| auditor.saw_refund_answer(&asked, answer));
        Ok(())
    }
}
