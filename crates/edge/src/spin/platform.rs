use feiqian_calendar::Timestamp;
use feiqian_flows::Platform;
use feiqian_store::SpinStore;
use std::time::Duration;

use super::{BankOverHttp, clock, random};

/// What flows run on in a component: Spin's key-value store, the bank connector, and the
/// host's clock and random source. One per instance.
#[derive(Default)]
pub struct SpinPlatform {
    store: SpinStore,
    bank: BankOverHttp,
}

impl Platform for SpinPlatform {
    type Store = SpinStore;
    type Bank = BankOverHttp;

    fn store(&self) -> &SpinStore {
        &self.store
    }

    fn bank(&self) -> &BankOverHttp {
        &self.bank
    }

    fn now(&self) -> Timestamp {
        clock::now()
    }

    async fn sleep_ms(&self, millis: u64) {
        spin_sdk::time::sleep(Duration::from_millis(millis)).await;
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        random::fill(bytes);
    }
}
