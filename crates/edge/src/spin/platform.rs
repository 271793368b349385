use feiqian_calendar::Timestamp;
use feiqian_flows::Platform;
use feiqian_ledger::Region;
use feiqian_store::{ComponentStore, RedisStore, SpinStore};
use std::time::Duration;

use super::{BankOverHttp, InsurerOverHttp, clock, random};
use crate::{ConfigurationError, StoreChoice, VariableSource, Variables};

/// In front of every key on Redis, which other applications may share.
const REDIS_PREFIX: &str = "feiqian/";

/// What flows run on in a component: the region's store, the connectors, and the
/// host's clock and random source. One per instance.
pub struct SpinPlatform {
    region: Region,
    store: ComponentStore,
    bank: BankOverHttp,
    insurer: InsurerOverHttp,
}

impl SpinPlatform {
    /// The platform with the store that the variables choose.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub async fn load<S: VariableSource>(
        variables: &Variables<S>,
    ) -> Result<Self, ConfigurationError> {
        let store = match variables.store().await? {
            StoreChoice::Spin => ComponentStore::Spin(SpinStore::default()),
            StoreChoice::Redis { url } => {
                ComponentStore::Redis(RedisStore::new(url, REDIS_PREFIX.to_owned()))
            }
        };
        Ok(Self {
            region: variables.region().await?,
            store,
            bank: BankOverHttp,
            insurer: InsurerOverHttp,
        })
    }

    /// How many more swaps the instance can make; none without a bound.
    #[must_use]
    pub fn swaps_left(&self) -> Option<u32> {
        self.store.swaps_left()
    }
}

impl Platform for SpinPlatform {
    type Store = ComponentStore;
    type Bank = BankOverHttp;
    type Insurer = InsurerOverHttp;

    fn store(&self) -> &ComponentStore {
        &self.store
    }

    fn bank(&self) -> &BankOverHttp {
        &self.bank
    }

    fn insurer(&self) -> &InsurerOverHttp {
        &self.insurer
    }

    fn region(&self) -> Region {
        self.region
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
