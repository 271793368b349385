use feiqian_flows::{Mark, Progress, Settler};
use feiqian_store::Pending;

use super::settle::{Unsettled, settle_at};

/// Lets the component that started an operation finish it: who settles through it links no
/// flow, and a new kind of operation makes no other component larger than its own.
#[derive(Debug, Clone, Copy, Default)]
pub struct Siblings;

impl Settler for Siblings {
    type Failure = Unsettled;

    async fn settle(&self, mark: &Mark, pending: &Pending) -> Progress<Unsettled> {
        let component = match mark {
            Mark::Opening(_) => "activation",
            Mark::Report { .. } => "reports",
            Mark::Payment { .. } => "payment",
            Mark::TopUp(_) | Mark::Withdrawal(_) | Mark::Transfer(_) | Mark::Deposit(_) => {
                "transfers"
            }
            Mark::Adjustment(_) => "adjustments",
            Mark::Refund { .. } => "refunds",
            Mark::Visit(_) | Mark::VisitRefund { .. } => "medical",
            Mark::Settlement(_) => "settlements",
        };
        settle_at(component, pending).await
    }
}
