//! Sealing personal data anew after the key was rotated.

use feiqian_identity::{SealError, Sealed};
use feiqian_ledger::Account;
use feiqian_store::Store;

use crate::activation::seal_context;
use crate::documents::{Decision, change};
use crate::{FlowError, Platform, Vault};

/// Keys that one batch looks at: each account that is sealed anew costs a read and a swap, and
/// a batch stays within a request's time.
pub const RESEAL_BATCH_MAX: usize = 100;

/// The keys of accounts begin with this; no other document holds sealed data.
const ACCOUNTS: &str = "account/";

/// What one batch did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResealBatch {
    /// Accounts that were sealed anew.
    pub resealed: usize,
    /// Accounts that the active key had sealed already.
    pub kept: usize,
    /// Keys of accounts whose data no configured key opens. Nothing of them was changed.
    pub unopened: Vec<String>,
    /// The key behind which the next batch goes on; none if all accounts have been looked at.
    pub next: Option<String>,
}

/// Seals the personal data of up to [`RESEAL_BATCH_MAX`] accounts behind a key with the active
/// key. Each account is one swap, and one that is sealed anew is left alone: a run that died is
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
    let after = after.max(ACCOUNTS);
    let keys = platform.store().list(after, RESEAL_BATCH_MAX).await?;
    let is_last = keys.len() < RESEAL_BATCH_MAX;
    let accounts: Vec<String> =
        keys.into_iter().take_while(|key| key.starts_with(ACCOUNTS)).collect();
    let mut batch = ResealBatch::default();
    if !is_last && accounts.len() == RESEAL_BATCH_MAX {
        batch.next = accounts.last().cloned();
    }
    for key in accounts {
        match reseal_account(platform, vault, &key).await? {
            Some(true) => batch.resealed += 1,
            Some(false) => batch.kept += 1,
            None => batch.unopened.push(key),
        }
    }
    Ok(batch)
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
