//! Signing and verifying against each other, against RFC 9421, and against tampering.

use super::*;
use crate::sign::{sign_request, sign_response};
use crate::{Algorithm, SigningKey};
use data_encoding::BASE64;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::from_millis(1_795_392_000_000);
const BODY: &[u8] = br#"{"operation":"query","request_id":"op_1"}"#;

fn hmac_key() -> SigningKey {
    SigningKey::from_base64("k1", Algorithm::HmacSha256, &BASE64.encode(&[3; 32])).unwrap()
}

fn ed25519_key() -> SigningKey {
    SigningKey::from_base64("k1", Algorithm::Ed25519, &BASE64.encode(&[4; 32])).unwrap()
}

/// A request with everything that is covered, and a copy of it for tampering.
#[derive(Clone)]
struct Sent {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Sent {
    fn signed(key: &SigningKey) -> Self {
        let mut sent = Self {
            method: Method::POST,
            uri: Uri::from_static("http://bank.example/v1/orders?a=1"),
            headers: HeaderMap::new(),
            body: BODY.to_vec(),
        };
        sent.headers.insert("idempotency-key", HeaderValue::from_static("\"k-1\""));
        sent.headers.insert("accept", HeaderValue::from_static("application/json"));
        sent.sign(key);
        sent
    }

    fn sign(&mut self, key: &SigningKey) {
        let signed = sign_request(&self.parts(), &self.body, key, NOW, None).unwrap();
        signed.apply(&mut self.headers);
    }

    fn parts(&self) -> RequestParts<'_> {
        RequestParts::new(&self.method, &self.uri, &self.headers)
    }

    fn verify_at(&self, key: &SigningKey, now: Timestamp) -> Result<Verified, SignatureError> {
        let key = key.verifying_key();
        let lookup = |id: &str| (id == "k1").then_some(&key);
        verify_request(&self.parts(), &self.body, lookup, now, &Policy::STANDARD)
    }

    fn verify(&self) -> Result<Verified, SignatureError> {
        self.verify_at(&hmac_key(), NOW)
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.headers.insert(name, HeaderValue::from_str(value).unwrap());
    }

    /// Changes the text of the signature's parameters without signing again.
    fn edit_input(&mut self, from: &str, to: &str) {
        let input = self.headers["signature-input"].to_str().unwrap().replacen(from, to, 1);
        self.set("signature-input", &input);
    }
}

#[test]
fn the_signature_of_rfc_9421_appendix_b_2_5_is_made() {
    let secret =
        "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==";
    let key = SigningKey::from_base64("test-shared-secret", Algorithm::HmacSha256, secret).unwrap();
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("host", "example.com"),
        ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("content-type", "application/json"),
        (
            "signature-input",
            r#"feiqian=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret""#,
        ),
        ("signature", "feiqian=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let uri = Uri::from_static("/foo?param=Value&Pet=dog");
    let parts = RequestParts::new(&Method::POST, &uri, &headers);
    let (params, signature) = params::read(&headers, false).unwrap();
    let base = params.base(Message::Request(&parts)).unwrap();
    assert_eq!(
        base,
        "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\
         \"@authority\": example.com\n\
         \"content-type\": application/json\n\
         \"@signature-params\": (\"date\" \"@authority\" \"content-type\")\
         ;created=1618884473;keyid=\"test-shared-secret\""
    );
    assert_eq!(key.sign(&base), signature);
    assert_eq!(key.verifying_key().verify(&base, &signature), Ok(()));
}

#[test]
fn the_signature_of_rfc_9421_appendix_b_2_6_verifies() {
    let public = "JrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=";
    let key = VerifyingKey::from_base64("test-key-ed25519", Algorithm::Ed25519, public).unwrap();
    let body = br#"{"hello": "world"}"#;
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("host", "example.com"),
        ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("content-type", "application/json"),
        ("content-length", "18"),
        (
            "signature-input",
            r#"sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519""#,
        ),
        (
            "signature",
            "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let uri = Uri::from_static("/foo?param=Value&Pet=dog");
    let parts = RequestParts::new(&Method::POST, &uri, &headers);
    let policy = Policy { any_label: true, ..Policy::STANDARD };
    let lookup = |id: &str| (id == "test-key-ed25519").then_some(&key);
    let now = Timestamp::from_millis(1_618_884_480_000);
    // All of our verifier's way but for what the example does not cover.
    assert_eq!(
        verify_request(&parts, body, lookup, now, &policy),
        Err(SignatureError::NotCovered("@query"))
    );
    let message = Message::Request(&parts);
    assert!(
        verify(message, body, &[Component::Method, Component::Path], lookup, now, &policy).is_ok()
    );
    let other = Method::PUT;
    let parts = RequestParts { method: &other, ..parts };
    assert_eq!(
        verify(Message::Request(&parts), body, &[], lookup, now, &policy),
        Err(SignatureError::Mismatch)
    );
}

#[test]
fn a_partner_names_its_signature_as_it_likes_and_gives_a_nonce() {
    let verify_as = |sent: &Sent, policy: &Policy| {
        let key = hmac_key().verifying_key();
        verify_request(&sent.parts(), &sent.body, |_| Some(&key), NOW, policy)
    };
    let signed_with = |nonce: Option<&str>| {
        let mut sent = Sent::signed(&hmac_key());
        let signed = sign_request(&sent.parts(), &sent.body, &hmac_key(), NOW, nonce).unwrap();
        signed.apply(&mut sent.headers);
        sent
    };
    for nonce in [None, Some("short-1"), Some("with a space"), Some(&*"n".repeat(65))] {
        let outcome = verify_as(&signed_with(nonce), &Policy::PARTNER);
        assert_eq!(outcome, Err(SignatureError::Nonce), "{nonce:?}");
        assert!(verify_as(&signed_with(nonce), &Policy::STANDARD).is_ok());
    }
    let good = signed_with(Some("nonce-01"));
    assert_eq!(verify_as(&good, &Policy::PARTNER).unwrap().nonce.as_deref(), Some("nonce-01"));
    assert_eq!(claimed_key_id(&good.headers, &Policy::PARTNER), Ok(hmac_key().id().to_owned()));
    let mut renamed = good.clone();
    for name in ["signature-input", "signature"] {
        let value = good.headers[name].to_str().unwrap().replacen("feiqian=", "sig1=", 1);
        renamed.set(name, &value);
    }
    assert!(verify_as(&renamed, &Policy::PARTNER).is_ok());
    assert_eq!(verify_as(&renamed, &Policy::STANDARD), Err(SignatureError::Missing));

    // Beside another one ours counts, and of two others none.
    for (base, taken) in [(&good, true), (&renamed, false)] {
        let mut two = base.clone();
        let input = base.headers["signature-input"].to_str().unwrap();
        two.set("signature-input", &format!("other=(\"@method\");keyid=\"x\", {input}"));
        let signature = base.headers["signature"].to_str().unwrap();
        two.set("signature", &format!("other=:AAAA:, {signature}"));
        let outcome = verify_as(&two, &Policy::PARTNER);
        assert_eq!(outcome.is_ok(), taken);
        assert_eq!(matches!(outcome, Err(SignatureError::Malformed(_))), !taken);
    }
}

#[test]
fn a_nonce_is_signed_and_told() {
    let mut sent = Sent::signed(&hmac_key());
    let key = hmac_key();
    let signed = sign_request(&sent.parts(), &sent.body, &key, NOW, Some("nonce-01")).unwrap();
    signed.apply(&mut sent.headers);
    assert_eq!(sent.verify().unwrap().nonce.as_deref(), Some("nonce-01"));
    sent.edit_input("nonce-01", "nonce-02");
    assert_eq!(sent.verify(), Err(SignatureError::Mismatch));
}

#[test]
fn what_is_signed_verifies_with_both_algorithms() {
    for key in [hmac_key(), ed25519_key()] {
        let sent = Sent::signed(&key);
        let verified = sent.verify_at(&key, NOW).unwrap();
        assert_eq!(verified.key_id, "k1");
        assert_eq!(verified.created, NOW);
        assert_eq!(verified.nonce, None);
        let input = sent.headers["signature-input"].to_str().unwrap();
        let covered =
            r#"("@method" "@path" "@query" "content-digest" "idempotency-key");created=1795392000"#;
        assert!(input.starts_with(&format!("feiqian={covered}")), "{input}");
    }
}

/// What is changed, how, and how it is noticed.
type Tampering = (&'static str, fn(&mut Sent), SignatureError);

#[test]
fn tampering_with_any_covered_component_is_noticed() {
    for key in [hmac_key(), ed25519_key()] {
        let good = Sent::signed(&key);
        let tampered: [Tampering; 10] = [
            ("method", |s| s.method = Method::PUT, SignatureError::Mismatch),
            ("path", |s| s.uri = "/v1/order?a=1".parse().unwrap(), SignatureError::Mismatch),
            ("query", |s| s.uri = "/v1/orders?a=2".parse().unwrap(), SignatureError::Mismatch),
            ("no query", |s| s.uri = "/v1/orders".parse().unwrap(), SignatureError::Mismatch),
            ("body", |s| s.body.push(b' '), SignatureError::DigestMismatch),
            (
                "body and its digest",
                |s| {
                    s.body.push(b' ');
                    let digest = crate::content_digest(&s.body).unwrap();
                    s.headers.insert("content-digest", digest);
                },
                SignatureError::Mismatch,
            ),
            ("key", |s| s.set("idempotency-key", "\"k-2\""), SignatureError::Mismatch),
            (
                "second key",
                |s| {
                    s.headers.append("idempotency-key", HeaderValue::from_static("\"k-2\""));
                },
                SignatureError::Mismatch,
            ),
            ("created", |s| s.edit_input("1795392000", "1795392001"), SignatureError::Mismatch),
            ("alg", |s| s.edit_input(";alg=", ";nonce="), SignatureError::Mismatch),
        ];
        for (what, tamper, error) in tampered {
            let mut sent = good.clone();
            tamper(&mut sent);
            assert_eq!(sent.verify_at(&key, NOW), Err(error), "{what}");
        }
    }
}

#[test]
fn each_required_component_must_be_covered() {
    for name in ["@method", "@path", "@query", "content-digest", "idempotency-key"] {
        let mut sent = Sent::signed(&hmac_key());
        sent.edit_input(&format!("\"{name}\""), "\"accept\"");
        assert_eq!(sent.verify(), Err(SignatureError::NotCovered(name)));
    }
}

#[test]
fn a_request_without_query_and_body_needs_neither_covered() {
    let mut sent = Sent::signed(&hmac_key());
    sent.uri = "/v1/orders".parse().unwrap();
    sent.body.clear();
    sent.headers.clear();
    sent.sign(&hmac_key());
    assert!(sent.verify().is_ok());
    assert!(!sent.headers.contains_key("content-digest"));
    // A body slipped in later must be covered.
    sent.body = BODY.to_vec();
    assert_eq!(sent.verify(), Err(SignatureError::NotCovered("content-digest")));
}

#[test]
fn a_signature_is_good_within_its_window_only() {
    let sent = Sent::signed(&hmac_key());
    let at = |seconds: i64| {
        let now = NOW.as_millis().saturating_add_signed(seconds * 1000);
        sent.verify_at(&hmac_key(), Timestamp::from_millis(now)).map(drop)
    };
    assert_eq!(at(300), Ok(()));
    assert_eq!(at(301), Err(SignatureError::Expired));
    assert_eq!(at(-60), Ok(()));
    assert_eq!(at(-61), Err(SignatureError::NotYetValid));
}

#[test]
fn a_signer_may_end_its_signature_earlier() {
    let mut sent = Sent::signed(&hmac_key());
    sent.edit_input(";created=1795392000", ";created=1795392000;expires=1795392010");
    let late = NOW.plus_millis(11_000);
    assert_eq!(sent.verify_at(&hmac_key(), late), Err(SignatureError::Expired));
    // In time, but `expires` was not signed.
    assert_eq!(sent.verify(), Err(SignatureError::Mismatch));
}

#[test]
fn a_signer_may_order_and_choose_parameters_and_other_labels_are_passed_over() {
    let mut sent = Sent::signed(&hmac_key());
    let input = r#"("content-digest" "@path" "@query" "@method" "idempotency-key" "accept");nonce="n-1";keyid="k1";expires=1795392100;created=1795392000"#;
    sent.set("signature-input", &format!("other=(\"@method\");keyid=\"x\", feiqian={input}"));
    sent.set("signature", "other=:AAAA:, feiqian=:AAAA:");
    let (params, _) = params::read(&sent.headers, false).unwrap();
    let signature = hmac_key().sign(&params.base(Message::Request(&sent.parts())).unwrap());
    sent.set("signature", &format!("other=:AAAA:, feiqian=:{}:", BASE64.encode(&signature)));
    assert_eq!(sent.verify().unwrap().nonce.as_deref(), Some("n-1"));
}

#[test]
fn a_wrong_key_or_algorithm_is_refused() {
    let sent = Sent::signed(&hmac_key());
    let other =
        SigningKey::from_base64("k1", Algorithm::HmacSha256, &BASE64.encode(&[5; 32])).unwrap();
    assert_eq!(sent.verify_at(&other, NOW), Err(SignatureError::Mismatch));
    assert_eq!(sent.verify_at(&ed25519_key(), NOW), Err(SignatureError::UnknownKey));
    let mut unknown = sent;
    unknown.edit_input("keyid=\"k1\"", "keyid=\"k2\"");
    assert_eq!(unknown.verify(), Err(SignatureError::UnknownKey));
}

#[test]
fn an_unsigned_or_unreadable_request_is_told_apart() {
    let good = Sent::signed(&hmac_key());
    for name in ["signature", "signature-input"] {
        let mut sent = good.clone();
        sent.headers.remove(name);
        assert_eq!(sent.verify(), Err(SignatureError::Missing));
    }
    let mut renamed = good.clone();
    renamed.edit_input("feiqian=", "sig1=");
    let signature = renamed.headers["signature"].to_str().unwrap().replace("feiqian", "sig1");
    renamed.set("signature", &signature);
    assert_eq!(renamed.verify(), Err(SignatureError::Missing));

    for (from, to) in [
        ("\"@path\"", "\"@path\" \"@path\""),
        ("\"@path\"", "\"@path\" \"@target-uri\""),
        ("\"@path\"", "\"@path\" \"@status\""),
        ("\"@path\"", "\"@path\" \"date\""),
        ("\"@path\"", "\"@path\";sf"),
        ("\"@path\"", "@path"),
        ("\"@path\"", "\"Accept\" \"@path\""),
        (";created=1795392000", ""),
        (";created=1795392000", ";created=-1"),
        (";created=1795392000", ";created=\"now\""),
        (";keyid=\"k1\"", ""),
        (";keyid=\"k1\"", ";keyid=k1"),
        (";alg=", ";tag="),
        ("feiqian=", "feiqian=(\"@method\");created=1;keyid=\"k1\", feiqian="),
        ("feiqian=(", "feiqian=(("),
    ] {
        let mut sent = good.clone();
        sent.edit_input(from, to);
        let outcome = sent.verify();
        assert!(matches!(outcome, Err(SignatureError::Malformed(_))), "{to}: {outcome:?}");
    }
    let mut many = good.clone();
    many.edit_input("\"@path\"", &format!("\"@path\"{}", " \"x\"".repeat(20)));
    assert!(matches!(many.verify(), Err(SignatureError::Malformed(_))));
    let mut long = good;
    long.set("signature", &format!("feiqian=:{}:", "A".repeat(10_000)));
    assert!(matches!(long.verify(), Err(SignatureError::Malformed(_))));
}

fn respond(to: &RequestSignature, status: StatusCode, body: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let parts = ResponseParts { status, headers: &headers, request_signature: to };
    let signed = sign_response(&parts, body, &hmac_key(), NOW).unwrap();
    signed.apply(&mut headers);
    headers
}

fn verify_answer(
    to: &RequestSignature,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), SignatureError> {
    let key = hmac_key().verifying_key();
    let parts = ResponseParts { status, headers, request_signature: to };
    verify_response(&parts, body, |_| Some(&key), NOW, &Policy::STANDARD).map(drop)
}

#[test]
fn an_answer_is_bound_to_its_request_status_and_body() {
    let request = Sent::signed(&hmac_key()).verify().unwrap().signature;
    let headers = respond(&request, StatusCode::OK, b"{}");
    let check = |to, status, body| verify_answer(to, status, &headers, body);
    assert_eq!(check(&request, StatusCode::OK, b"{}"), Ok(()));
    assert_eq!(check(&request, StatusCode::ACCEPTED, b"{}"), Err(SignatureError::Mismatch));
    assert_eq!(check(&request, StatusCode::OK, b"[]"), Err(SignatureError::DigestMismatch));
    let other = RequestSignature(vec![1; 32]);
    assert_eq!(check(&other, StatusCode::OK, b"{}"), Err(SignatureError::Mismatch));
}

#[test]
fn an_answer_must_cover_status_digest_and_request() {
    let request = Sent::signed(&hmac_key()).verify().unwrap().signature;
    let good = respond(&request, StatusCode::OK, b"{}");
    for (name, named) in [
        ("\"@status\"", "@status"),
        ("\"content-digest\"", "content-digest"),
        ("\"signature\";req;key=\"feiqian\"", "signature of the request"),
    ] {
        let input = good["signature-input"].to_str().unwrap();
        assert!(input.contains(name), "{input}");
        let mut headers = good.clone();
        let edited = input.replace(name, "\"accept\"");
        headers.insert("signature-input", HeaderValue::from_str(&edited).unwrap());
        assert_eq!(
            verify_answer(&request, StatusCode::OK, &headers, b"{}"),
            Err(SignatureError::NotCovered(named))
        );
    }
    assert_eq!(
        verify_answer(&request, StatusCode::OK, &HeaderMap::new(), b"{}"),
        Err(SignatureError::Missing)
    );
}

proptest! {
    #[test]
    fn no_field_makes_the_verifier_panic_or_accept(
        input in "(feiqian=)?[\\x20-\\x7e]{0,80}",
        signature in "(feiqian=:)?[A-Za-z0-9+/=:]{0,60}",
    ) {
        let mut sent = Sent::signed(&hmac_key());
        sent.set("signature-input", &input);
        sent.set("signature", &signature);
        prop_assert!(sent.verify().is_err());
    }

    #[test]
    fn any_body_that_was_signed_verifies_and_no_other(
        body in prop::collection::vec(any::<u8>(), 0..200),
        flip in any::<prop::sample::Index>(),
    ) {
        let mut sent = Sent::signed(&hmac_key());
        sent.headers.clear();
        sent.body = body;
        sent.sign(&hmac_key());
        prop_assert!(sent.verify().is_ok());
        if !sent.body.is_empty() {
            let at = flip.index(sent.body.len());
            sent.body[at] ^= 1;
            prop_assert_eq!(sent.verify(), Err(SignatureError::DigestMismatch));
        }
    }
}
