//! Registering partners and their keys, and taking partners' requests.
//!
//! A key's shards are made before the key: making a document can get stuck for good when its
//! maker dies, and then the operator registers the key under another name. Once a key is
//! registered, nothing is left that could get stuck.

use feiqian_calendar::Timestamp;
use feiqian_identity::{SealError, SealKeys, Sealed};
use feiqian_ledger::partner::{
    AccessUse, Admission, KeyId, KeyMaterial, Partner, PartnerAccess, PartnerKey, PartnerScope,
};
use feiqian_ledger::{Fingerprint, PartnerId};
use std::collections::BTreeSet;

use crate::documents::{Decision, change, create, load};
use crate::platform::seal;
use crate::{FlowError, Platform, Subject};

/// An operator's request to register a partner's key.
#[derive(Debug)]
pub struct AddPartnerKeyRequest {
    /// Which key.
    pub id: KeyId,
    /// The secret or the public key.
    pub material: NewKeyMaterial,
    /// What it may be used for.
    pub scopes: BTreeSet<PartnerScope>,
    /// Requests in each window, 1 to [`feiqian_ledger::QUOTA_MAX`].
    pub quota: u32,
    /// From when it is good; from now on if none is given.
    pub not_before: Option<Timestamp>,
    /// Until when it is good.
    pub not_after: Option<Timestamp>,
}

/// A key as it comes from whoever made it; both in base64.
pub enum NewKeyMaterial {
    /// A shared secret.
    HmacSha256(String),
    /// A public key.
    Ed25519(String),
}

impl std::fmt::Debug for NewKeyMaterial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::HmacSha256(_) => "HmacSha256(_)",
            Self::Ed25519(_) => "Ed25519(_)",
        })
    }
}

/// Registers a partner, or gives it another name.
///
/// # Errors
/// [`FlowError::InProgress`] if another maker has not finished, or died; then the partner needs
/// another id.
pub async fn register_partner<P: Platform>(
    platform: &P,
    id: PartnerId,
    name: String,
) -> Result<Partner, FlowError> {
    let key = Partner::key(&id);
    let new = Partner::new(id, name, platform.now());
    match create(platform, &key, &new).await? {
        None => Ok(new),
        Some(known) if known.name == new.name => Ok(known),
        Some(_) => {
            change(platform, &key, async |partner: &mut Partner| {
                partner.name.clone_from(&new.name);
                Ok(Decision::Write(partner.clone()))
            })
            .await
        }
    }
}

/// A partner and its keys. One store round trip.
///
/// # Errors
/// [`FlowError::NotFound`].
pub async fn load_partner<P: Platform>(platform: &P, id: &PartnerId) -> Result<Partner, FlowError> {
    load(platform, &Partner::key(id)).await?.ok_or(FlowError::NotFound(Subject::Partner))
}

/// Registers a key of a partner, its shards before it. Asked again, it finds the key or goes on.
///
/// # Errors
/// [`FlowError::NotFound`] without the partner, the refusals of [`Partner::add_key`], and
/// [`FlowError::InProgress`] if a maker of the shards died: the key needs another name.
pub async fn add_partner_key<P: Platform>(
    platform: &P,
    keys: &SealKeys,
    request: AddPartnerKeyRequest,
) -> Result<Partner, FlowError> {
    let id = request.id.clone();
    let now = platform.now();
    let new = sealed_key(platform, keys, request, now)?;
    let known = load_partner(platform, &id.partner).await?;
    if known.key_named(&id.name).is_none() {
        for shard in 0..new.shards() {
            create(platform, &PartnerAccess::key(&id, shard), &PartnerAccess::default()).await?;
        }
    }
    change(platform, &Partner::key(&id.partner), async |partner: &mut Partner| {
        partner.add_key(new.clone(), now)?;
        Ok(Decision::Write(partner.clone()))
    })
    .await
}

fn sealed_key<P: Platform>(
    platform: &P,
    keys: &SealKeys,
    request: AddPartnerKeyRequest,
    now: Timestamp,
) -> Result<PartnerKey, SealError> {
    let AddPartnerKeyRequest { id, material, scopes, quota, not_before, not_after } = request;
    let mut asked_for: Vec<String> = scopes.iter().map(ToString::to_string).collect();
    asked_for.push(quota.to_string());
    let material = match material {
        NewKeyMaterial::HmacSha256(secret) => {
            asked_for.extend(["hmac-sha256".to_owned(), secret.clone()]);
            KeyMaterial::HmacSha256(seal(platform, keys, &seal_context(&id), &secret)?)
        }
        NewKeyMaterial::Ed25519(public) => {
            asked_for.extend(["ed25519".to_owned(), public.clone()]);
            KeyMaterial::Ed25519(public)
        }
    };
    let parts: Vec<&str> = asked_for.iter().map(String::as_str).collect();
    Ok(PartnerKey {
        name: id.name,
        material,
        scopes,
        quota,
        not_before: not_before.unwrap_or(now),
        not_after,
        fingerprint: Fingerprint::of(&parts),
    })
}

/// Binds a sealed secret to its key.
fn seal_context(id: &KeyId) -> String {
    format!("partner_key/{id}")
}

/// The secret of a key, in base64.
///
/// # Errors
/// That it was sealed with a key that is not configured, or altered.
pub fn open_partner_secret(
    keys: &SealKeys,
    id: &KeyId,
    sealed: &Sealed,
) -> Result<String, SealError> {
    keys.open(&seal_context(id), sealed)
}

/// Says until when a key is good.
///
/// # Errors
/// [`FlowError::NotFound`] without such a key.
pub async fn end_partner_key<P: Platform>(
    platform: &P,
    id: &KeyId,
    not_after: Timestamp,
) -> Result<Partner, FlowError> {
    let key = Partner::key(&id.partner);
    let ended = change(platform, &key, async |partner: &mut Partner| {
        partner.end_key(&id.name, not_after).ok_or(FlowError::NotFound(Subject::Partner))?;
        Ok(Decision::Write(partner.clone()))
    });
    ended.await.map_err(|error| match error {
        FlowError::DocumentMissing => FlowError::NotFound(Subject::Partner),
        other => other,
    })
}

/// Takes a request with a verified signature, once, if its key's rate allows it. Two store round
/// trips.
///
/// # Errors
/// That the store did not answer: the nonce may be spent, and the request is sent again with
/// another.
pub async fn admit_request<P: Platform>(
    platform: &P,
    id: &KeyId,
    key: &PartnerKey,
    request: AccessUse,
) -> Result<Admission, FlowError> {
    let shards = key.shards();
    let shard_key = PartnerAccess::key(id, request.shard(shards));
    let quota = key.quota.div_ceil(shards);
    change(platform, &shard_key, async |access: &mut PartnerAccess| {
        let admission = access.admit(request, quota, platform.now());
        Ok(match admission {
            Admission::Admitted { .. } => Decision::Write(admission),
            _ => Decision::Keep(admission),
        })
    })
    .await
}
