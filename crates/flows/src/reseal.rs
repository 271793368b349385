//! Sealing personal data anew after the key was rotated.

use feiqian_identity::{SealError, Sealed};
use feiqian_ledger::Account;
use feiqian_ledger::event::Endpoint;
use feiqian_store::Store;

use crate::activation::seal_context;
use crate::documents::{Decision, change};
use crate::{FlowError, Platform, Vault};

/// Keys that one batch looks at: each account that is sealed anew costs a read and a swap, and
/// a batch stays within a request's time.
pub const RESEAL_BATCH_MAX: usize = 100;

/// What the keys of documents with sealed data begin with, in the order of keys: accounts, and
/// endpoints for events with their secrets.
const ACCOUNTS: &str = "account/";
const ENDPOINTS: &str = "endpoint/";

/// What one batch did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResealBatch {
    /// Accounts and endpoints that were sealed anew.
    pub resealed: usize,
    /// Those that the active key had sealed already.
    pub kept: usize,
    /// Keys of those whose data no configured key opens. Nothing of them was changed.
    pub unopened: Vec<String>,
    /// The key behind which the next batch goes on; none if all have been looked at.
    pub next: Option<String>,
}

/// Seals the personal data of up to [`RESEAL_BATCH_MAX`] accounts behind a key with the active
/// key, and the secrets of endpoints behind the last account. Each account is one swap, and one that is sealed anew is left alone: a run that died is
/// begun again anywhere, and two at once are harmless. An account that is opened meanwhile is
/// sealed with the active key, so a run that came to its end has seen all that a former key
/// sealed, and that key can go.
///
/// # Errors
/// That the store did not answer; accounts before that are sealed anew.
pub async fn reseal<P: Platform>(
    platform: &P,
    vault: &Vault,
    after: &str,
) -> Result<ResealBatch, FlowError> {
    let mut batch = ResealBatch::default();
    if after < ENDPOINTS {
        let (accounts, next) = keys_behind(platform, after.max(ACCOUNTS), ACCOUNTS).await?;
        batch.next = next;
        for key in accounts {
            let outcome = reseal_account(platform, vault, &key).await?;
            batch.note(key, outcome);
        }
        if batch.next.is_some() {
            return Ok(batch);
        }
    }
    let (endpoints, next) = keys_behind(platform, after.max(ENDPOINTS), ENDPOINTS).await?;
    batch.next = next;
    for key in endpoints {
        let outcome = reseal_endpoint(platform, vault, &key).await?;
        batch.note(key, outcome);
    }
    Ok(batch)
}

impl ResealBatch {
    fn note(&mut self, key: String, outcome: Option<bool>) {
        match outcome {
            Some(true) => self.resealed += 1,
            Some(false) => self.kept += 1,
            None => self.unopened.push(key),
        }
    }
}

/// The next keys that begin so, and the one behind which there may be more.
async fn keys_behind<P: Platform>(
    platform: &P,
    after: &str,
    prefix: &str,
) -> Result<(Vec<String>, Option<String>), FlowError> {
    let keys = platform.store().list(after, RESEAL_BATCH_MAX).await?;
    let is_last = keys.len() < RESEAL_BATCH_MAX;
    let found: Vec<String> = keys.into_iter().take_while(|key| key.starts_with(prefix)).collect();
    let next = (!is_last && found.len() == RESEAL_BATCH_MAX).then(|| found.last().cloned());
    Ok((found, next.flatten()))
}

/// Whether an endpoint's secrets were sealed anew; none if no key opens one.
async fn reseal_endpoint<P: Platform>(
    platform: &P,
    vault: &Vault,
    key: &str,
) -> Result<Option<bool>, FlowError> {
    change(platform, key, async |endpoint: &mut Endpoint| {
        let context = Endpoint::seal_context(&endpoint.id);
        let mut changed = false;
        let resealed = endpoint.secrets.iter_mut().try_for_each(|secret| {
            changed |= vault.seal.needs_reseal(&secret.sealed);
            reseal_field(platform, vault, &context, &mut secret.sealed)
        });
        Ok(match resealed {
            Ok(()) if changed => Decision::Write(Some(true)),
            Ok(()) => Decision::Keep(Some(false)),
            Err(_) => Decision::Keep(None),
        })
    })
    .await
}

/// Whether an account was sealed anew; none if no key opens it.
async fn reseal_account<P: Platform>(
    platform: &P,
    vault: &Vault,
    key: &str,
) -> Result<Option<bool>, FlowError> {
    change(platform, key, async |account: &mut Account| {
        let id = account.id.clone();
        let mut changed = false;
        let resealed = account.sealed_mut().try_for_each(|(field, sealed)| {
            changed |= vault.seal.needs_reseal(sealed);
            reseal_field(platform, vault, &seal_context(&id, field), sealed)
        });
        Ok(match resealed {
            Ok(()) if changed => Decision::Write(Some(true)),
            Ok(()) => Decision::Keep(Some(false)),
            Err(_) => Decision::Keep(None),
        })
    })
    .await
}

fn reseal_field<P: Platform>(
    platform: &P,
    vault: &Vault,
    context: &str,
    sealed: &mut Sealed,
) -> Result<(), SealError> {
    if vault.seal.needs_reseal(sealed) {
        let text = vault.seal.open(context, sealed)?;
        *sealed = vault.seal(platform, context, &text)?;
    }
    Ok(())
}
