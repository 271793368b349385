//! Who sends events: the bank, or a partner.

use std::collections::BTreeMap;

use feiqian_calendar::Timestamp;
use feiqian_ledger::PartnerId;
use feiqian_signing::{WebhookError, WebhookSecret, WebhookSecretError, verify_webhook};

use crate::{Call, Problem, ProblemCode};

/// Sources that a deployment knows at most.
const SOURCES_MAX: usize = 256;

/// Secrets of one source: the one in use, and those that it leaves or comes to.
const SECRETS_MAX: usize = 4;

/// Who sends an event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum WebhookSource {
    /// The bank.
    Bank,
    /// A partner.
    Partner(PartnerId),
}

impl WebhookSource {
    /// How the bank is named, in paths and variables.
    pub const BANK: &'static str = "bank";

    /// Reads a source: `bank`, or a partner's id.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text == Self::BANK {
            return Some(Self::Bank);
        }
        PartnerId::parse(text).ok().map(Self::Partner)
    }

    /// The source as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Bank => Self::BANK,
            Self::Partner(partner) => partner.as_str(),
        }
    }
}

/// The secrets with which events are signed, by source. A source may have several, so that
/// they rotate with overlap.
#[derive(Debug)]
pub struct WebhookSecrets(BTreeMap<WebhookSource, Vec<WebhookSecret>>);

/// Why the configured secrets cannot be used. The text never holds a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookSecretsError {
    /// No JSON of the right shape.
    #[error("the secrets are JSON such as {{\"bank\": [\"whsec_BASE64\"]}}")]
    Malformed,
    /// Neither the bank nor a partner.
    #[error("a source is \"bank\" or a partner's id")]
    Source,
    /// More than are sensible.
    #[error("there are at most {SOURCES_MAX} sources with 1 to {SECRETS_MAX} secrets each")]
    Count,
    /// One of the secrets.
    #[error("{0}")]
    Secret(#[from] WebhookSecretError),
}

impl WebhookSecrets {
    /// Reads the variable `webhook_secrets`.
    ///
    /// # Errors
    /// See [`WebhookSecretsError`].
    pub fn parse(json: &str) -> Result<Self, WebhookSecretsError> {
        let entries: BTreeMap<String, Vec<String>> =
            serde_json::from_str(json).map_err(|_| WebhookSecretsError::Malformed)?;
        let counted = entries.values().all(|secrets| (1..=SECRETS_MAX).contains(&secrets.len()));
        if entries.len() > SOURCES_MAX || !counted {
            return Err(WebhookSecretsError::Count);
        }
        let read = |(source, secrets): (String, Vec<String>)| {
            let source = WebhookSource::parse(&source).ok_or(WebhookSecretsError::Source)?;
            let secrets = secrets.iter().map(|text| WebhookSecret::parse(text));
            Ok((source, secrets.collect::<Result<_, _>>()?))
        };
        entries.into_iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Who sent an event to the path of `source`, and the sender's id of it.
    ///
    /// # Errors
    /// `webhook_signature_invalid`, for a source that is not known as well; `webhook_expired`.
    pub fn verify(
        &self,
        call: &Call,
        source: &str,
        now: Timestamp,
    ) -> Result<(WebhookSource, String), Problem> {
        let known = WebhookSource::parse(source).and_then(|source| {
            let secrets = self.0.get(&source)?;
            Some((source, secrets.as_slice()))
        });
        // Nobody is told which sources there are.
        let (source, secrets) =
            known.map_or((None, &[][..]), |(source, secrets)| (Some(source), secrets));
        let id = verify_webhook(&call.headers, &call.body, secrets, now).map_err(problem_of)?;
        let source = source.ok_or_else(|| problem_of(WebhookError::Mismatch))?;
        Ok((source, id.to_owned()))
    }
}

fn problem_of(error: WebhookError) -> Problem {
    let unfit = |en: String, zh: String| {
        Problem::new(ProblemCode::WebhookSignatureInvalid).with_text("reason", en, zh)
    };
    match error {
        WebhookError::Header(name) => unfit(
            format!("the header {name} is missing or malformed"),
            format!("请求头 {name} 缺失或格式不正确"),
        ),
        WebhookError::Mismatch => unfit(
            "no signature is by a secret of this source".to_owned(),
            "没有任何签名出自该来源的密钥".to_owned(),
        ),
        WebhookError::Expired => ProblemCode::WebhookExpired.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test::call;
    use http::HeaderValue;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
    const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    const BODY: &[u8] = br#"{"type":"a.b","data":{}}"#;

    fn sent(secret: &str, at: Timestamp) -> Call {
        let mut call = call("POST", "/v1/webhooks/bank", BODY);
        let signature = WebhookSecret::parse(secret).unwrap().sign("evt_1", at, BODY);
        for (name, value) in [
            ("webhook-id", "evt_1"),
            ("webhook-timestamp", at.as_seconds().to_string().as_str()),
            ("webhook-signature", &signature),
        ] {
            call.headers.insert(name, HeaderValue::from_str(value).unwrap());
        }
        call
    }

    fn secrets() -> WebhookSecrets {
        WebhookSecrets::parse(&format!(r#"{{"bank":["{SECRET}"],"par_demo":["{SECRET}"]}}"#))
            .unwrap()
    }

    #[test]
    fn a_source_is_believed_with_its_own_secret() {
        let verify = |call: &Call, source| secrets().verify(call, source, NOW);
        let (source, id) = verify(&sent(SECRET, NOW), "bank").unwrap();
        assert_eq!((source, id.as_str()), (WebhookSource::Bank, "evt_1"));
        let (source, _) = verify(&sent(SECRET, NOW), "par_demo").unwrap();
        assert_eq!(source.as_str(), "par_demo");
        let code = |call: &Call, source| verify(call, source).unwrap_err().code();
        for source in ["par_other", "insurer", ""] {
            let code = code(&sent(SECRET, NOW), source);
            assert_eq!(code, ProblemCode::WebhookSignatureInvalid, "{source}");
        }
        let old = sent(SECRET, Timestamp::from_millis(NOW.as_millis() - 301_000));
        assert_eq!(code(&old, "bank"), ProblemCode::WebhookExpired);
        let bare = call("POST", "/v1/webhooks/bank", BODY);
        assert_eq!(code(&bare, "bank"), ProblemCode::WebhookSignatureInvalid);
    }

    #[test]
    fn secrets_that_cannot_be_used_are_refused_without_being_told() {
        for (json, error) in [
            ("", WebhookSecretsError::Malformed),
            (r#"{"bank":"x"}"#, WebhookSecretsError::Malformed),
            (r#"{"bank":[]}"#, WebhookSecretsError::Count),
            (r#"{"shop":["whsec_864209"]}"#, WebhookSecretsError::Source),
            (r#"{"bank":["whsec_864209"]}"#, WebhookSecretsError::Secret(WebhookSecretError)),
        ] {
            let found = WebhookSecrets::parse(json).unwrap_err();
            assert_eq!(found, error, "{json}");
            assert!(!found.to_string().contains("864209"));
        }
        assert!(WebhookSecrets::parse("{}").is_ok());
    }
}
