//! Who asks by a signature: a partner, with one of its keys.

use feiqian_calendar::Timestamp;
use feiqian_flows::{FlowError, Platform, admit_request, load_partner, open_partner_secret};
use feiqian_identity::SealKeys;
use feiqian_ledger::partner::{AccessUse, Admission, KeyId, KeyMaterial, PartnerKey, PartnerScope};
use feiqian_ledger::{PartnerId, RATE_WINDOW_MS};
use feiqian_signing::{
    Algorithm, Policy, RequestParts, SignatureError, Verified, VerifyingKey, claimed_key_id,
    verify_request,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::{Call, Problem, ProblemCode, scope};

/// How long an instance takes a key as it last read it, milliseconds. So long a key that was
/// ended may still be taken, and so long a new one may seem unknown where another was asked for
/// under its name before.
const KNOWN_FOR_MS: u64 = 30_000;

/// Keys that an instance remembers: those of the partners that are at work, with room.
const KNOWN_MAX: usize = 64;

/// The header with the quota of a key (RULES section 6).
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// The header with what is left of it.
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// Recognises partners by their signatures. One per instance.
#[derive(Debug)]
pub struct Partners {
    seal: SealKeys,
    known: RefCell<BTreeMap<KeyId, Known>>,
}

/// A key as it was read.
#[derive(Debug, Clone)]
struct Known {
    read_at: Timestamp,
    key: Rc<(PartnerKey, VerifyingKey)>,
}

/// What is left of a key's quota, for the headers of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RateLimit {
    quota: u32,
    remaining: u32,
    resets_in_s: u64,
}

impl RateLimit {
    /// Sets `RateLimit-Policy` and `RateLimit`.
    pub(crate) fn apply(self, headers: &mut HeaderMap) {
        let Self { quota, remaining, resets_in_s } = self;
        let window_s = RATE_WINDOW_MS / 1000;
        for (name, text) in [
            (RATE_LIMIT_POLICY, format!("\"default\";q={quota};w={window_s}")),
            (RATE_LIMIT, format!("\"default\";r={remaining};t={resets_in_s}")),
        ] {
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.insert(name, value);
            }
        }
    }
}

impl Partners {
    /// Recognises partners whose secrets these keys open.
    #[must_use]
    pub const fn new(seal: SealKeys) -> Self {
        Self { seal, known: RefCell::new(BTreeMap::new()) }
    }

    /// The partner whose key signed the request, if the key has the scope, its nonce is new and
    /// its rate allows one more. Two store round trips, and one more where the key was not read
    /// lately.
    ///
    /// # Errors
    /// `signature_missing`, `signature_invalid`, `signature_expired`, `signature_replayed`,
    /// `partner_unknown`, `scope_missing`, `rate_limited`, and that the store did not answer.
    pub async fn admit<P: Platform>(
        &self,
        call: &Call,
        platform: &P,
        scope: PartnerScope,
    ) -> Result<PartnerId, Problem> {
        let now = platform.now();
        let claimed =
            claimed_key_id(&call.headers, &Policy::PARTNER).map_err(|e| problem_of(&e))?;
        let id = KeyId::parse(&claimed).map_err(|_| ProblemCode::PartnerUnknown)?;
        let known = self.known(platform, &id, now).await?;
        let (key, verifying) = &*known;
        let verified = verify(call, verifying, now)?;
        if !key.is_good_at(now) {
            return Err(ProblemCode::PartnerUnknown.into());
        }
        if !key.scopes.contains(&scope) {
            return Err(Problem::new(ProblemCode::ScopeMissing).with("scope", scope.as_str()));
        }
        let nonce = verified.nonce.as_deref().unwrap_or_default();
        let request = AccessUse::new(nonce, verified.created);
        let admission = admit_request(platform, &id, key, request).await?;
        answer_to(admission, key)?;
        Ok(id.partner)
    }

    /// A key, as it was read lately or as it is now.
    async fn known<P: Platform>(
        &self,
        platform: &P,
        id: &KeyId,
        now: Timestamp,
    ) -> Result<Rc<(PartnerKey, VerifyingKey)>, Problem> {
        let lately =
            |known: &Known| now >= known.read_at && now.millis_since(known.read_at) < KNOWN_FOR_MS;
        if let Some(known) = self.known.borrow().get(id).filter(|known| lately(known)) {
            return Ok(Rc::clone(&known.key));
        }
        let partner = load_partner(platform, &id.partner).await.map_err(|error| match error {
            FlowError::NotFound(_) => ProblemCode::PartnerUnknown.into(),
            other => Problem::from(other),
        })?;
        let key = partner.key_named(&id.name).ok_or(ProblemCode::PartnerUnknown)?.clone();
        let verifying = self.verifying(id, &key)?;
        let key = Rc::new((key, verifying));
        let mut all = self.known.borrow_mut();
        if all.len() >= KNOWN_MAX {
            all.clear();
        }
        all.insert(id.clone(), Known { read_at: now, key: Rc::clone(&key) });
        Ok(key)
    }

    fn verifying(&self, id: &KeyId, key: &PartnerKey) -> Result<VerifyingKey, Problem> {
        let unusable = |why: &dyn std::fmt::Display| {
            Problem::new(ProblemCode::InternalError).because(format_args!("the key {id}: {why}"))
        };
        let (algorithm, base64) = match &key.material {
            KeyMaterial::HmacSha256(sealed) => {
                let secret = open_partner_secret(&self.seal, id, sealed);
                (Algorithm::HmacSha256, secret.map_err(|error| unusable(&error))?)
            }
            KeyMaterial::Ed25519(public) => (Algorithm::Ed25519, public.clone()),
        };
        VerifyingKey::from_base64(&id.to_string(), algorithm, &base64)
            .map_err(|error| unusable(&error))
    }
}

fn verify(call: &Call, key: &VerifyingKey, now: Timestamp) -> Result<Verified, Problem> {
    let parts = RequestParts {
        method: &call.method,
        authority: call.authority.as_deref(),
        path: &call.path,
        query: call.query_text.as_deref(),
        headers: &call.headers,
    };
    let lookup = |named: &str| (named == key.id()).then_some(key);
    verify_request(&parts, &call.body, lookup, now, &Policy::PARTNER).map_err(|e| problem_of(&e))
}

/// Notes what is left of the quota for the answer's headers, or says why the request is not
/// taken.
fn answer_to(admission: Admission, key: &PartnerKey) -> Result<(), Problem> {
    let (shards, quota) = (key.shards(), key.quota);
    let note = |remaining, ms: u64| {
        if let Some(scope) = scope::current() {
            let resets_in_s = ms.div_ceil(1000);
            scope.rate_limit.set(Some(RateLimit { quota, remaining, resets_in_s }));
        }
    };
    match admission {
        Admission::Admitted { remaining, resets_in_ms } => {
            // The other shards are about as full as this one.
            note(remaining.saturating_mul(shards).min(quota), resets_in_ms);
            Ok(())
        }
        Admission::Replayed | Admission::Forgotten => Err(ProblemCode::SignatureReplayed.into()),
        Admission::TooSoon { wait_ms } => {
            note(0, wait_ms);
            Err(Problem::new(ProblemCode::RateLimited)
                .with("quota", quota)
                .with("window", RATE_WINDOW_MS / 1000)
                .retry_after(wait_ms.div_ceil(1000)))
        }
    }
}

fn problem_of(error: &SignatureError) -> Problem {
    match error {
        SignatureError::Missing => ProblemCode::SignatureMissing.into(),
        SignatureError::UnknownKey => ProblemCode::PartnerUnknown.into(),
        SignatureError::Expired | SignatureError::NotYetValid => {
            ProblemCode::SignatureExpired.into()
        }
        SignatureError::Malformed(what) => {
            unfit(format!("it cannot be read, {what}"), format!("无法读取（{what}）"))
        }
        SignatureError::NotCovered(what) => {
            unfit(format!("it does not cover {what}"), format!("未覆盖 {what}"))
        }
        SignatureError::Nonce => unfit(
            "it has no nonce of 8 to 64 visible ASCII characters",
            "缺少 8 至 64 个可见 ASCII 字符的 nonce",
        ),
        SignatureError::Mismatch => {
            unfit("it was made over another message or by another key", "由其他消息或其他密钥生成")
        }
        SignatureError::DigestMismatch => {
            unfit("the body does not match its Content-Digest", "正文与 Content-Digest 不一致")
        }
    }
}

fn unfit(en: impl Into<Cow<'static, str>>, zh: impl Into<Cow<'static, str>>) -> Problem {
    Problem::new(ProblemCode::SignatureInvalid).with_text("reason", en, zh)
}

#[cfg(test)]
mod tests;
