//! A running sandbox and a client that signs and verifies.

use feiqian_bank_api::{BankReply, BankRequest, CodeResult, Deposit, Elements, MoneyStatus};
use feiqian_bank_sandbox::{Bank as Party, CODE};
use feiqian_calendar::Timestamp;
use feiqian_gateway_api::{GatewayAnswer, GatewayRequest};
use feiqian_money::Amount;
use feiqian_sandbox::{Clock, Options, Sandbox};
use feiqian_signing::{
    Algorithm, Policy, RequestParts, RequestSignature, ResponseParts, SignatureError, SigningKey,
    sign_request, verify_response,
};
use http::{HeaderMap, Method, StatusCode, Uri};
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
/// Longer than any answer that is not held back, also on a busy machine.
pub const LATE: Duration = Duration::from_millis(300);
pub const SLOW: Duration = Duration::from_millis(150);
/// 2026-11-23T00:00:00+08:00.
pub const START_MS: u64 = 1_795_363_200_000;

pub fn key() -> SigningKey {
    SigningKey::from_base64("feiqian", Algorithm::HmacSha256, KEY).unwrap()
}

pub fn elements(card_number: &str) -> Elements {
    Elements {
        name: "张三".to_owned(),
        resident_id: "11010519491231002X".to_owned(),
        card_number: card_number.to_owned(),
        mobile: Some("13800138000".to_owned()),
        bank: None,
    }
}

pub fn verify(request_id: &str, card: &str) -> BankRequest {
    BankRequest::VerifyCard { request_id: request_id.to_owned(), elements: elements(card) }
}

pub fn send_code(request_id: &str, card: &str) -> BankRequest {
    BankRequest::SendCode { request_id: request_id.to_owned(), elements: elements(card) }
}

pub fn check_code(request_id: &str, code_request_id: &str, code: &str) -> BankRequest {
    BankRequest::CheckCode {
        request_id: request_id.to_owned(),
        code_request_id: code_request_id.to_owned(),
        code: code.to_owned(),
    }
}

pub fn debit(request_id: &str, agreement: &str, minor: i64) -> BankRequest {
    BankRequest::Debit {
        request_id: request_id.to_owned(),
        agreement: agreement.to_owned(),
        amount: Amount::from_minor(minor).into(),
    }
}

pub fn credit(request_id: &str, agreement: &str, minor: i64) -> BankRequest {
    BankRequest::Credit {
        request_id: request_id.to_owned(),
        agreement: agreement.to_owned(),
        amount: Amount::from_minor(minor).into(),
    }
}

pub fn credit_account(request_id: &str, account_number: &str, minor: i64) -> BankRequest {
    BankRequest::CreditAccount {
        request_id: request_id.to_owned(),
        bank_code: "102100099996".to_owned(),
        account_number: account_number.to_owned(),
        account_name: "面馆有限公司".to_owned(),
        amount: Amount::from_minor(minor).into(),
    }
}

pub fn query(request_id: &str) -> BankRequest {
    BankRequest::Query { request_id: request_id.to_owned() }
}

pub const SETTLED: BankReply = BankReply::Money { status: MoneyStatus::Settled };
pub const PROCESSING: BankReply = BankReply::Money { status: MoneyStatus::Processing };
pub const NOT_FOUND: BankReply = BankReply::Money { status: MoneyStatus::NotFound };

/// An answer as it arrived.
pub struct Arrived {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    pub signature: Result<(), SignatureError>,
}

impl Arrived {
    /// The reply in an answer that is good in every way.
    pub fn reply(&self) -> BankReply {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!((self.status, self.signature), (StatusCode::OK, Ok(())), "{text}");
        serde_json::from_slice::<GatewayAnswer<BankReply>>(&self.body).unwrap().reply
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Talks to a sandbox with signatures.
pub struct Client {
    url: String,
    clock: Clock,
    http: reqwest::Client,
}

impl Client {
    /// A client by the system's clock.
    pub fn new(url: &str) -> Self {
        let unused = Options::new((), ([127, 0, 0, 1], 0).into(), "unused".into(), key());
        Self::with_clock(url, unused.clock)
    }

    fn with_clock(url: &str, clock: Clock) -> Self {
        Self { url: url.to_owned(), clock, http: reqwest::Client::new() }
    }

    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Sends a signed request.
    pub async fn send(&self, request: &BankRequest) -> Arrived {
        let body = serde_json::to_vec(request).unwrap();
        let uri: Uri = request.gateway_path().parse().unwrap();
        let mut headers = HeaderMap::new();
        let parts = RequestParts::new(&Method::POST, &uri, &headers);
        let signed = sign_request(&parts, &body, &key(), self.now(), None).unwrap();
        signed.apply(&mut headers);
        self.send_raw(request.gateway_path(), headers, body, signed.request_signature()).await
    }

    /// Sends anything, and checks the answer against a request's signature.
    pub async fn send_raw(
        &self,
        path: &str,
        headers: HeaderMap,
        body: Vec<u8>,
        signature: &RequestSignature,
    ) -> Arrived {
        let url = format!("{}{path}", self.url);
        let response = self.http.post(url).headers(headers).body(body).send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.unwrap().to_vec();
        let parts = ResponseParts { status, headers: &headers, request_signature: signature };
        let key = key().verifying_key();
        let policy = Policy::STANDARD;
        let signature =
            verify_response(&parts, &body, |_| Some(&key), self.now(), &policy).map(drop);
        Arrived { status, headers, body, signature }
    }

    pub async fn reply(&self, request: &BankRequest) -> BankReply {
        self.send(request).await.reply()
    }

    /// Binds a card and gives its agreement.
    pub async fn bind(&self, card: &str) -> String {
        let sent = format!("code-{card}");
        assert_eq!(self.reply(&send_code(&sent, card)).await, BankReply::CodeSent);
        let checked = self.reply(&check_code(&format!("check-{card}"), &sent, CODE)).await;
        match checked {
            BankReply::CodeChecked { result: CodeResult::Accepted { agreement, .. } } => agreement,
            other => panic!("{other:?}"),
        }
    }

    pub async fn inspect(&self, path: &str) -> serde_json::Value {
        let response = self.http.get(format!("{}{path}", self.url)).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.json().await.unwrap()
    }

    /// Somebody sends money to an account.
    pub async fn deposit(&self, reference: &str, minor: i64) {
        let deposit = Deposit {
            reference: reference.to_owned(),
            account: "acc_cn1_0".to_owned(),
            amount: Amount::from_minor(minor).into(),
            payer: "李*".to_owned(),
        };
        let url = format!("{}/sandbox/deposits", self.url);
        let sent = self.http.post(url).json(&deposit).send().await.unwrap();
        assert_eq!(sent.status(), StatusCode::OK);
    }

    /// How often the money of a request moved.
    pub async fn times_moved(&self, request_id: &str) -> usize {
        let listed = self.inspect(&format!("/sandbox/movements?request_id={request_id}")).await;
        listed["movements"].as_array().unwrap().len()
    }
}

/// A sandbox in this process, with a clock that the test sets.
pub struct Bank {
    client: Client,
    now_ms: Arc<AtomicU64>,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<std::io::Result<()>>,
    folder: TempDir,
}

impl Bank {
    pub async fn start() -> Self {
        Self::start_with(Duration::ZERO).await
    }

    pub async fn start_with(code_interval: Duration) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let now_ms = Arc::new(AtomicU64::new(START_MS));
        let party = Party { code_interval, callbacks: None };
        Self::serve(Options { party, ..options(folder.path(), &now_ms) }, now_ms, folder).await
    }

    /// Stops the server, and starts another one with the same books.
    pub async fn restart(self) -> Self {
        let Self { client, now_ms, stop, server, folder } = self;
        // Kept-alive connections would hold the old server up.
        drop((client, stop));
        server.await.unwrap().unwrap();
        Self::serve(options(folder.path(), &now_ms), now_ms, folder).await
    }

    async fn serve(options: Options<Party>, now_ms: Arc<AtomicU64>, folder: TempDir) -> Self {
        let clock = Arc::clone(&options.clock);
        let sandbox = Sandbox::bind(options).await.unwrap();
        let client = Client::with_clock(&format!("http://{}", sandbox.address()), clock);
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(sandbox.serve(async move {
            let _ = stopped.await;
        }));
        Self { client, now_ms, stop: Some(stop), server, folder }
    }

    pub fn advance(&self, by: Duration) {
        self.now_ms.fetch_add(u64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Deref for Bank {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

fn options(folder: &Path, now_ms: &Arc<AtomicU64>) -> Options<Party> {
    let now_ms = Arc::clone(now_ms);
    let party = Party { code_interval: Duration::ZERO, callbacks: None };
    Options {
        slow: SLOW,
        late: LATE,
        clock: Arc::new(move || Timestamp::from_millis(now_ms.load(Ordering::SeqCst))),
        ..Options::new(party, ([127, 0, 0, 1], 0).into(), folder.join("books.db"), key())
    }
}
