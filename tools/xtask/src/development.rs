//! Keys for development, known to everyone who can read this file.
//!
//! `cargo xtask up` and the tests run with them. A deployment sets its own: none of
//! these is a default anywhere.

use anyhow::{Context as _, Result, ensure};
use feiqian_ledger::partner::{KeyId, PartnerScope};
use serde_json::{Value, json};

use crate::api::{Api, Caller};

/// Our name with the sandbox bank, and the key shared with it.
pub const BANK_KEY_ID: &str = "feiqian";
/// HMAC key, base64 of 32 bytes.
pub const BANK_KEY: &str = "ZGV2ZWxvcG1lbnQtb25seS1iYW5rLWtleS0wMDAwMDE=";

/// Our name with the sandbox insurer, and the key shared with it.
pub const INSURER_KEY_ID: &str = "feiqian";
/// HMAC key, base64 of 32 bytes.
pub const INSURER_KEY: &str = "ZGV2ZWxvcG1lbnQtb25seS1pbnN1cmVyLWtleS0wMDE=";

/// Signs session tokens, base64 of 32 bytes.
pub const SESSION_KEY: &str = "ZGV2ZWxvcG1lbnQtb25seS1zZXNzaW9uLWtleS0wMDE=";
/// Pepper of PIN verifiers, base64 of 32 bytes.
pub const PIN_PEPPER: &str = "ZGV2ZWxvcG1lbnQtb25seS1waW4tcGVwcGVyLTAwMDE=";
/// Payer codes and NFC tokens, base64 of 32 bytes.
pub const CODE_KEY: &str = "ZGV2ZWxvcG1lbnQtb25seS1jb2RlLWtleS0wMDAwMDE=";
/// Keyed hashes of card numbers and resident IDs, base64 of 32 bytes.
pub const INDEX_KEY: &str = "ZGV2ZWxvcG1lbnQtb25seS1pbmRleC1rZXktMDAwMDE=";
/// Seals personal data; the key is base64 of 32 bytes.
pub const SEAL_KEYS: &str =
    r#"{"active":"dev1","keys":{"dev1":"ZGV2ZWxvcG1lbnQtb25seS1zZWFsLWtleS0wMDAwMDE="}}"#;

/// Seals the secrets of partners; the key is base64 of 32 bytes.
pub const PARTNER_SEAL_KEYS: &str =
    r#"{"active":"dev1","keys":{"dev1":"ZGV2ZWxvcG1lbnQtb25seS1wYXJ0bmVyLXNlYWwtMDE="}}"#;

/// The partner platform that the demo and the tests act as.
pub const PARTNER_KEY_ID: &str = "par_demo.1";
/// Its HMAC key, base64 of 32 bytes.
pub const PARTNER_KEY: &str = "ZGV2ZWxvcG1lbnQtb25seS1wYXJ0bmVyLWtleS0wMDE=";
/// Requests that each of their keys may send in ten seconds: more than tests and demonstrations
/// do.
const PARTNER_QUOTA: u32 = 2000;
/// A second partner, which must see nothing of the first one's.
pub const OTHER_PARTNER_KEY_ID: &str = "par_other.1";
/// Its HMAC key, base64 of 32 bytes.
pub const OTHER_PARTNER_KEY: &str = "ZGV2ZWxvcG1lbnQtb25seS1vdGhlci1wYXJ0bmVyLTE=";

/// Signs the sandbox bank's events.
pub const BANK_WEBHOOK_SECRET: &str = "whsec_ZGV2ZWxvcG1lbnQtb25seS1iYW5rLWV2ZW50cy0wMDE=";
/// Signs the development partner's events.
pub const PARTNER_WEBHOOK_SECRET: &str = "whsec_ZGV2ZWxvcG1lbnQtb25seS1wYXJ0bmVyLWV2ZW50cy0x";
/// Signs the second partner's events.
pub const OTHER_PARTNER_WEBHOOK_SECRET: &str = "whsec_ZGV2ZWxvcG1lbnQtb25seS1vdGhlci1ldmVudHMtMDE=";

/// Where events may go besides public addresses: to programs on this machine.
pub const WEBHOOK_HOSTS: &str = "http://127.0.0.1:*";

/// Bearer token of the host's timer.
pub const AUTOMATION_TOKEN: &str = "development-only-automation-token-01";
/// Bearer token of the operator alice, who may do everything.
pub const OPERATOR_TOKEN: &str = "development-only-operator-token-0001";
/// Its SHA-256.
const OPERATOR_TOKEN_SHA256: &str =
    "bbc3191f7938a155807d14509ec4224e1ac0f922e3cdab8b8725661d806e8e65";
/// Bearer token of the operator bob, who works on holders' accounts and approves adjustments.
pub const SUPPORT_TOKEN: &str = "development-only-support-token-00001";
/// Its SHA-256.
const SUPPORT_TOKEN_SHA256: &str =
    "1f53d813d71fc999971b66bd0512279c250bbdd69d4f78b44a9301fc28da917b";

/// The application's variables, by their names in spin.toml.
#[must_use]
pub fn variables(bank_url: &str, insurer_url: &str) -> Vec<(String, String)> {
    let operators = json!({
        "alice": {
            "token_sha256": OPERATOR_TOKEN_SHA256,
            "scopes": ["worker", "read", "support", "adjust", "approve", "admin"],
        },
        "bob": {"token_sha256": SUPPORT_TOKEN_SHA256, "scopes": ["support", "approve"]},
    });
    let webhook_secrets = json!({
        "bank": [BANK_WEBHOOK_SECRET],
        "par_demo": [PARTNER_WEBHOOK_SECRET],
        "par_other": [OTHER_PARTNER_WEBHOOK_SECRET],
    });
    [
        ("bank_url", bank_url),
        ("bank_key_id", BANK_KEY_ID),
        ("bank_key", BANK_KEY),
        ("insurer_url", insurer_url),
        ("insurer_key_id", INSURER_KEY_ID),
        ("insurer_key", INSURER_KEY),
        ("session_key", SESSION_KEY),
        ("pin_pepper", PIN_PEPPER),
        ("code_key", CODE_KEY),
        ("index_key", INDEX_KEY),
        ("seal_keys", SEAL_KEYS),
        ("partner_seal_keys", PARTNER_SEAL_KEYS),
        ("operator_token", AUTOMATION_TOKEN),
        ("operators", operators.to_string().as_str()),
        ("webhook_secrets", webhook_secrets.to_string().as_str()),
        ("webhook_development_hosts", WEBHOOK_HOSTS),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// Registers the development partners with their keys, unless they are.
///
/// # Errors
///
/// When the application refuses that.
pub fn register_partners(api: &Api) -> Result<()> {
    for (key_id, key, name) in
        [(PARTNER_KEY_ID, PARTNER_KEY, "Demo"), (OTHER_PARTNER_KEY_ID, OTHER_PARTNER_KEY, "Other")]
    {
        let id = KeyId::parse(key_id).context("a development key's id is none")?;
        let path = format!("/v1/operations/partners/{}", id.partner.as_str());
        put(api, &path, &json!({ "name": name }))?;
        let key = json!({
            "algorithm": "hmac-sha256",
            "key": key,
            "scopes": PartnerScope::ALL,
            "quota": PARTNER_QUOTA,
        });
        put(api, &format!("{path}/keys/{}", id.name), &key)?;
    }
    Ok(())
}

fn put(api: &Api, path: &str, body: &Value) -> Result<()> {
    let operator = Caller::Bearer(OPERATOR_TOKEN.to_owned());
    let answer = api.put(path, body).by(&operator).send()?;
    ensure!(answer.status == 200, "PUT {path}: {} {}", answer.status, answer.text());
    Ok(())
}

/// Variables in the form in which Spin and the host read them from the environment.
#[must_use]
pub fn as_environment(variables: &[(String, String)]) -> Vec<(String, String)> {
    variables
        .iter()
        .map(|(name, value)| (format!("SPIN_VARIABLE_{}", name.to_uppercase()), value.clone()))
        .collect()
}
