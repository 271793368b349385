//! Who asks: a customer with a session, a partner with a signature, or an operator.

use feiqian_calendar::Timestamp;
use feiqian_ledger::{CustomerId, PartnerId};
use feiqian_signing::{
    Algorithm, KeyError, Policy, RequestParts, SessionKey, SignatureError, TokenError,
    VerifyingKey, verify_request,
};
use http::header::AUTHORIZATION;
use http::{HeaderMap, Method};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::{Acting, Call, Operator, OperatorScope, Operators, Problem, ProblemCode, scope};

/// The scheme of a token (RFC 6750), compared without case.
const BEARER: &str = "Bearer";

/// Keys that a deployment knows at most. A partner has two while it rotates.
const PARTNER_KEYS_MAX: usize = 256;

/// Whom a session speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// The customer.
    pub id: CustomerId,
    /// The partner platform through which the customer comes.
    pub partner: PartnerId,
}

/// The bearer token of a request.
fn bearer(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    let line = lines.next().ok_or(ProblemCode::TokenMissing)?;
    if lines.next().is_some() {
        return Err(ProblemCode::TokenInvalid.into());
    }
    let line = line.to_str().map_err(|_| ProblemCode::TokenInvalid)?;
    let (scheme, token) = line.split_once(' ').unwrap_or((line, ""));
    let token = token.trim();
    if !scheme.eq_ignore_ascii_case(BEARER) || token.is_empty() {
        return Err(ProblemCode::TokenMissing.into());
    }
    Ok(token)
}

/// The customer whose session the request carries. A session is of one region: another's is
/// refused even where two should have the same key.
///
/// # Errors
/// `token_missing`, `token_invalid`, `token_expired`.
pub fn customer(call: &Call, key: &SessionKey, now: Timestamp) -> Result<Customer, Problem> {
    let session = key.verify(bearer(&call.headers)?, now).map_err(|error| match error {
        TokenError::Invalid => ProblemCode::TokenInvalid,
        TokenError::Expired => ProblemCode::TokenExpired,
    })?;
    let id = CustomerId::parse(&session.customer_id).map_err(|_| ProblemCode::TokenInvalid)?;
    if id.region() != call.regions.here() {
        return Err(ProblemCode::TokenInvalid.into());
    }
    Ok(Customer {
        id,
        partner: PartnerId::parse(&session.partner_id).map_err(|_| ProblemCode::TokenInvalid)?,
    })
}

/// The operator who asks to look at what is no one person's, if they have the scope. The
/// request's line in the log names them, also if they may not.
///
/// # Errors
/// `token_missing`, `token_invalid`, `scope_missing`. `internal_error` for a request that may
/// change something, and for a scope that leads to one holder's data: those are [`acting`]'s,
/// so that none of them goes without being written down.
pub fn looking<'a>(
    call: &Call,
    operators: &'a Operators,
    scope: OperatorScope,
) -> Result<&'a Operator, Problem> {
    if call.method != Method::GET || scope != OperatorScope::Read {
        return Err(Problem::new(ProblemCode::InternalError)
            .because("an operator's action is not written down"));
    }
    operator(call, operators, scope)
}

/// The operator who asks to change something, or to see one holder's data, if they have the
/// scope: [`Acting::perform`] writes down what is done.
///
/// # Errors
/// `token_missing`, `token_invalid`, `scope_missing`.
pub fn acting<'a>(
    call: &'a Call,
    operators: &'a Operators,
    scope: OperatorScope,
) -> Result<Acting<'a>, Problem> {
    operator(call, operators, scope).map(|operator| Acting::new(call, operator, scope))
}

fn operator<'a>(
    call: &Call,
    operators: &'a Operators,
    scope: OperatorScope,
) -> Result<&'a Operator, Problem> {
    let known = operators.by_token(bearer(&call.headers)?);
    let operator = known.ok_or(ProblemCode::TokenInvalid)?;
    if let Some(scope) = scope::current() {
        scope.operator.get_or_init(|| operator.name.clone());
    }
    if operator.may(scope) {
        Ok(operator)
    } else {
        Err(Problem::new(ProblemCode::ScopeMissing).with("scope", scope.as_str()))
    }
}

/// The partner whose key signed the request.
///
/// # Errors
/// `signature_missing`, `signature_invalid`, `signature_expired`, `partner_unknown`.
pub fn partner(call: &Call, keys: &PartnerKeys, now: Timestamp) -> Result<PartnerId, Problem> {
    let parts = RequestParts {
        method: &call.method,
        authority: call.authority.as_deref(),
        path: &call.path,
        query: call.query_text.as_deref(),
        headers: &call.headers,
    };
    let lookup = |id: &str| keys.0.get(id).map(|known| &known.key);
    let verified = verify_request(&parts, &call.body, lookup, now, &Policy::PARTNER)
        .map_err(|error| problem_of(&error))?;
    let known = keys.0.get(&verified.key_id).ok_or(ProblemCode::PartnerUnknown)?;
    Ok(known.partner.clone())
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

/// The keys with which partners sign, by key id. A partner may have several, so that
/// keys rotate with overlap.
#[derive(Debug)]
pub struct PartnerKeys(BTreeMap<String, PartnerKey>);

#[derive(Debug)]
struct PartnerKey {
    partner: PartnerId,
    key: VerifyingKey,
}

/// Why the configured keys cannot be used. The text never holds a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PartnerKeysError {
    /// No JSON of the right shape.
    #[error(
        "the keys are JSON such as {{\"KEY ID\": {{\"partner\": \"par_NAME\", \"algorithm\": \"hmac-sha256\", \"key\": \"BASE64\"}}}}"
    )]
    Malformed,
    /// More than are sensible.
    #[error("there are at most {PARTNER_KEYS_MAX} partner keys")]
    TooMany,
    /// One of the keys.
    #[error("{0}")]
    Key(#[from] KeyError),
}

impl PartnerKeys {
    /// Reads the variable `partner_keys`.
    ///
    /// # Errors
    /// See [`PartnerKeysError`].
    pub fn parse(json: &str) -> Result<Self, PartnerKeysError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Entry {
            partner: PartnerId,
            algorithm: Algorithm,
            key: String,
        }
        let entries: BTreeMap<String, Entry> =
            serde_json::from_str(json).map_err(|_| PartnerKeysError::Malformed)?;
        if entries.len() > PARTNER_KEYS_MAX {
            return Err(PartnerKeysError::TooMany);
        }
        let keys = entries.into_iter().map(|(id, entry)| {
            let key = VerifyingKey::from_base64(&id, entry.algorithm, &entry.key)?;
            Ok((id, PartnerKey { partner: entry.partner, key }))
        });
        keys.collect::<Result<_, KeyError>>().map(Self).map_err(PartnerKeysError::Key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test::call;
    use feiqian_ledger::Region;
    use feiqian_signing::{OperatorToken, SigningKey, sign_request};
    use http::HeaderValue;

    const SECRET: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn with_authorization(value: &str) -> Call {
        let mut call = call("GET", "/v1/accounts", b"");
        call.headers.insert(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        call
    }

    #[test]
    fn a_session_speaks_for_its_customer_until_it_ends() {
        let key = SessionKey::from_base64(SECRET).unwrap();
        let id = CustomerId::derive(Region::EXAMPLE, &["par_demo", "wx-1"]);
        let token = key.issue(id.as_str(), "par_demo", NOW).unwrap();
        let call = with_authorization(&format!("bearer {token}"));
        let found = customer(&call, &key, NOW).unwrap();
        assert_eq!((found.id, found.partner.as_str()), (id, "par_demo"));
        let late = customer(&call, &key, NOW.plus_millis(900_000)).unwrap_err();
        assert_eq!(late.code(), ProblemCode::TokenExpired);
    }

    #[test]
    fn a_session_of_another_region_is_none_here() {
        let key = SessionKey::from_base64(SECRET).unwrap();
        let id = CustomerId::derive(Region::parse("bj1").unwrap(), &["par_demo", "wx-1"]);
        let token = key.issue(id.as_str(), "par_demo", NOW).unwrap();
        let problem = customer(&with_authorization(&format!("Bearer {token}")), &key, NOW);
        assert_eq!(problem.unwrap_err().code(), ProblemCode::TokenInvalid);
    }

    #[test]
    fn a_missing_and_a_wrong_token_are_told_apart() {
        let key = SessionKey::from_base64(SECRET).unwrap();
        for (value, code) in [
            ("Basic abc", ProblemCode::TokenMissing),
            ("Bearer ", ProblemCode::TokenMissing),
            ("Bearer", ProblemCode::TokenMissing),
            ("Bearer abc", ProblemCode::TokenInvalid),
        ] {
            let problem = customer(&with_authorization(value), &key, NOW).unwrap_err();
            assert_eq!(problem.code(), code, "{value}");
        }
        let none = customer(&call("GET", "/", b""), &key, NOW).unwrap_err();
        assert_eq!(none.code(), ProblemCode::TokenMissing);
        let mut twice = with_authorization("Bearer a");
        twice.headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer b"));
        assert_eq!(customer(&twice, &key, NOW).unwrap_err().code(), ProblemCode::TokenInvalid);
    }

    #[test]
    fn an_operator_passes_with_the_scope_alone() {
        let token = OperatorToken::new("an-operator-token-of-32-letters!").unwrap();
        let operators = Operators::parse("{}", token).unwrap();
        let right = with_authorization("Bearer an-operator-token-of-32-letters!");
        let found = operator(&right, &operators, OperatorScope::Worker).unwrap();
        assert_eq!(found.name, "automation");
        let without = operator(&right, &operators, OperatorScope::Admin).unwrap_err();
        assert_eq!(without.code(), ProblemCode::ScopeMissing);
        let wrong = with_authorization("Bearer another");
        let wrong = operator(&wrong, &operators, OperatorScope::Worker).unwrap_err();
        assert_eq!(wrong.code(), ProblemCode::TokenInvalid);
    }

    #[test]
    fn what_may_change_something_or_is_one_holders_is_not_just_looked_at() {
        let token = OperatorToken::new("an-operator-token-of-32-letters!").unwrap();
        let operators = Operators::parse("{}", token).unwrap();
        let get = with_authorization("Bearer an-operator-token-of-32-letters!");
        assert!(looking(&get, &operators, OperatorScope::Read).is_ok());
        let post = Call { method: Method::POST, ..with_authorization("Bearer x") };
        for (call, scope) in [(&post, OperatorScope::Read), (&get, OperatorScope::Support)] {
            let refused = looking(call, &operators, scope).unwrap_err();
            assert_eq!(refused.code(), ProblemCode::InternalError);
        }
    }

    fn keys() -> PartnerKeys {
        PartnerKeys::parse(&format!(
            r#"{{"k1":{{"partner":"par_demo","algorithm":"hmac-sha256","key":"{SECRET}"}}}}"#
        ))
        .unwrap()
    }

    fn signed(key_id: &str) -> Call {
        let mut call = call("POST", "/v1/sessions", br#"{"subject":"s"}"#);
        let key = SigningKey::from_base64(key_id, Algorithm::HmacSha256, SECRET).unwrap();
        let parts = RequestParts {
            method: &call.method,
            authority: None,
            path: &call.path,
            query: None,
            headers: &call.headers,
        };
        let headers = sign_request(&parts, &call.body, &key, NOW, None).unwrap();
        headers.apply(&mut call.headers);
        call
    }

    #[test]
    fn a_signature_names_its_partner() {
        assert_eq!(partner(&signed("k1"), &keys(), NOW).unwrap().as_str(), "par_demo");
        let code = |call: &Call, now| partner(call, &keys(), now).unwrap_err().code();
        assert_eq!(code(&signed("k2"), NOW), ProblemCode::PartnerUnknown);
        assert_eq!(code(&signed("k1"), NOW.plus_millis(301_000)), ProblemCode::SignatureExpired);
        assert_eq!(code(&call("POST", "/", b""), NOW), ProblemCode::SignatureMissing);
        let mut renamed = signed("k1");
        for name in ["signature-input", "signature"] {
            let value = renamed.headers[name].to_str().unwrap().replacen("feiqian=", "sig1=", 1);
            renamed.headers.insert(name, HeaderValue::from_str(&value).unwrap());
        }
        assert!(partner(&renamed, &keys(), NOW).is_ok());
        let mut changed = signed("k1");
        changed.body = b"{}".to_vec().into();
        assert_eq!(code(&changed, NOW), ProblemCode::SignatureInvalid);
    }

    #[test]
    fn malformed_keys_are_refused_without_repeating_them() {
        let short = r#"{"k":{"partner":"par_a","algorithm":"hmac-sha256","key":"c2hvcnQ="}}"#;
        for json in ["", "[]", r#"{"k":{"partner":"x","algorithm":"ed25519","key":""}}"#, short] {
            let error = PartnerKeys::parse(json).unwrap_err();
            assert!(!error.to_string().contains("c2hvcnQ="), "{json}");
        }
    }
}
