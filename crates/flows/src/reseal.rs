//! Sealing personal data and secrets anew after the key was rotated.

use feiqian_identity::{SealError, Sealed};
use feiqian_ledger::event::Endpoint;
use feiqian_ledger::{Account, Merchant};
use feiqian_store::Store;

use crate::activation::seal_context;
use crate::documents::{Decision, change};
use crate::settlements::number_context;
use crate::{FlowError, Platform, Vault};

/// Keys that one batch looks at: each document that is sealed anew costs a read and a swap, and
/// a batch stays within a request's time.
pub const RESEAL_BATCH_MAX: usize = 100;

/// How the keys of documents begin that hold sealed data, in the order of keys; no others do.
const ACCOUNTS: &str = "account/";
const ENDPOINTS: &str = "endpoint/";
const MERCHANTS: &str = "merchant/";
const SEALED: [&str; 3] = [ACCOUNTS, ENDPOINTS, MERCHANTS];

/// What one batch did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResealBatch {
    /// Accounts, endpoints for events, and merchants with a bank account that were sealed anew.
    pub resealed: usize,
    /// Those that the active key had sealed already.
    pub kept: usize,
    /// Keys of those whose data no configured key opens. Nothing of them was changed.
    pub unopened: Vec<String>,
    /// The key behind which the next batch goes on; none if all have been looked at.
    pub next: Option<String>,
}

/// What became of one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Resealed {
    /// It was sealed anew.
    Anew,
    /// The active key had sealed it.
    Kept,
    /// Nothing in it is sealed.
    Bare,
    /// No key opens it.
    Unopened,
}

/// Seals the personal data of accounts, the secrets of endpoints and the bank accounts of merchants
/// with the active key: of up to [`RESEAL_BATCH_MAX`] documents behind a key. Each document is one swap, and one that
/// is sealed anew is left alone: a run that died is begun again anywhere, and two at once are
/// harmless. What is sealed meanwhile is sealed with the active key, so a run that came to its
/// end has seen all that a former key sealed, and that key can go.
///
/// # Errors
/// That the store did not answer; documents before that are sealed anew.
pub async fn reseal<P: Platform>(
    platform: &P,
    vault: &Vault,
    after: &str,
) -> Result<ResealBatch, FlowError> {
    let mut batch = ResealBatch::default();
    let mut room = RESEAL_BATCH_MAX;
    for kind in SEALED {
        let keys = platform.store().list(after.max(kind), room).await?;
        let keys: Vec<String> = keys.into_iter().take_while(|key| key.starts_with(kind)).collect();
        room -= keys.len();
        let last = keys.last().cloned();
        for key in keys {
            match reseal_document(platform, vault, kind, &key).await? {
                Resealed::Anew => batch.resealed += 1,
                Resealed::Kept => batch.kept += 1,
                Resealed::Bare => {}
                Resealed::Unopened => batch.unopened.push(key),
            }
        }
        if room == 0 {
            batch.next = last;
            return Ok(batch);
        }
    }
    Ok(batch)
}

async fn reseal_document<P: Platform>(
    platform: &P,
    vault: &Vault,
    kind: &str,
    key: &str,
) -> Result<Resealed, FlowError> {
    match kind {
        ACCOUNTS => {
            change(platform, key, async |account: &mut Account| {
                let id = account.id.clone();
                let fields =
                    account.sealed_mut().map(|(name, field)| (seal_context(&id, name), field));
                Ok(reseal_fields(platform, vault, fields))
            })
            .await
        }
        ENDPOINTS => {
            change(platform, key, async |endpoint: &mut Endpoint| {
                let context = Endpoint::seal_context(&endpoint.id);
                let secrets = endpoint.secrets.iter_mut();
                let fields = secrets.map(|secret| (context.clone(), &mut secret.sealed));
                Ok(reseal_fields(platform, vault, fields))
            })
            .await
        }
        _ => {
            change(platform, key, async |merchant: &mut Merchant| {
                let id = merchant.id.clone();
                let fields = merchant.sealed_mut().map(|field| (number_context(&id), field));
                Ok(reseal_fields(platform, vault, fields))
            })
            .await
        }
    }
}

fn reseal_fields<'a, P: Platform>(
    platform: &P,
    vault: &Vault,
    mut fields: impl Iterator<Item = (String, &'a mut Sealed)>,
) -> Decision<Resealed> {
    let (mut is_bare, mut is_changed) = (true, false);
    let resealed = fields.try_for_each(|(context, sealed)| {
        is_bare = false;
        is_changed |= vault.seal.needs_reseal(sealed);
        reseal_field(platform, vault, &context, sealed)
    });
    match resealed {
        Ok(()) if is_changed => Decision::Write(Resealed::Anew),
        Ok(()) if is_bare => Decision::Keep(Resealed::Bare),
        Ok(()) => Decision::Keep(Resealed::Kept),
        Err(_) => Decision::Keep(Resealed::Unopened),
    }
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
