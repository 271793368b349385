//! Who asks by a bearer token: a customer with a session, or an operator.

use feiqian_calendar::Timestamp;
use feiqian_ledger::{CustomerId, PartnerId};
use feiqian_signing::{SessionKey, TokenError};
use http::header::AUTHORIZATION;
use http::{HeaderMap, Method};

use crate::{Acting, Call, Operator, OperatorScope, Operators, Problem, ProblemCode, scope};

/// The scheme of a token (RFC 6750), compared without case.
const BEARER: &str = "Bearer";

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test::call;
    use feiqian_ledger::Region;
    use feiqian_signing::OperatorToken;
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
}
