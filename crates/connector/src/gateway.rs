//! What goes to the gateway and what its answers mean: no I/O, no clock.

use bytes::Bytes;
use feiqian_calendar::Timestamp;
use feiqian_gateway_api::{GATEWAY_HEALTH_PATH, GatewayAnswer, GatewayRequest};
use feiqian_signing::{
    Policy, RequestParts, RequestSignature, ResponseParts, SignatureError, SigningKey,
    VerifyingKey, sign_request, verify_response,
};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::Full;

/// A party's gateway, and the key we share with it.
#[derive(Debug)]
pub struct Gateway {
    url: String,
    signing: SigningKey,
    verifying: VerifyingKey,
}

/// A request that is ready to be sent.
#[derive(Debug)]
pub struct Signed {
    /// It.
    pub request: Request<Full<Bytes>>,
    /// Its signature, which the answer's covers.
    pub signature: RequestSignature,
}

/// An answer as it arrived.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its whole body.
    pub body: Bytes,
}

/// Why it is not known what the party did.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No connection, or it broke before the answer.
    #[error("the gateway was not reached")]
    Unreached,
    /// No whole answer in time.
    #[error("the gateway did not answer in time")]
    TimeOut,
    /// The answer's body ended early.
    #[error("the answer was cut off")]
    CutOff,
    /// The answer's body is too long.
    #[error("the answer is too long")]
    TooLong,
    /// Another status than 200. A 4xx means that the gateway refuses our requests as such:
    /// look at the key, its id and the clock.
    #[error("the gateway answered {0}")]
    Status(StatusCode),
    /// The signature is missing or wrong.
    #[error("the answer's signature: {0}")]
    Signature(#[from] SignatureError),
    /// The body is no answer.
    #[error("the answer cannot be read")]
    Unreadable,
    /// The answer is for another request, or of another kind.
    #[error("the answer is not for this request")]
    Misplaced,
    /// The request cannot be written.
    #[error("the request cannot be written")]
    Unwritable,
}

impl Gateway {
    /// A gateway below a base URL such as `https://gateway.bank.example`.
    ///
    /// # Errors
    /// What is wrong with the URL.
    pub fn new(url: &str, signing: SigningKey) -> Result<Self, &'static str> {
        let url = url.trim_end_matches('/').to_owned();
        let parsed: Uri = url.parse().map_err(|_| "it is no URL")?;
        if !matches!(parsed.scheme_str(), Some("http" | "https")) || parsed.host().is_none() {
            return Err("it is written http://host:port or https://host");
        }
        if parsed.query().is_some() {
            return Err("it must not have a query");
        }
        let verifying = signing.verifying_key();
        Ok(Self { url, signing, verifying })
    }

    fn uri(&self, path: &str) -> Result<Uri, Fault> {
        format!("{}{path}", self.url).parse().map_err(|_| Fault::Unwritable)
    }

    /// A request as the gateway takes it: signed over method, path and body.
    ///
    /// # Errors
    /// [`Fault::Unwritable`].
    pub fn sign<R: GatewayRequest>(&self, request: &R, now: Timestamp) -> Result<Signed, Fault> {
        let body = serde_json::to_vec(request).map_err(|_| Fault::Unwritable)?;
        let uri = self.uri(request.gateway_path())?;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_LENGTH, body.len().into());
        let parts = RequestParts::new(&Method::POST, &uri, &headers);
        let signed = sign_request(&parts, &body, &self.signing, now, None)?;
        signed.apply(&mut headers);
        let mut request = Request::new(Full::new(Bytes::from(body)));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        Ok(Signed { request, signature: signed.request_signature().clone() })
    }

    /// The question whether the gateway is up.
    ///
    /// # Errors
    /// [`Fault::Unwritable`].
    pub fn health(&self) -> Result<Request<Full<Bytes>>, Fault> {
        let mut request = Request::new(Full::new(Bytes::new()));
        *request.uri_mut() = self.uri(GATEWAY_HEALTH_PATH)?;
        Ok(request)
    }

    /// What an answer says about a request, if it is surely the party's and surely about it.
    ///
    /// # Errors
    /// Every other answer: then it is not known what the party did.
    pub fn read<R: GatewayRequest>(
        &self,
        request: &R,
        signature: &RequestSignature,
        arrived: &Arrived,
        now: Timestamp,
    ) -> Result<R::Reply, Fault> {
        if arrived.status != StatusCode::OK {
            return Err(Fault::Status(arrived.status));
        }
        let parts = ResponseParts {
            status: arrived.status,
            headers: &arrived.headers,
            request_signature: signature,
        };
        let lookup = |id: &str| (id == self.verifying.id()).then_some(&self.verifying);
        verify_response(&parts, &arrived.body, lookup, now, &Policy::STANDARD)?;
        let answer: GatewayAnswer<R::Reply> =
            serde_json::from_slice(&arrived.body).map_err(|_| Fault::Unreadable)?;
        if answer.request_id != request.request_id() || !request.is_answered_by(&answer.reply) {
            return Err(Fault::Misplaced);
        }
        Ok(answer.reply)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use feiqian_bank_api::{BankReply, BankRequest, MoneyStatus};
    use feiqian_signing::{Algorithm, sign_response};

    const NOW: Timestamp = Timestamp::from_millis(1_795_406_400_000);

    fn key(letter: char) -> SigningKey {
        // 33 bytes, so that every letter of the base64 counts.
        let secret = letter.to_string().repeat(44);
        SigningKey::from_base64("feiqian", Algorithm::HmacSha256, &secret).unwrap()
    }

    fn gateway() -> Gateway {
        Gateway::new("http://127.0.0.1:3010/", key('M')).unwrap()
    }

    fn query() -> BankRequest {
        BankRequest::Query { request_id: "op_1".into() }
    }

    const SETTLED: BankReply = BankReply::Money { status: MoneyStatus::Settled };

    fn answered(
        signature: &RequestSignature,
        by: &SigningKey,
        id: &str,
        reply: BankReply,
    ) -> Arrived {
        let answer = GatewayAnswer { request_id: id.to_owned(), reply };
        let body = serde_json::to_vec(&answer).unwrap();
        arrived(signature, by, StatusCode::OK, body)
    }

    fn arrived(
        signature: &RequestSignature,
        by: &SigningKey,
        status: StatusCode,
        body: Vec<u8>,
    ) -> Arrived {
        let mut headers = HeaderMap::new();
        let parts = ResponseParts { status, headers: &headers, request_signature: signature };
        sign_response(&parts, &body, by, NOW).unwrap().apply(&mut headers);
        Arrived { status, headers, body: body.into() }
    }

    #[test]
    fn a_request_goes_signed_to_its_path() {
        let signed = gateway().sign(&query(), NOW).unwrap();
        assert_eq!(signed.request.uri(), "http://127.0.0.1:3010/gateway/queries");
        for name in ["signature", "signature-input", "content-digest", "content-length"] {
            assert!(signed.request.headers().contains_key(name), "{name}");
        }
    }

    #[test]
    fn only_a_signed_answer_to_this_very_request_counts() {
        let gateway = gateway();
        let signed = gateway.sign(&query(), NOW).unwrap();
        let other = gateway.sign(&query(), NOW.plus_millis(1000)).unwrap();
        let read = |arrived: &Arrived| gateway.read(&query(), &signed.signature, arrived, NOW);
        let good = answered(&signed.signature, &key('M'), "op_1", SETTLED);
        assert_eq!(read(&good), Ok(SETTLED));

        let by_another = answered(&signed.signature, &key('N'), "op_1", SETTLED);
        assert!(matches!(read(&by_another), Err(Fault::Signature(_))));
        let to_another = answered(&other.signature, &key('M'), "op_1", SETTLED);
        assert!(matches!(read(&to_another), Err(Fault::Signature(_))));
        let unsigned = Arrived { headers: HeaderMap::new(), ..good.clone() };
        assert!(matches!(read(&unsigned), Err(Fault::Signature(_))));
        let tampered = Arrived { body: Bytes::from_static(b"{}"), ..good.clone() };
        assert!(matches!(read(&tampered), Err(Fault::Signature(_))));
        let failing = Arrived { status: StatusCode::BAD_GATEWAY, ..good };
        assert_eq!(read(&failing), Err(Fault::Status(StatusCode::BAD_GATEWAY)));

        let other_id = answered(&signed.signature, &key('M'), "op_2", SETTLED);
        assert_eq!(read(&other_id), Err(Fault::Misplaced));
        let other_kind = answered(&signed.signature, &key('M'), "op_1", BankReply::CodeSent);
        assert_eq!(read(&other_kind), Err(Fault::Misplaced));
    }

    #[test]
    fn any_other_status_or_body_leaves_the_outcome_unknown_even_if_it_is_signed() {
        let gateway = gateway();
        let Signed { signature, .. } = gateway.sign(&query(), NOW).unwrap();
        let good = answered(&signature, &key('M'), "op_1", SETTLED).body.to_vec();
        let read = |arrived: &Arrived| gateway.read(&query(), &signature, arrived, NOW);
        for status in [201, 202, 204, 301, 400, 401, 404, 409, 429, 500, 503, 504] {
            let status = StatusCode::from_u16(status).unwrap();
            let answer = arrived(&signature, &key('M'), status, good.clone());
            assert_eq!(read(&answer), Err(Fault::Status(status)));
        }
        for body in ["", "<html>", "{}", "\"unknown\"", r#"{"request_id":"op_1","reply":"paid"}"#] {
            let answer = arrived(&signature, &key('M'), StatusCode::OK, body.into());
            assert_eq!(read(&answer), Err(Fault::Unreadable), "{body}");
        }
    }

    #[test]
    fn an_answer_is_good_for_five_minutes_of_our_clock() {
        let gateway = gateway();
        let Signed { signature, .. } = gateway.sign(&query(), NOW).unwrap();
        let answer = answered(&signature, &key('M'), "op_1", SETTLED);
        let late = NOW.plus_millis(301_000);
        let outcome = gateway.read(&query(), &signature, &answer, late);
        assert_eq!(outcome, Err(Fault::Signature(SignatureError::Expired)));
    }

    #[test]
    fn a_gateway_may_be_below_a_path_which_is_signed_with_the_rest() {
        let below = Gateway::new("https://bank.example/api", key('M')).unwrap();
        let signed = below.sign(&query(), NOW).unwrap();
        assert_eq!(signed.request.uri(), "https://bank.example/api/gateway/queries");
        let root = gateway().sign(&query(), NOW).unwrap();
        assert_ne!(signed.signature, root.signature);
        assert_eq!(below.health().unwrap().uri(), "https://bank.example/api/healthz");
    }

    #[test]
    fn an_address_that_is_none_is_refused() {
        for url in ["", "bank", "ftp://bank", "http://", "http://bank?x=1"] {
            assert!(Gateway::new(url, key('M')).is_err(), "{url}");
        }
    }
}
