use super::*;
use crate::scope::{Scope, within};
use crate::test::{Desk, call};
use feiqian_flows::{
    AddPartnerKeyRequest, NewKeyMaterial, add_partner_key, end_partner_key, register_partner,
};
use feiqian_signing::{SigningKey, sign_request};
use feiqian_store::MemoryStore;
use feiqian_telemetry::Ids;
use futures::executor::block_on;

const SECRET: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const NOW: u64 = 1_800_000_000_000;

type Machine = Desk<MemoryStore>;

fn seal() -> SealKeys {
    SealKeys::parse(&format!(r#"{{"active":"k1","keys":{{"k1":"{SECRET}"}}}}"#)).unwrap()
}

fn id(name: &str) -> KeyId {
    KeyId::new(PartnerId::parse("par_demo").unwrap(), name).unwrap()
}

/// A region in which the partner has a key that may make orders, two in each window.
fn region() -> (Machine, Partners) {
    let machine = Desk::new(MemoryStore::default());
    block_on(async {
        register_partner(&machine, id("1").partner, "Demo".into()).await.unwrap();
        let request = AddPartnerKeyRequest {
            id: id("1"),
            material: NewKeyMaterial::HmacSha256(SECRET.into()),
            scopes: [PartnerScope::Orders].into(),
            quota: 2,
            not_before: None,
            not_after: None,
        };
        add_partner_key(&machine, &seal(), request).await.unwrap();
    });
    (machine, Partners::new(seal()))
}

fn signed(machine: &Machine, key_id: &str, nonce: Option<&str>) -> Call {
    let mut call = call("POST", "/v1/orders", br#"{"reference":"s"}"#);
    let key = SigningKey::from_base64(key_id, Algorithm::HmacSha256, SECRET).unwrap();
    let parts = RequestParts {
        method: &call.method,
        authority: None,
        path: &call.path,
        query: None,
        headers: &call.headers,
    };
    let headers = sign_request(&parts, &call.body, &key, machine.now(), nonce).unwrap();
    headers.apply(&mut call.headers);
    call
}

fn admit(
    machine: &Machine,
    partners: &Partners,
    call: &Call,
    scope: PartnerScope,
) -> Result<String, Problem> {
    let admitted = block_on(partners.admit(call, machine, scope));
    admitted.map(|partner| partner.as_str().to_owned())
}

fn code(outcome: Result<String, Problem>) -> ProblemCode {
    outcome.unwrap_err().code()
}

#[test]
fn a_signature_names_its_partner_once() {
    let (machine, partners) = region();
    let call = signed(&machine, "par_demo.1", Some("nonce-01"));
    let take = || admit(&machine, &partners, &call, PartnerScope::Orders);
    assert_eq!(take().unwrap(), "par_demo");
    assert_eq!(code(take()), ProblemCode::SignatureReplayed);
    // Another instance remembers it as well.
    let other = Partners::new(seal());
    let again = admit(&machine, &other, &call, PartnerScope::Orders);
    assert_eq!(code(again), ProblemCode::SignatureReplayed);
}

#[test]
fn what_is_not_signed_well_is_refused_and_uses_nothing() {
    let (machine, partners) = region();
    let refused = |call: &Call| code(admit(&machine, &partners, call, PartnerScope::Orders));
    for key_id in ["par_demo.2", "par_other.1", "par_demo", "k1"] {
        let call = signed(&machine, key_id, Some("nonce-01"));
        assert_eq!(refused(&call), ProblemCode::PartnerUnknown, "{key_id}");
    }
    for nonce in [None, Some("short-1")] {
        let call = signed(&machine, "par_demo.1", nonce);
        assert_eq!(refused(&call), ProblemCode::SignatureInvalid, "{nonce:?}");
    }
    assert_eq!(refused(&call("POST", "/v1/orders", b"")), ProblemCode::SignatureMissing);
    let good = signed(&machine, "par_demo.1", Some("nonce-01"));
    let changed =
        Call { body: b"{}".to_vec().into(), ..signed(&machine, "par_demo.1", Some("nonce-01")) };
    assert_eq!(refused(&changed), ProblemCode::SignatureInvalid);
    let without = admit(&machine, &partners, &good, PartnerScope::Refunds);
    let without = without.unwrap_err();
    assert_eq!(
        (without.code(), without.member("scope")),
        (ProblemCode::ScopeMissing, Some("refunds"))
    );
    machine.ahead_ms.set(121_000);
    assert_eq!(refused(&good), ProblemCode::SignatureExpired);
    machine.ahead_ms.set(0);
    assert!(admit(&machine, &partners, &good, PartnerScope::Orders).is_ok());
}

#[test]
fn a_signature_may_have_any_label() {
    let (machine, partners) = region();
    let mut renamed = signed(&machine, "par_demo.1", Some("nonce-01"));
    for name in ["signature-input", "signature"] {
        let value = renamed.headers[name].to_str().unwrap().replacen("feiqian=", "sig1=", 1);
        renamed.headers.insert(name, HeaderValue::from_str(&value).unwrap());
    }
    assert!(admit(&machine, &partners, &renamed, PartnerScope::Orders).is_ok());
}

#[test]
fn a_key_is_taken_from_its_beginning_to_its_end() {
    let (machine, partners) = region();
    let take = |key: &str, nonce: &str| {
        let call = signed(&machine, key, Some(nonce));
        admit(&machine, &partners, &call, PartnerScope::Orders)
    };
    block_on(async {
        let request = AddPartnerKeyRequest {
            id: id("2"),
            material: NewKeyMaterial::HmacSha256(SECRET.into()),
            scopes: [PartnerScope::Orders].into(),
            quota: 2,
            not_before: Some(Timestamp::from_millis(NOW + 1000)),
            not_after: None,
        };
        add_partner_key(&machine, &seal(), request).await.unwrap();
    });
    assert_eq!(code(take("par_demo.2", "nonce-01")), ProblemCode::PartnerUnknown);
    machine.ahead_ms.set(1000);
    assert!(take("par_demo.2", "nonce-01").is_ok() && take("par_demo.1", "nonce-01").is_ok());
    block_on(end_partner_key(&machine, &id("1"), machine.now())).unwrap();
    // An instance that has read the key lately learns of it in time.
    machine.ahead_ms.set(1000 + KNOWN_FOR_MS);
    assert_eq!(code(take("par_demo.1", "nonce-02")), ProblemCode::PartnerUnknown);
    assert!(take("par_demo.2", "nonce-02").is_ok());
}

#[test]
fn the_answer_says_what_is_left_of_the_quota() {
    let (machine, partners) = region();
    let headers_after = |nonce: &str| {
        let ids = Ids::of("test", &HeaderMap::new(), |bytes| bytes.fill(1));
        let scope = Scope::new(ids, Timestamp::default);
        let call = signed(&machine, "par_demo.1", Some(nonce));
        let admitted =
            within(Rc::clone(&scope), partners.admit(&call, &machine, PartnerScope::Orders));
        let outcome = block_on(admitted).map(drop);
        let mut headers = HeaderMap::new();
        scope.rate_limit.get().unwrap().apply(&mut headers);
        assert_eq!(headers["ratelimit-policy"], "\"default\";q=2;w=10");
        (outcome, headers["ratelimit"].to_str().unwrap().to_owned())
    };
    let (outcome, left) = headers_after("nonce-01");
    assert!(outcome.is_ok());
    assert_eq!(left, "\"default\";r=1;t=5");
    assert_eq!(headers_after("nonce-02").1, "\"default\";r=0;t=10");
    let (outcome, left) = headers_after("nonce-03");
    assert_eq!(left, "\"default\";r=0;t=5");
    let problem = outcome.unwrap_err();
    assert_eq!(problem.code(), ProblemCode::RateLimited);
    let answer = problem.into_answer(crate::Language::English, machine.now());
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["retry-after"]),
        (429, &HeaderValue::from_static("5"))
    );
}
