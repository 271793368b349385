use feiqian_calendar::{Calendar, Timestamp};
use feiqian_edge::{Answer, Call, Problem, query, read_id};
use feiqian_ledger::partner::{KeyId, KeyMaterial, Partner, PartnerKey, PartnerScope};
use feiqian_ledger::{PartnerId, RATE_WINDOW_MS};
use feiqian_signing::Algorithm;
use serde::Serialize;
use std::collections::BTreeSet;

/// A partner as operators see it: no key's secret is told again.
#[derive(Serialize)]
pub(crate) struct PartnerBody<'a> {
    partner_id: &'a PartnerId,
    name: &'a str,
    created_at: String,
    keys: Vec<KeyBody<'a>>,
}

#[derive(Serialize)]
struct KeyBody<'a> {
    name: &'a str,
    key_id: String,
    algorithm: Algorithm,
    scopes: &'a BTreeSet<PartnerScope>,
    quota: QuotaBody,
    not_before: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_after: Option<String>,
    /// The key that sealed the secret, which must stay configured as long.
    #[serde(skip_serializing_if = "Option::is_none")]
    sealed_with: Option<&'a str>,
}

#[derive(Serialize)]
struct QuotaBody {
    requests: u32,
    window_seconds: u64,
}

impl<'a> PartnerBody<'a> {
    pub(crate) fn of(partner: &'a Partner, calendar: Calendar) -> Self {
        Self {
            partner_id: &partner.id,
            name: &partner.name,
            created_at: calendar.format(partner.created_at),
            keys: partner.keys().iter().map(|key| key_body(partner, key, calendar)).collect(),
        }
    }

    pub(crate) fn answer(partner: &'a Partner, calendar: Calendar) -> Answer {
        Answer::ok(&Self::of(partner, calendar))
    }
}

fn key_body<'a>(partner: &Partner, key: &'a PartnerKey, calendar: Calendar) -> KeyBody<'a> {
    let (algorithm, sealed_with) = match &key.material {
        KeyMaterial::HmacSha256(sealed) => (Algorithm::HmacSha256, Some(sealed.key_id())),
        KeyMaterial::Ed25519(_) => (Algorithm::Ed25519, None),
    };
    KeyBody {
        name: &key.name,
        key_id: format!("{}.{}", partner.id.as_str(), key.name),
        algorithm,
        scopes: &key.scopes,
        quota: QuotaBody { requests: key.quota, window_seconds: RATE_WINDOW_MS / 1000 },
        not_before: calendar.format(key.not_before),
        not_after: key.not_after.map(|end| calendar.format(end)),
        sealed_with,
    }
}

/// The partner that the path names.
pub(crate) fn read_partner(call: &Call) -> Result<PartnerId, Problem> {
    read_id("partner_id", call.parameter("partner_id")?)
}

/// The key that the path names.
pub(crate) fn read_key(call: &Call) -> Result<KeyId, Problem> {
    let partner = read_partner(call)?;
    KeyId::new(partner, call.parameter("name")?).map_err(|_| {
        query::invalid(
            "name",
            "a key is named by 1 to 28 of a-z, 0-9, _ and -",
            "密钥名称为 1 至 28 个小写字母、数字、_ 或 -",
        )
    })
}

/// An instant that the body gives.
pub(crate) fn read_instant(name: &'static str, text: &str) -> Result<Timestamp, Problem> {
    Timestamp::parse(text).map_err(|_| {
        query::invalid(
            name,
            "it is an instant such as 2026-12-31T23:59:59+08:00",
            "应为时间，如 2026-12-31T23:59:59+08:00",
        )
    })
}
