//! The variables of a deployment, each read in its own form.

use feiqian_calendar::Calendar;
use feiqian_courier::Targets;
use feiqian_flows::OutboundTransfers;
use feiqian_identity::SealKeys;
use feiqian_ledger::Region;
use feiqian_limits::RuleSet;
use feiqian_signing::{CodeKey, ConfirmationKey, IndexKey, OperatorToken, PinPepper, SessionKey};
use std::fmt;
use std::future::Future;

use crate::{Operators, Origins, Partners, Problem, ProblemCode, Regions, WebhookSecrets};

/// Where variables come from: Spin, or a table in tests.
pub trait VariableSource {
    /// The text of a variable, or why there is none.
    fn get(&self, name: &'static str) -> impl Future<Output = Result<String, String>>;
}

/// A variable is missing or malformed. The reason never holds the variable's value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the variable {variable} cannot be used: {reason}")]
pub struct ConfigurationError {
    /// Its name.
    pub variable: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

impl From<&ConfigurationError> for Problem {
    fn from(error: &ConfigurationError) -> Self {
        Self::new(ProblemCode::ConfigurationInvalid)
            .with("variable", error.variable)
            .because(&error.reason)
    }
}

/// Reads variables one by one. A component reads the ones that spin.toml grants it, once
/// in an instance's life.
#[derive(Debug)]
pub struct Variables<S>(S);

impl<S: VariableSource> Variables<S> {
    /// Variables out of a source.
    pub const fn new(source: S) -> Self {
        Self(source)
    }

    async fn read<T, E: fmt::Display>(
        &self,
        variable: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, ConfigurationError> {
        let text =
            self.0.get(variable).await.map_err(|reason| ConfigurationError { variable, reason })?;
        parse(&text).map_err(|error| ConfigurationError { variable, reason: error.to_string() })
    }

    /// `region`: which region this is.
    ///
    /// # Errors
    /// [`ConfigurationError`], here and below.
    pub async fn region(&self) -> Result<Region, ConfigurationError> {
        self.read("region", Region::parse).await
    }

    /// `region` and `region_urls`: which region this is, and where the others are.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub async fn regions(&self) -> Result<Regions, ConfigurationError> {
        let here = self.region().await?;
        self.read("region_urls", |urls| Regions::parse(here, urls)).await
    }

    /// `session_key`: under which session tokens are issued and checked.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub async fn session_key(&self) -> Result<SessionKey, ConfigurationError> {
        self.read("session_key", SessionKey::from_base64).await
    }

    /// `code_key`: from which payer codes and the keys of NFC tokens are made.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub async fn code_key(&self) -> Result<CodeKey, ConfigurationError> {
        self.read("code_key", CodeKey::from_base64).await
    }

    /// `session_key`, as it vouches for what payers were shown.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub async fn confirmation_key(&self) -> Result<ConfirmationKey, ConfigurationError> {
        self.read("session_key", ConfirmationKey::of_session_secret).await
    }

    /// `pin_pepper`: under which PIN verifiers are made.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub async fn pin_pepper(&self) -> Result<PinPepper, ConfigurationError> {
        self.read("pin_pepper", PinPepper::from_base64).await
    }

    /// `seal_keys`: under which personal data is sealed.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub async fn seal_keys(&self) -> Result<SealKeys, ConfigurationError> {
        self.read("seal_keys", SealKeys::parse).await
    }

    /// `index_key`: under which personal data is indexed.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub async fn index_key(&self) -> Result<IndexKey, ConfigurationError> {
        self.read("index_key", IndexKey::from_base64).await
    }

    /// `partner_seal_keys`: under which the secrets of partners' keys are sealed. They are not
    /// those of personal data, so that what answers partners cannot open that.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub async fn partner_seal_keys(&self) -> Result<SealKeys, ConfigurationError> {
        self.read("partner_seal_keys", SealKeys::parse).await
    }

    /// What recognises partners by their signatures.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub async fn partners(&self) -> Result<Partners, ConfigurationError> {
        self.partner_seal_keys().await.map(Partners::new)
    }

    /// `webhook_secrets`: with which the bank and partners sign their events.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub async fn webhook_secrets(&self) -> Result<WebhookSecrets, ConfigurationError> {
        self.read("webhook_secrets", WebhookSecrets::parse).await
    }

    /// `webhook_development_hosts`: which URLs partners may have events sent to. Anything but an
    /// empty text lets them name this very machine.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub async fn webhook_targets(&self) -> Result<Targets, ConfigurationError> {
        let parse = |hosts: &str| -> Result<Targets, &'static str> {
            Ok(if hosts.is_empty() { Targets::Public } else { Targets::Development })
        };
        self.read("webhook_development_hosts", parse).await
    }

    /// `operators` and `operator_token`: who operates the application, and automation.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub async fn operators(&self) -> Result<Operators, ConfigurationError> {
        let automation = self.read("operator_token", OperatorToken::new).await?;
        self.read("operators", |json| Operators::parse(json, automation)).await
    }

    /// `cors_origins`: whose pages may call the API.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub async fn cors_origins(&self) -> Result<Origins, ConfigurationError> {
        self.read("cors_origins", Origins::parse).await
    }

    /// `utc_offset`: the region's calendar.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub async fn utc_offset(&self) -> Result<Calendar, ConfigurationError> {
        self.read("utc_offset", Calendar::parse).await
    }

    /// `store` and, for Redis, `redis_url`: where the component's documents are.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub async fn store(&self) -> Result<StoreChoice, ConfigurationError> {
        match self.read("store", StoreKind::parse).await? {
            StoreKind::Spin => Ok(StoreChoice::Spin),
            StoreKind::Redis => {
                Ok(StoreChoice::Redis { url: self.read("redis_url", redis_url).await? })
            }
        }
    }

    /// `outbound_transfers`: where money may go out to, besides merchants.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub async fn outbound_transfers(&self) -> Result<OutboundTransfers, ConfigurationError> {
        self.read("outbound_transfers", |text| match text {
            "bound_card_only" => Ok(OutboundTransfers::BoundCardOnly),
            "capped" => Ok(OutboundTransfers::Capped),
            _ => Err("it is \"bound_card_only\" or \"capped\""),
        })
        .await
    }

    /// `rule_set` and `rule_overrides`: which limits apply. They live as long as the
    /// instance, which reads them once.
    ///
    /// # Errors
    /// [`ConfigurationError`].
    pub async fn rule_set(&self) -> Result<&'static RuleSet, ConfigurationError> {
        let rules = self.read("rule_set", RuleSet::named).await?;
        let rules = self.read("rule_overrides", |caps| rules.overridden(caps)).await?;
        Ok(Box::leak(Box::new(rules)))
    }
}

/// The store that a region has chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreChoice {
    /// Spin's key-value store.
    Spin,
    /// Redis or Valkey.
    Redis {
        /// `redis://host:port`.
        url: String,
    },
}

enum StoreKind {
    Spin,
    Redis,
}

impl StoreKind {
    fn parse(text: &str) -> Result<Self, &'static str> {
        match text {
            "spin" => Ok(Self::Spin),
            "redis" => Ok(Self::Redis),
            _ => Err("it is \"spin\" or \"redis\""),
        }
    }
}

fn redis_url(text: &str) -> Result<String, &'static str> {
    let known = ["redis://", "rediss://"].iter().any(|scheme| text.starts_with(scheme));
    if known { Ok(text.to_owned()) } else { Err("it is written redis://host:port") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Language;
    use feiqian_limits::AccountClass;
    use futures::executor::block_on;

    struct Table(&'static [(&'static str, &'static str)]);

    impl VariableSource for Table {
        async fn get(&self, name: &'static str) -> Result<String, String> {
            let found = self.0.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned()).ok_or_else(|| "it is not set".to_owned())
        }
    }

    #[test]
    fn money_goes_out_as_the_region_says_and_not_by_a_slip_of_the_pen() {
        let read = |table| block_on(Variables::new(Table(table)).outbound_transfers());
        let only = read(&[("outbound_transfers", "bound_card_only")]);
        assert_eq!(only, Ok(OutboundTransfers::BoundCardOnly));
        let capped = read(&[("outbound_transfers", "capped")]);
        assert_eq!(capped, Ok(OutboundTransfers::Capped));
        let slip = read(&[("outbound_transfers", "Capped")]).unwrap_err();
        assert_eq!(slip.variable, "outbound_transfers");
    }

    #[test]
    fn redis_needs_its_url_and_spins_store_does_not() {
        let store = |table| block_on(Variables::new(Table(table)).store());
        assert_eq!(store(&[("store", "spin")]), Ok(StoreChoice::Spin));
        let url = "redis://127.0.0.1:6379".to_owned();
        let redis = &[("store", "redis"), ("redis_url", "redis://127.0.0.1:6379")];
        assert_eq!(store(redis), Ok(StoreChoice::Redis { url }));
        let missing = store(&[("store", "redis")]).unwrap_err();
        assert_eq!(missing.variable, "redis_url");
        assert_eq!(store(&[("store", "dynamo")]).unwrap_err().variable, "store");
    }

    #[test]
    fn a_region_overrides_caps_and_is_told_what_is_wrong_with_them() {
        let rules = |table| block_on(Variables::new(Table(table)).rule_set());
        let fault = |table| {
            let error = rules(table).unwrap_err();
            (error.variable, error.reason)
        };
        let both = rules(&[
            ("rule_set", "bank-accounts"),
            (
                "rule_overrides",
                r#"{"class_iii.in.day": {"value": "5000.00", "currency": "CNY"},
                    "class_iii.in.year": {"value": "100000.00", "currency": "CNY"}}"#,
            ),
        ])
        .unwrap();
        let caps: Vec<i64> = both
            .of_class(AccountClass::III)
            .filter(|rule| rule.id.starts_with("class_iii.in."))
            .map(|rule| rule.cap.minor())
            .collect();
        assert_eq!(caps, [500_000, 10_000_000]);
        let unknown = fault(&[
            ("rule_set", "payment-institution"),
            ("rule_overrides", r#"{"class_iii.in.day": {"value": "1.00", "currency": "CNY"}}"#),
        ]);
        assert_eq!(unknown.0, "rule_overrides");
        assert!(
            unknown.1.contains("payment-institution") && unknown.1.contains("class_iii.in.day")
        );
        let amount = r#"{"class_iii.in.day": {"value": "-1", "currency": "CNY"}}"#;
        for text in ["", "[]", r#"{"class_iii.in.day": 5000}"#, amount] {
            let table =
                Box::leak(Box::new([("rule_set", "bank-accounts"), ("rule_overrides", text)]));
            assert_eq!(fault(table).0, "rule_overrides", "{text}");
        }
        let no_set = fault(&[("rule_set", "bank"), ("rule_overrides", "{}")]);
        assert_eq!(no_set.0, "rule_set");
        assert!(no_set.1.contains("bank-accounts"));
    }

    #[test]
    fn a_variable_that_is_missing_or_malformed_is_named_and_not_shown() {
        let variables = Variables::new(Table(&[("pin_pepper", "hunter2"), ("utc_offset", "8")]));
        let missing = block_on(variables.session_key()).unwrap_err();
        assert_eq!((missing.variable, missing.reason.as_str()), ("session_key", "it is not set"));
        let malformed = block_on(variables.pin_pepper()).map(drop).unwrap_err();
        assert_eq!(malformed.variable, "pin_pepper");
        assert!(!malformed.to_string().contains("hunter2"));
        assert!(block_on(variables.utc_offset()).is_err());
        let answer = Problem::from(&malformed)
            .into_answer(Language::English, feiqian_calendar::Timestamp::default());
        assert_eq!(answer.status(), 500);
        assert!(String::from_utf8_lossy(answer.body()).contains("pin_pepper"));
    }
}
