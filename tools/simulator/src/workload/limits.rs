//! What holders set for their accounts: their own limits, and small payments without the PIN.

use feiqian_flows::{
    ChangeLimitsRequest, FlowError, change_limits, limits_challenge, load_account,
};
use feiqian_identity::Pin;
use feiqian_ledger::{AccountId, CustomerId};
use feiqian_limits::OwnLimits;
use feiqian_money::Amount;

use super::devices::KnownDevice;
use super::{KnownAccount, Request, Workload};
use crate::platform::Machine;

/// What a holder wants to be set.
#[derive(Debug, Clone)]
pub struct LimitsRequest {
    customer: CustomerId,
    account: AccountId,
    /// Limits, or those that are set.
    own: Option<OwnLimits>,
    /// Whether small payments shall go without the PIN, or what is set.
    small_payments: Option<bool>,
    pin: Option<Pin>,
    /// What signs the change, if something does.
    device: Option<KnownDevice>,
}

impl Workload {
    /// Limits of an account, some of them above what is set: that takes a signature.
    pub(super) fn new_limits(&self, account: &KnownAccount) -> Request {
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
        Request::Limits(LimitsRequest {
            customer: account.customer.clone(),
            account: account.id.clone(),
            own: Some(own),
            small_payments: None,
            pin: self.some_pin(account),
            device: dice.pick(&account.devices).cloned(),
        })
    }

    /// A holder turns small payments without the PIN on; now and then off.
    pub(super) fn new_small_payments(&self, account: &KnownAccount) -> Option<Request> {
        let off = self.world.faults.are_on() && self.world.dice.chance(2_000);
        Some(Request::Limits(LimitsRequest {
            customer: account.customer.clone(),
            account: account.id.clone(),
            own: None,
            small_payments: Some(!off),
            pin: Some(self.some_pin(account)?),
            device: None,
        }))
    }

    /// Reads the revision and changes what is set, as an application would.
    pub(super) async fn set_limits(
        &self,
        machine: &Machine,
        asked: LimitsRequest,
    ) -> Result<(), FlowError> {
        let LimitsRequest { customer, account: id, own, small_payments, pin, device } = asked;
        let account = load_account(machine, &customer, &id).await?;
        let set = account.holder_limits();
        let own = own.unwrap_or(set.own);
        let small_payments = small_payments.unwrap_or(set.small_payments);
        let challenge = limits_challenge(&id, set.revision, &own, small_payments);
        let signature = device.and_then(|device| {
            let signature = device.sign(challenge.as_bytes())?;
            self.world.audit(|auditor| {
                let signed = (challenge.clone(), device.id.to_string());
                auditor.saw_limits_signed(signed);
                Ok(())
            });
            Some((device.id, signature))
        });
        let request = ChangeLimitsRequest {
            customer,
            account: id,
            revision: set.revision,
            own,
            small_payments,
            pin,
            signature,
        };
        let answer = change_limits(machine, &self.region.pepper, &request).await;
        self.world.note(|| format!("limits of {}: {answer:?}", request.account));
        answer.map(|_| ())
    }
}
