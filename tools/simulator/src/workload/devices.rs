//! Devices that sign for their holders.

use feiqian_flows::{AddDeviceRequest, FlowError, add_device, device_challenge, revoke_device};
use feiqian_identity::DeviceAlgorithm;
use feiqian_ledger::{AccountId, CustomerId, DeviceId};
use feiqian_signing::DeviceSigner;

use super::{KnownAccount, Request, Workload};
use crate::platform::Machine;

/// What devices here sign with: the quickest of what they may.
const ALGORITHM: DeviceAlgorithm = DeviceAlgorithm::Ed25519;

/// What a holder asks for a device.
#[derive(Debug, Clone)]
pub enum DeviceRequest {
    /// Register it: the request, and its private key.
    Add(AddDeviceRequest, u8),
    /// Revoke it.
    Revoke(CustomerId, AccountId, DeviceId),
}

/// A device as its holder knows it.
#[derive(Debug, Clone)]
pub struct KnownDevice {
    /// Its id.
    pub(super) id: DeviceId,
    secret: u8,
}

/// What signs with a private key, of which one byte tells one device from another.
fn signer(secret: u8) -> Option<DeviceSigner> {
    DeviceSigner::new(ALGORITHM, [secret.max(1); 32]).ok()
}

impl KnownDevice {
    /// Its signature over a message.
    pub(super) fn sign(&self, message: &[u8]) -> Option<String> {
        signer(self.secret).map(|signer| signer.sign(message))
    }
}

impl Workload {
    /// A device for an account; now and then one that is or was registered, or whose proof is
    /// another's.
    pub(super) fn new_device(&self, account: &KnownAccount) -> Option<Request> {
        let mut state = self.state.borrow_mut();
        let key = state.next_key();
        let again = self.world.dice.chance(1_500);
        let known = self.world.dice.pick(&account.devices).filter(|_| again);
        let fresh = u8::try_from(state.keys % 250).unwrap_or_default() + 1;
        let secret = known.map_or(fresh, |known| known.secret);
        drop(state);
        let signer = signer(secret)?;
        let public_key = signer.public_key();
        let forged = self.world.faults.are_on() && self.world.dice.chance(500);
        let proven_for = if forged { "another key" } else { &key };
        let proof = device_challenge(&account.id, proven_for, ALGORITHM, &public_key);
        let request = AddDeviceRequest {
            customer: account.customer.clone(),
            account: account.id.clone(),
            algorithm: ALGORITHM,
            public_key,
            name: "手机".to_owned(),
            signature: signer.sign(proof.as_bytes()),
            pin: self.some_pin(account)?,
            key,
        };
        Some(Request::Device(DeviceRequest::Add(request, secret)))
    }

    /// A holder revokes a device.
    pub(super) fn new_revocation(&self, account: &KnownAccount) -> Option<Request> {
        let device = self.world.dice.pick(&account.devices)?.id.clone();
        let (customer, id) = (account.customer.clone(), account.id.clone());
        Some(Request::Device(DeviceRequest::Revoke(customer, id, device)))
    }

    /// Carries one of them out.
    pub(super) async fn keep_devices(
        &self,
        machine: &Machine,
        request: DeviceRequest,
    ) -> Result<(), FlowError> {
        match request {
            DeviceRequest::Add(asked, secret) => {
                let account = asked.account.clone();
                let id = add_device(machine, &self.region.pepper, asked).await?.device.id;
                self.known_mut(&account, |known| {
                    if known.devices.iter().all(|device| device.id != id) {
                        known.devices.push(KnownDevice { id, secret });
                    }
                });
            }
            DeviceRequest::Revoke(customer, account, device) => {
                revoke_device(machine, &customer, &account, &device).await?;
                self.world.audit(|auditor| auditor.saw_revoked(account.as_str(), device.as_str()));
            }
        }
        Ok(())
    }
}
