//! A running sandbox and a client that signs.

use feiqian_calendar::Timestamp;
use feiqian_gateway_api::{GatewayAnswer, GatewayRequest};
use feiqian_insurer_api::{
    Claim, ClaimLine, InsurerReply, InsurerRequest, LineSplit, SettlementStatus,
};
use feiqian_insurer_sandbox::Insurer;
use feiqian_money::Amount;
use feiqian_sandbox::{Options, Sandbox};
use feiqian_signing::{Algorithm, RequestParts, SigningKey, sign_request};
use http::{HeaderMap, Method, StatusCode, Uri};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

pub const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
/// 2026-11-24T00:00:00+08:00.
pub const NOW: Timestamp = Timestamp::from_millis(1_795_449_600_000);
pub const DAY: &str = "2026-11-24";
/// Longer than any answer that is not held back, also on a busy machine.
const LATE: Duration = Duration::from_millis(300);

fn key() -> SigningKey {
    SigningKey::from_base64("feiqian", Algorithm::HmacSha256, KEY).unwrap()
}

/// Talks to a sandbox with signatures.
pub struct Client {
    url: String,
    now: fn() -> Timestamp,
    http: reqwest::Client,
}

impl Client {
    pub fn new(url: &str) -> Self {
        let now = || {
            let unix = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
            Timestamp::from_millis(u64::try_from(unix.as_millis()).unwrap())
        };
        Self { url: url.to_owned(), now, http: reqwest::Client::new() }
    }

    /// The status and the reply, if there is one.
    pub async fn send(&self, request: &InsurerRequest) -> (StatusCode, Option<InsurerReply>) {
        let body = serde_json::to_vec(request).unwrap();
        let uri: Uri = request.gateway_path().parse().unwrap();
        let mut headers = HeaderMap::new();
        let parts = RequestParts::new(&Method::POST, &uri, &headers);
        sign_request(&parts, &body, &key(), (self.now)(), None).unwrap().apply(&mut headers);
        let url = format!("{}{}", self.url, request.gateway_path());
        let response = self.http.post(url).headers(headers).body(body).send().await.unwrap();
        let status = response.status();
        let body = response.bytes().await.unwrap();
        let answer = serde_json::from_slice::<GatewayAnswer<InsurerReply>>(&body).ok();
        (status, answer.map(|answer| answer.reply))
    }

    pub async fn reply(&self, request: &InsurerRequest) -> InsurerReply {
        let (status, reply) = self.send(request).await;
        assert_eq!(status, StatusCode::OK);
        reply.unwrap()
    }

    /// The token of a person's credential.
    pub async fn activate(&self, name: &str, resident_id: &str) -> String {
        match self.reply(&activate(name, resident_id)).await {
            InsurerReply::Credential { token, .. } => token,
            other => panic!("{other:?}"),
        }
    }

    /// What a pre-settlement says of a claim.
    pub async fn presettled(&self, claim: &Claim) -> Vec<LineSplit> {
        let request_id = "p".to_owned();
        match self.reply(&InsurerRequest::Presettle { request_id, claim: claim.clone() }).await {
            InsurerReply::Split { lines } => lines,
            other => panic!("{other:?}"),
        }
    }

    pub async fn inspect(&self, path: &str) -> serde_json::Value {
        let response = self.http.get(format!("{}{path}", self.url)).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.json().await.unwrap()
    }
}

/// A sandbox in this process, at one instant.
pub struct Running {
    pub client: Client,
    _folder: TempDir,
}

impl Running {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let books = folder.path().join("books.db");
        let sandbox = Sandbox::bind(Options {
            late: LATE,
            clock: Arc::new(|| NOW),
            ..Options::new(Insurer, ([127, 0, 0, 1], 0).into(), books, key())
        });
        let sandbox = sandbox.await.unwrap();
        let client = Client::new(&format!("http://{}", sandbox.address()));
        tokio::spawn(sandbox.serve(std::future::pending()));
        Self { client: Client { now: || NOW, ..client }, _folder: folder }
    }
}

pub fn activate(name: &str, resident_id: &str) -> InsurerRequest {
    InsurerRequest::Activate {
        request_id: format!("a-{resident_id}"),
        name: name.to_owned(),
        resident_id: resident_id.to_owned(),
    }
}

/// A claim of one line for each amount.
pub fn claim(token: &str, amounts: &[i64]) -> Claim {
    let lines = amounts
        .iter()
        .zip(1..)
        .map(|(minor, line)| ClaimLine { line, amount: Amount::from_minor(*minor).into() });
    Claim {
        token: token.to_owned(),
        institution: "H11010500001".to_owned(),
        shared_by: None,
        lines: lines.collect(),
    }
}

pub fn commit(request_id: &str, claim: &Claim) -> InsurerRequest {
    InsurerRequest::Commit { request_id: request_id.to_owned(), claim: claim.clone() }
}

pub fn reverse(request_id: &str, commit: &str, lines: &[u16]) -> InsurerRequest {
    InsurerRequest::Reverse {
        request_id: request_id.to_owned(),
        commit: commit.to_owned(),
        lines: lines.to_vec(),
    }
}

pub fn query(request_id: &str) -> InsurerRequest {
    InsurerRequest::Query { request_id: request_id.to_owned() }
}

pub fn settled(lines: &[LineSplit]) -> InsurerReply {
    let (lines, settled_at_ms) = (lines.to_vec(), NOW.as_millis());
    InsurerReply::Settlement { status: SettlementStatus::Settled { lines, settled_at_ms } }
}

pub const PROCESSING: InsurerReply =
    InsurerReply::Settlement { status: SettlementStatus::Processing };
pub const NOT_FOUND: InsurerReply = InsurerReply::Settlement { status: SettlementStatus::NotFound };

/// The parts of a split in minor units: pooled, personal, shared, other, cash.
pub fn parts(line: &LineSplit) -> [i64; 5] {
    let split = &line.split;
    [split.hifp_pay, split.acct_pay, split.acct_mulaid_pay, split.oth_pay, split.psn_cash_pay]
        .map(|money| money.amount.minor())
}

impl Client {
    /// What a commit settled, as the books say.
    pub async fn settled_lines(&self, commit: &str) -> Vec<LineSplit> {
        let listed = self.inspect(&format!("/sandbox/settlements?request_id={commit}")).await;
        serde_json::from_value(listed["settlements"][0]["lines"].clone()).unwrap()
    }
}
