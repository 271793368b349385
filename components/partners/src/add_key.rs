use feiqian_edge::{Answer, Call, OperatorScope, Problem, query};
use feiqian_flows::{AddPartnerKeyRequest, NewKeyMaterial, add_partner_key};
use feiqian_ledger::QUOTA_MAX;
use feiqian_ledger::partner::PartnerScope;
use feiqian_signing::{Algorithm, VerifyingKey};
use serde::Deserialize;
use std::collections::BTreeSet;

use crate::partner::{PartnerBody, read_instant, read_key};
use crate::settings::Settings;

/// Requests in each window unless the operator says otherwise (RULES section 6: `q=100`).
const QUOTA_DEFAULT: u32 = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    algorithm: Algorithm,
    key: String,
    scopes: BTreeSet<PartnerScope>,
    quota: Option<u32>,
    not_before: Option<String>,
    not_after: Option<String>,
}

/// `PUT /v1/operations/partners/:partner_id/keys/:name`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let acting = settings.acting(call, OperatorScope::Admin)?;
    let id = read_key(call)?;
    let body: Body = call.json()?;
    if VerifyingKey::from_base64(&id.to_string(), body.algorithm, &body.key).is_err() {
        return Err(query::invalid(
            "key",
            "it is base64: of at least 32 bytes for hmac-sha256, of the 32 bytes of the public key for ed25519",
            "应为 base64：hmac-sha256 至少 32 字节，ed25519 为 32 字节公钥",
        ));
    }
    if body.scopes.is_empty() {
        return Err(query::invalid("scopes", "there is at least one", "至少应有一项"));
    }
    let quota = body.quota.unwrap_or(QUOTA_DEFAULT);
    if !(1..=QUOTA_MAX).contains(&quota) {
        let (en, zh) = (
            format!("it is a whole number from 1 to {QUOTA_MAX}"),
            format!("应为 1 至 {QUOTA_MAX} 的整数"),
        );
        return Err(query::invalid("quota", en, zh));
    }
    let instant =
        |name, text: Option<String>| text.map(|text| read_instant(name, &text)).transpose();
    let request = AddPartnerKeyRequest {
        id,
        material: match body.algorithm {
            Algorithm::HmacSha256 => NewKeyMaterial::HmacSha256(body.key),
            Algorithm::Ed25519 => NewKeyMaterial::Ed25519(body.key),
        },
        scopes: body.scopes,
        quota,
        not_before: instant("not_before", body.not_before)?,
        not_after: instant("not_after", body.not_after)?,
    };
    let platform = &settings.platform;
    let add = async || {
        let partner = add_partner_key(platform, &settings.seal, request).await?;
        Ok(PartnerBody::answer(&partner, settings.calendar))
    };
    acting.perform(platform, add).await
}
