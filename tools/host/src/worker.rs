//! Instances of one component: made, reused, timed out and dropped as Spin
//! does it, by Wasmtime's `ProxyHandler`.

use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::time::Sleep;
use wasmtime::component::GuestTaskId;
use wasmtime::{Store, StoreContextMut, Trap};
use wasmtime_wasi::I32Exit;
use wasmtime_wasi_http::WasiHttpView as _;
use wasmtime_wasi_http::handler::{
    HandlerState, Instance, Proxy, ShouldAccept, WorkerExpiration, WorkerState, WorkerStatus,
};
use wasmtime_wasi_http::p3::bindings::ServicePre;

use crate::dispatch::Dispatcher;
use crate::guest::{Grants, Guest};
use crate::metrics::Metrics;
use crate::outbound::{Client, Outgoing};

/// Epochs until a running component yields to others.
const EPOCHS_PER_SLICE: u64 = 1;

/// How long and how often an instance is used.
#[derive(Debug, Clone, Copy)]
pub struct Reuse {
    /// Requests that one instance serves in its life.
    pub max_count: usize,
    /// Requests that one instance serves at once.
    pub max_concurrent: usize,
    /// How long an instance waits for its next request.
    pub idle_timeout: Duration,
    /// How long a request may take.
    pub request_timeout: Duration,
}

/// No instance could be had: as many as allowed are alive.
#[derive(Debug, thiserror::Error)]
#[error("as many component instances as --max-instances allows are alive")]
pub struct NoInstance;

/// What is common to all instances of a component.
pub struct ComponentState {
    pub(crate) pre: ServicePre<Guest>,
    pub(crate) grants: Arc<Grants>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) client: Client,
    pub(crate) dispatcher: Weak<Dispatcher>,
    /// One permit per instance, of all components together.
    pub(crate) instances: Arc<Semaphore>,
    pub(crate) reuse: Reuse,
}

impl HandlerState for ComponentState {
    type StoreData = Guest;
    type WorkerExpiration = Expiration;
    type WorkerState = Worker;

    async fn instantiate(&self) -> wasmtime::Result<Instance<Guest, Expiration, Worker>> {
        let permit = self.instances.clone().try_acquire_owned();
        let permit = permit.map_err(|_| wasmtime::Error::new(NoInstance))?;
        let outgoing = Outgoing::new(
            self.grants.clone(),
            self.metrics.clone(),
            self.client.clone(),
            self.dispatcher.clone(),
        );
        let guest = Guest::new(self.grants.clone(), self.metrics.clone(), outgoing, permit);
        let mut store = Store::new(self.pre.engine(), guest);
        store.limiter(|guest| &mut guest.limits);
        store.set_epoch_deadline(EPOCHS_PER_SLICE);
        store.epoch_deadline_async_yield_and_update(EPOCHS_PER_SLICE);
        let instantiation = self.pre.instantiate_async(&mut store);
        let service = tokio::time::timeout(self.reuse.request_timeout, instantiation).await??;
        Ok(Instance {
            store,
            proxy: Proxy::P3(service),
            view: Guest::http,
            expiration: Expiration::new(self.reuse),
            state: Worker {
                grants: self.grants.clone(),
                metrics: self.metrics.clone(),
                reuse: self.reuse,
            },
        })
    }
}

/// Ends an instance that is idle, or stuck, for too long. This is polled even
/// while a busy loop holds the instance.
pub struct Expiration {
    reuse: Reuse,
    sleep: Pin<Box<Sleep>>,
}

impl Expiration {
    fn new(reuse: Reuse) -> Self {
        Self { reuse, sleep: Box::pin(tokio::time::sleep(reuse.idle_timeout)) }
    }
}

impl WorkerExpiration for Expiration {
    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        status: WorkerStatus,
        start: Instant,
    ) -> Poll<()> {
        let timeout = match status {
            WorkerStatus::Idle => self.reuse.idle_timeout,
            WorkerStatus::Requests | WorkerStatus::PostReturn => self.reuse.request_timeout,
        };
        let Some(deadline) = start.checked_add(timeout) else {
            return Poll::Pending;
        };
        let deadline = deadline.into();
        if self.sleep.deadline() != deadline {
            self.sleep.as_mut().reset(deadline);
        }
        self.sleep.as_mut().poll(cx)
    }
}

/// One instance's view of its requests.
pub struct Worker {
    grants: Arc<Grants>,
    metrics: Arc<Metrics>,
    reuse: Reuse,
}

impl WorkerState for Worker {
    type StoreData = Guest;
    /// The request's id.
    type RequestData = Arc<str>;

    fn should_accept_request(&self, concurrent: usize, total: usize) -> ShouldAccept {
        if total >= self.reuse.max_count {
            ShouldAccept::Never
        } else if concurrent >= self.reuse.max_concurrent {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        store: StoreContextMut<'_, Guest>,
        request_id: Arc<str>,
        task: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + 'static + Send + Sync>> {
        let call = store.data().calls.begin(task, request_id);
        let timeout = self.reuse.request_timeout;
        Box::pin(async move {
            let _call = call;
            tokio::time::sleep(timeout).await;
        })
    }

    fn drop(&self, store: Store<Guest>, result: wasmtime::Result<()>) {
        let component = &*self.grants.id;
        if let Err(error) = result {
            if error.downcast_ref::<Trap>().is_some() {
                self.metrics.trap(component);
                tracing::error!(component, error = %format!("{error:#}"), "an instance trapped");
            } else if matches!(error.downcast_ref(), Some(I32Exit(0))) {
                tracing::info!(component, "an instance ended itself");
            } else {
                tracing::error!(component, error = %format!("{error:#}"), "an instance was ended");
            }
        }
        drop(store);
    }
}
