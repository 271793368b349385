//! What the gateway refuses before it looks into its books.

use crate::support::*;
use feiqian_bank_api::BankRequest;
use feiqian_bank_sandbox::cards;
use feiqian_signing::{
    Algorithm, RequestParts, RequestSignature, SignatureError, SigningKey, sign_request,
};
use http::{HeaderMap, Method, StatusCode, Uri};
use std::time::Duration;

/// Signs a body for a path.
fn sign(bank: &Bank, path: &str, body: &[u8], key: &SigningKey) -> (HeaderMap, RequestSignature) {
    let uri: Uri = path.parse().unwrap();
    let mut headers = HeaderMap::new();
    let parts = RequestParts::new(&Method::POST, &uri, &headers);
    let signed = sign_request(&parts, body, key, bank.now(), None).unwrap();
    signed.apply(&mut headers);
    (headers, signed.request_signature().clone())
}

async fn post(bank: &Bank, path: &str, body: &[u8]) -> Arrived {
    let (headers, signature) = sign(bank, path, body, &key());
    bank.send_raw(path, headers, body.to_vec(), &signature).await
}

#[tokio::test]
async fn only_a_fresh_signature_by_the_right_key_is_let_in() {
    let bank = Bank::start().await;
    let path = "/gateway/queries";
    let body = serde_json::to_vec(&query("q")).unwrap();
    let (good, signature) = sign(&bank, path, &body, &key());
    let send = |headers: HeaderMap, body: Vec<u8>| bank.send_raw(path, headers, body, &signature);

    assert_eq!(send(good.clone(), body.clone()).await.reply(), NOT_FOUND);
    let unsigned = send(HeaderMap::new(), body.clone()).await;
    assert_eq!(unsigned.status, StatusCode::UNAUTHORIZED);
    assert_eq!(unsigned.json()["code"], "signature_missing");
    assert_eq!(unsigned.signature, Err(SignatureError::Missing));

    let tampered = send(good.clone(), serde_json::to_vec(&query("p")).unwrap()).await;
    assert_eq!(tampered.json()["code"], "signature_invalid");
    for (id, secret) in [("feiqian", KEY.replace("MDEy", "MTEy")), ("other", KEY.to_owned())] {
        let wrong = SigningKey::from_base64(id, Algorithm::HmacSha256, &secret).unwrap();
        let answer = send(sign(&bank, path, &body, &wrong).0, body.clone()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.json()["code"], "signature_invalid");
    }
    bank.advance(Duration::from_secs(301));
    assert_eq!(send(good, body.clone()).await.json()["code"], "signature_expired");
}

#[tokio::test]
async fn a_body_that_is_no_request_for_the_path_is_refused() {
    let bank = Bank::start().await;
    let body = serde_json::to_vec(&query("q")).unwrap();
    let elsewhere = post(&bank, "/gateway/debits", &body).await;
    assert_eq!((elsewhere.status, elsewhere.signature), (StatusCode::BAD_REQUEST, Ok(())));
    assert_eq!(elsewhere.json()["code"], "path_differs");
    for body in ["", "{", "[]", r#"{"query":{}}"#, r#"{"query":{"request_id":"q","x":1}}"#] {
        let answer = post(&bank, "/gateway/queries", body.as_bytes()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(answer.json()["code"], "request_malformed", "{body}");
        assert_eq!(answer.headers["content-type"], "application/json", "{body}");
    }
    let long = post(&bank, "/gateway/queries", &vec![b' '; 16 * 1024 + 1]).await;
    assert_eq!(long.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(post(&bank, "/elsewhere", &body).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_statement_of_no_day_is_refused() {
    let bank = Bank::start().await;
    let answer = bank.send(&BankRequest::Statement { day: "2026-02-29".to_owned() }).await;
    assert_eq!((answer.status, answer.signature), (StatusCode::BAD_REQUEST, Ok(())));
    assert_eq!(answer.json()["code"], "day_invalid");
}

#[tokio::test]
async fn an_answer_to_one_request_is_none_to_another() {
    let bank = Bank::start().await;
    let agreement = bank.bind(cards::OK).await;
    let body = serde_json::to_vec(&debit("d", &agreement, 1)).unwrap();
    let (headers, _) = sign(&bank, "/gateway/debits", &body, &key());
    let (_, other) = sign(&bank, "/gateway/debits", b"{}", &key());
    let answer = bank.send_raw("/gateway/debits", headers, body, &other).await;
    assert_eq!((answer.status, answer.signature), (StatusCode::OK, Err(SignatureError::Mismatch)));
}

#[tokio::test]
async fn health_needs_no_signature() {
    let bank = Bank::start().await;
    assert_eq!(bank.inspect("/healthz").await["status"], "ok");
}
