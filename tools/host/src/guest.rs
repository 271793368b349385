//! What one component instance has on the host's side.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedSemaphorePermit;
use wasmtime::component::{GuestTaskId, HasData, ResourceTable};
use wasmtime::{StoreLimits, StoreLimitsBuilder};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::kv;
use crate::logging::GuestLog;
use crate::metrics::Metrics;
use crate::outbound::Outgoing;
use crate::outbound::hosts::AllowedHosts;

/// Largest memory of an instance, in bytes. The components here need a few
/// MiB; this stops one that leaks before it takes the machine.
pub const MAX_MEMORY_BYTES: usize = 256 << 20;

/// Most handles of any kind that an instance may hold: its 16 requests at once
/// need a few dozen each.
const MAX_HANDLES: usize = 16 * 1024;

/// What the manifest grants one component.
pub struct Grants {
    /// The component's id.
    pub id: Arc<str>,
    /// Its variables with their values.
    pub variables: BTreeMap<String, String>,
    /// The stores it may open, by label.
    pub stores: BTreeMap<String, kv::Store>,
    /// The hosts it may call.
    pub allowed_hosts: AllowedHosts,
}

/// Host-side state of one instance.
pub struct Guest {
    pub(crate) table: ResourceTable,
    pub(crate) grants: Arc<Grants>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) counts: HandleCounts,
    pub(crate) limits: StoreLimits,
    pub(crate) calls: Calls,
    pub(crate) outgoing: Outgoing,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    _permit: OwnedSemaphorePermit,
}

/// Handles that Spin bounds by kind.
#[derive(Debug, Default)]
pub(crate) struct HandleCounts {
    /// Open stores, of both interfaces.
    pub(crate) stores: usize,
    /// Compare-and-swap handles made and not dropped by the component.
    pub(crate) cas: usize,
    /// Open Redis connections.
    pub(crate) redis: usize,
}

impl Guest {
    /// State for a new instance, which lives as long as `permit` is held.
    pub fn new(
        grants: Arc<Grants>,
        metrics: Arc<Metrics>,
        outgoing: Outgoing,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        metrics.instance_created(&grants.id);
        let mut table = ResourceTable::new();
        table.set_max_capacity(MAX_HANDLES);
        let wasi = WasiCtxBuilder::new()
            // Names, and no sockets: those stay without an address that they may use.
            .allow_ip_name_lookup(grants.allowed_hosts.any_host())
            .stdout(GuestLog::new(grants.id.clone(), false))
            .stderr(GuestLog::new(grants.id.clone(), true))
            .build();
        Self {
            table,
            grants,
            metrics,
            counts: HandleCounts::default(),
            limits: StoreLimitsBuilder::new().memory_size(MAX_MEMORY_BYTES).build(),
            calls: Calls::default(),
            outgoing,
            wasi,
            http: WasiHttpCtx::new(),
            _permit: permit,
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.metrics.instance_dropped(&self.grants.id);
    }
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for Guest {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.outgoing }
    }
}

/// Ties the generated interface traits to [`Guest`].
pub struct GuestData;

impl HasData for GuestData {
    type Data<'a> = &'a mut Guest;
}

/// The requests an instance is serving, by the task that serves each: tells
/// on whose behalf a task calls out.
#[derive(Clone, Default)]
pub(crate) struct Calls(Arc<Mutex<HashMap<GuestTaskId, Arc<str>>>>);

impl Calls {
    /// Notes a request until the answer is dropped.
    pub(crate) fn begin(&self, task: GuestTaskId, request_id: Arc<str>) -> CallGuard {
        self.lock().insert(task, request_id);
        CallGuard { calls: self.clone(), task }
    }

    /// The request id of the first of `tasks` that serves a request.
    pub(crate) fn request_id(
        &self,
        tasks: impl IntoIterator<Item = GuestTaskId>,
    ) -> Option<Arc<str>> {
        let calls = self.lock();
        tasks.into_iter().find_map(|task| calls.get(&task).cloned())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<GuestTaskId, Arc<str>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets a request when dropped.
pub(crate) struct CallGuard {
    calls: Calls,
    task: GuestTaskId,
}

impl Drop for CallGuard {
    fn drop(&mut self) {
        self.calls.lock().remove(&self.task);
    }
}
