//! What the tests of several modules need.

use bytes::Bytes;
use feiqian_bank_api::{BankReply, BankRequest};
use feiqian_calendar::Timestamp;
use feiqian_flows::{Bank, Insurer, Platform};
use feiqian_insurer_api::{InsurerReply, InsurerRequest};
use feiqian_ledger::Region;
use feiqian_store::{Created, Pending, Store, StoreError, Swapped};
use http::{HeaderMap, Method};
use std::cell::Cell;
use std::sync::LazyLock;

use crate::route::PathParameters;
use crate::{Call, Language, Regions, RequestId};

/// This region, and one other that it knows.
pub(crate) static REGIONS: LazyLock<Regions> = LazyLock::new(|| {
    Regions::parse(Region::EXAMPLE, r#"{"bj1":"https://bj1.pay.example"}"#).unwrap()
});

/// A call without headers.
pub(crate) fn call(method: &str, path: &str, body: &[u8]) -> Call {
    let headers = HeaderMap::new();
    Call {
        method: Method::from_bytes(method.as_bytes()).unwrap(),
        authority: None,
        path: path.to_owned(),
        query_text: None,
        request_id: RequestId::of(&headers, |_| ()),
        headers,
        body: Bytes::copy_from_slice(body),
        language: Language::English,
        route: "/v1/test/:id",
        parameters: PathParameters::default(),
        regions: &REGIONS,
    }
}

/// What flows run on in tests: a store, and nothing else that answers.
pub(crate) struct Desk<S> {
    store: S,
    /// How far its clock has gone on, milliseconds.
    pub(crate) ahead_ms: Cell<u64>,
}

impl<S> Desk<S> {
    pub(crate) fn new(store: S) -> Self {
        Self { store, ahead_ms: Cell::new(0) }
    }
}

/// A bank and an insurer that say nothing.
pub(crate) struct Silent;

impl Bank for Silent {
    async fn request(&self, _request: BankRequest) -> BankReply {
        BankReply::Unknown
    }
}

impl Insurer for Silent {
    async fn request(&self, _request: InsurerRequest) -> InsurerReply {
        InsurerReply::Unknown
    }
}

impl<S: Store> Platform for Desk<S> {
    type Store = S;
    type Bank = Silent;
    type Insurer = Silent;

    fn store(&self) -> &S {
        &self.store
    }

    fn bank(&self) -> &Silent {
        &Silent
    }

    fn insurer(&self) -> &Silent {
        &Silent
    }

    fn region(&self) -> Region {
        Region::EXAMPLE
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + self.ahead_ms.get())
    }

    async fn sleep_ms(&self, _millis: u64) {}

    fn fill_random(&self, bytes: &mut [u8]) {
        bytes.fill(1);
    }
}

/// A store that does not answer.
pub(crate) struct DeadStore;

fn dead<T>() -> Result<T, StoreError> {
    Err(StoreError::Unavailable("it is gone".to_owned()))
}

impl Store for DeadStore {
    type Handle = ();

    async fn read(&self, _key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        dead()
    }

    async fn read_many(&self, _keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        dead()
    }

    async fn begin(&self, _key: &str) -> Result<Option<(Vec<u8>, ())>, StoreError> {
        dead()
    }

    async fn swap(&self, _handle: (), _value: &[u8]) -> Result<Swapped, StoreError> {
        dead()
    }

    async fn create(&self, _key: &str, _value: &[u8]) -> Result<Created, StoreError> {
        dead()
    }

    async fn put(&self, _key: &str, _value: &[u8]) -> Result<(), StoreError> {
        dead()
    }

    async fn put_many(&self, _documents: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        dead()
    }

    async fn list(&self, _after: &str, _limit: usize) -> Result<Vec<String>, StoreError> {
        dead()
    }

    async fn pending_add(&self, _mark: &Pending) -> Result<(), StoreError> {
        dead()
    }

    async fn pending_due(&self, _now: Timestamp, _n: usize) -> Result<Vec<Pending>, StoreError> {
        dead()
    }

    async fn pending_done(&self, _mark: &Pending) -> Result<(), StoreError> {
        dead()
    }

    async fn outbox_add(&self, _marks: &[Pending]) -> Result<(), StoreError> {
        dead()
    }

    async fn outbox_due(&self, _now: Timestamp, _limit: usize) -> Result<Vec<Pending>, StoreError> {
        dead()
    }

    async fn outbox_done(&self, _marks: &[Pending]) -> Result<(), StoreError> {
        dead()
    }
}
