//! Payments that their payers look at before, and confirm.

use feiqian_flows::{
    ConfirmPaymentRequest, Confirmation, FlowError, PayOrderRequest, confirm_payment,
};
use feiqian_ledger::OperationId;

use super::devices::KnownDevice;
use super::{KnownAccount, Workload};
use crate::auditor::Confirmed;
use crate::platform::Machine;

/// Tokens that clients remember, to present them with another payment.
const TOKENS_MAX: usize = 8;

/// How a payer confirms a payment.
#[derive(Debug, Clone)]
pub enum Showing {
    /// By the PIN alone, unseen.
    Unseen,
    /// By the PIN and the token of what was shown.
    Shown,
    /// With a signature by a device as well.
    Signed(KnownDevice),
    /// With a signature over something else.
    Forged(KnownDevice),
    /// With a signature over what was shown of another payment.
    Replayed(KnownDevice),
}

impl Workload {
    /// How a payer confirms a payment from an account.
    pub(super) fn some_showing(&self, account: &KnownAccount) -> Showing {
        let dice = &self.world.dice;
        let device = dice.pick(&account.devices).cloned();
        match (device, dice.below(10)) {
            (Some(device), 0..5) => Showing::Signed(device),
            (Some(device), 5) => Showing::Forged(device),
            (Some(device), 6) => Showing::Replayed(device),
            (_, 7) => Showing::Shown,
            _ => Showing::Unseen,
        }
    }

    /// Lets the payer look, and completes the request to pay. The auditor hears what was
    /// confirmed.
    pub(super) async fn confirm(
        &self,
        machine: &Machine,
        operation: &OperationId,
        asked: PayOrderRequest,
        showing: Showing,
    ) -> Result<PayOrderRequest, FlowError> {
        let (device, genuine) = match showing {
            Showing::Unseen => {
                self.note_confirmed(operation, &asked, Confirmed::Unseen);
                return Ok(asked);
            }
            Showing::Shown => (None, true),
            Showing::Signed(device) => (Some(device), true),
            Showing::Forged(device) => (Some(device), false),
            Showing::Replayed(device) => return Ok(self.replay(operation, asked, &device)),
        };
        let look = ConfirmPaymentRequest {
            customer: asked.customer.clone(),
            key: asked.key.clone(),
            account: asked.account.clone(),
            order: asked.order.clone(),
            from: asked.from.clone(),
            device: device.as_ref().map(|device| device.id.clone()),
        };
        let region = &self.region;
        let shown = confirm_payment(machine, &region.policy, &region.confirmations, look).await?;
        let token = shown.token;
        self.remember_token(&token);
        let signed = if genuine { token.as_bytes() } else { b"something else" };
        let signature = device.as_ref().and_then(|d| Some((d.id.clone(), d.sign(signed)?)));
        let confirmed = match (&device, genuine) {
            (_, false) => Confirmed::Falsely,
            (None, true) => Confirmed::Seen,
            (Some(device), true) => Confirmed::Signed(device.id.to_string()),
        };
        self.note_confirmed(operation, &asked, confirmed);
        let key = region.confirmations.clone();
        let confirmation = Some(Confirmation { key, token, signature });
        Ok(PayOrderRequest { confirmation, ..asked })
    }

    /// Another payment's token, or none that there ever was.
    fn replay(
        &self,
        operation: &OperationId,
        asked: PayOrderRequest,
        device: &KnownDevice,
    ) -> PayOrderRequest {
        let token = self.world.dice.pick(&self.state.borrow().tokens).cloned();
        let token = token.unwrap_or_else(|| "1.00".to_owned());
        let signature = device.sign(token.as_bytes()).map(|said| (device.id.clone(), said));
        self.note_confirmed(operation, &asked, Confirmed::Falsely);
        let key = self.region.confirmations.clone();
        PayOrderRequest { confirmation: Some(Confirmation { key, token, signature }), ..asked }
    }

    fn remember_token(&self, token: &str) {
        let mut state = self.state.borrow_mut();
        if state.tokens.len() >= TOKENS_MAX {
            state.tokens.remove(0);
        }
        state.tokens.push(token.to_owned());
    }

    fn note_confirmed(&self, operation: &OperationId, asked: &PayOrderRequest, how: Confirmed) {
        let (order, amount) = (asked.order.as_str(), asked.amount.minor());
        self.world.audit(|auditor| {
            auditor.saw_confirmed(operation.as_str(), order, amount, how);
            Ok(())
        });
    }
}
