use feiqian_calendar::{Calendar, Timestamp};
use feiqian_identity::{SealError, SealKeys, Sealed};
use feiqian_ledger::Region;
use feiqian_limits::RuleSet;
use feiqian_signing::IndexKey;
use feiqian_store::{Pause, Store};

use crate::{Bank, Insurer};

/// What a flow runs on: a store, a bank, an insurer, a clock and a random source.
pub trait Platform {
    /// The store.
    type Store: Store;
    /// The bank.
    type Bank: Bank;
    /// The medical insurer.
    type Insurer: Insurer;

    /// The store.
    fn store(&self) -> &Self::Store;

    /// The bank.
    fn bank(&self) -> &Self::Bank;

    /// The medical insurer.
    fn insurer(&self) -> &Self::Insurer;

    /// The region, which is in every id made here.
    fn region(&self) -> Region;

    /// The current instant. It may jump, in both directions.
    fn now(&self) -> Timestamp;

    /// Waits.
    async fn sleep_ms(&self, millis: u64);

    /// Fills a buffer with bytes that no one can guess.
    fn fill_random(&self, bytes: &mut [u8]);
}

/// What a region decides.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// The region's calendar.
    pub calendar: Calendar,
    /// The limits in force.
    pub rules: &'static RuleSet,
}

/// The keys to personal data, for the flows that handle it.
#[derive(Debug)]
pub struct Vault {
    /// Seals and opens personal data.
    pub seal: SealKeys,
    /// Hashes what must be found again without being kept.
    pub index: IndexKey,
}

impl Vault {
    /// Seals a text for one place with a fresh nonce.
    pub(crate) fn seal<P: Platform>(
        &self,
        platform: &P,
        context: &str,
        text: &str,
    ) -> Result<Sealed, SealError> {
        seal(platform, &self.seal, context, text)
    }
}

/// Seals a text for one place with a fresh nonce.
pub(crate) fn seal<P: Platform>(
    platform: &P,
    keys: &SealKeys,
    context: &str,
    text: &str,
) -> Result<Sealed, SealError> {
    let mut nonce = [0; Sealed::NONCE_BYTES];
    platform.fill_random(&mut nonce);
    keys.seal(context, text, nonce)
}

/// The pause between two tries of an update: a random time that grows with the tries,
/// up to a bound, so that writers who met spread out.
pub(crate) struct Backoff<'a, P>(pub(crate) &'a P);

/// Growth of the pause with each try, milliseconds.
const PAUSE_STEP_MS: u64 = 2;

/// The longest pause, milliseconds: 128 tries of it still fit a request's time.
const PAUSE_MAX_MS: u64 = 50;

impl<P: Platform> Pause for Backoff<'_, P> {
    async fn pause(&self, attempt: u32) {
        let ceiling = (u64::from(attempt) * PAUSE_STEP_MS).min(PAUSE_MAX_MS);
        let mut bytes = [0; 8];
        self.0.fill_random(&mut bytes);
        let jittered = u64::from_le_bytes(bytes) % (ceiling + 1);
        self.0.sleep_ms(jittered).await;
    }
}
