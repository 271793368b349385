//! From options to components that can be called.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Instant;

use tokio::sync::Semaphore;
use wasmtime::Engine;
use wasmtime::component::{Component, Linker};
use wasmtime_wasi_http::handler::ProxyHandler;
use wasmtime_wasi_http::p3::bindings::ServicePre;

use crate::dispatch::Dispatcher;
use crate::error::StartError;
use crate::guest::{Grants, Guest};
use crate::kv::{Database, Store, Synchronous};
use crate::manifest::{ComponentSpec, Manifest};
use crate::metrics::Metrics;
use crate::options::Options;
use crate::outbound::hosts::{AllowedHosts, CHAINING_SUFFIX};
use crate::router::Router;
use crate::variables::AppVariables;
use crate::worker::{ComponentState, Reuse};
use crate::{engine, interfaces, outbound, runtime_config};

/// An application ready to serve.
pub struct App {
    /// Finds the component for a path.
    pub router: Router,
    /// Calls components.
    pub dispatcher: Arc<Dispatcher>,
    /// The application's variables.
    pub variables: AppVariables,
    /// What is counted.
    pub metrics: Arc<Metrics>,
}

/// Loads the manifest and everything that it names.
///
/// # Errors
///
/// [`StartError`], one sentence that says what to do.
pub fn load(options: &Options) -> Result<App, StartError> {
    let manifest = Manifest::load(&options.from)?;
    let refuse = |reason: String| StartError::Manifest { path: options.from.clone(), reason };
    let router = Router::build(&manifest.triggers).map_err(refuse)?;
    let environment = |name: &str| std::env::var(name).ok();
    let given = options.given_variables()?;
    let variables = AppVariables::resolve(&manifest.variables, &given, environment)?;
    let metrics = Arc::new(Metrics::new());
    let mut stores = Stores::new(options, metrics.clone())?;
    let grants = manifest
        .components
        .iter()
        .map(|(id, component)| grants(id, component, &manifest, &variables, &mut stores))
        .map(|grants| grants.map_err(|error| error.into_start_error(&options.from)))
        .collect::<Result<Vec<_>, _>>()?;
    let handlers = Handlers::new(options, metrics.clone())?;
    let services = manifest
        .components
        .iter()
        .map(|(id, component)| handlers.compile(id, component, &options.from))
        .collect::<Result<Vec<_>, _>>()?;
    let dispatcher = Arc::new_cyclic(|dispatcher| Dispatcher {
        components: grants
            .into_iter()
            .zip(services)
            .map(|(grants, service)| handlers.handler(grants, service, dispatcher))
            .collect(),
        metrics: metrics.clone(),
        request_timeout: options.request_timeout,
    });
    Ok(App { router, dispatcher, variables, metrics })
}

/// The databases by label, opened when first named.
struct Stores {
    paths: BTreeMap<String, PathBuf>,
    open: Vec<Arc<Database>>,
    synchronous: Synchronous,
    metrics: Arc<Metrics>,
}

impl Stores {
    fn new(options: &Options, metrics: Arc<Metrics>) -> Result<Self, StartError> {
        let file = options.runtime_config_file.as_deref();
        Ok(Self {
            paths: runtime_config::load(file, &options.state_dir)?,
            open: Vec::new(),
            synchronous: options.synchronous,
            metrics,
        })
    }

    fn store(&mut self, component: &str, label: &str) -> Result<Store, Refusal> {
        let path = self.paths.get(label).ok_or_else(|| {
            Refusal::Manifest(format!(
                "unknown key_value_stores label {label:?} for component {component}: Spin has only \
                 \"default\" by itself; add [key_value_store.{label}] to --runtime-config-file"
            ))
        })?;
        if let Some(open) = self.open.iter().find(|open| open.path() == path) {
            return Ok(Store::new(label, open.clone()));
        }
        let database =
            Database::open(path, self.synchronous, self.metrics.clone()).map_err(Refusal::Start)?;
        self.open.push(database.clone());
        Ok(Store::new(label, database))
    }
}

/// Why a component's grants cannot be given.
enum Refusal {
    Manifest(String),
    Start(StartError),
}

impl Refusal {
    fn into_start_error(self, manifest: &Path) -> StartError {
        match self {
            Self::Manifest(reason) => StartError::Manifest { path: manifest.to_owned(), reason },
            Self::Start(error) => error,
        }
    }
}

fn grants(
    id: &str,
    component: &ComponentSpec,
    manifest: &Manifest,
    variables: &AppVariables,
    stores: &mut Stores,
) -> Result<Arc<Grants>, Refusal> {
    let values = variables.for_component(id, &component.variables).map_err(Refusal::Start)?;
    let stores = component
        .key_value_stores
        .iter()
        .map(|label| Ok((label.clone(), stores.store(id, label)?)))
        .collect::<Result<_, Refusal>>()?;
    let refuse = |reason| Refusal::Manifest(format!("component {id}: {reason}"));
    let hosts = component
        .allowed_outbound_hosts
        .iter()
        .map(|host| variables.render(host))
        .collect::<Result<Vec<_>, _>>()
        .map_err(refuse)?;
    let components: Vec<&str> = manifest.triggers.iter().map(|t| t.component.as_str()).collect();
    for host in &hosts {
        check_chaining(host, &components).map_err(refuse)?;
    }
    let allowed_hosts = AllowedHosts::parse(hosts.iter().map(String::as_str), &components);
    Ok(Arc::new(Grants {
        id: id.into(),
        variables: values,
        stores,
        allowed_hosts: allowed_hosts.map_err(refuse)?,
    }))
}

/// A name under `spin.internal` must be a component that has a trigger: Spin
/// fails only when the call is made.
fn check_chaining(host: &str, components: &[&str]) -> Result<(), String> {
    let name = host.split_once("://").map_or(host, |(_, rest)| rest);
    match name.strip_suffix(CHAINING_SUFFIX) {
        Some(target) if target != "*" && !components.contains(&target) => Err(format!(
            "{host} names no component with a trigger; a private one needs route = {{ private = true }}"
        )),
        _ => Ok(()),
    }
}

/// What all handlers share.
struct Handlers {
    engine: Engine,
    linker: Linker<Guest>,
    client: outbound::Client,
    metrics: Arc<Metrics>,
    instances: Arc<Semaphore>,
    reuse: Reuse,
}

impl Handlers {
    fn new(options: &Options, metrics: Arc<Metrics>) -> Result<Self, StartError> {
        let (engine, allocation) =
            engine::build(&options.cache_dir(), options.max_instances.get(), options.profiling())?;
        tracing::info!(?allocation, "engine ready");
        let mut linker = Linker::new(&engine);
        interfaces::add_to_linker(&mut linker)
            .map_err(|error| StartError::system("host interfaces", error))?;
        let instances =
            usize::try_from(options.max_instances.get()).unwrap_or(Semaphore::MAX_PERMITS);
        Ok(Self {
            engine,
            linker,
            client: outbound::client()?,
            metrics,
            instances: Arc::new(Semaphore::new(instances)),
            reuse: Reuse {
                max_count: options.max_instance_reuse_count.get(),
                max_concurrent: options.max_instance_concurrent_reuse_count.get(),
                idle_timeout: options.idle_instance_timeout,
                request_timeout: options.request_timeout,
            },
        })
    }

    fn compile(
        &self,
        id: &str,
        component: &ComponentSpec,
        manifest: &Path,
    ) -> Result<ServicePre<Guest>, StartError> {
        let path = manifest.parent().unwrap_or(Path::new("")).join(&component.source);
        if !path.exists() {
            return Err(StartError::NotBuilt { component: id.to_owned(), path });
        }
        let refuse = |error: wasmtime::Error| StartError::Component {
            component: id.to_owned(),
            reason: format!("{error:#}"),
        };
        let started = Instant::now();
        let compiled = Component::from_file(&self.engine, &path).map_err(refuse)?;
        let pre = self.linker.instantiate_pre(&compiled).map_err(refuse)?;
        let service = ServicePre::new(pre)
            .map_err(|error| refuse(error.context("it does not serve HTTP as WASI 0.3 has it")))?;
        let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(component = id, milliseconds, "component ready");
        Ok(service)
    }

    fn handler(
        &self,
        grants: Arc<Grants>,
        pre: ServicePre<Guest>,
        dispatcher: &Weak<Dispatcher>,
    ) -> (String, ProxyHandler<ComponentState>) {
        let id = grants.id.to_string();
        let state = ComponentState {
            pre,
            grants,
            metrics: self.metrics.clone(),
            client: self.client.clone(),
            dispatcher: dispatcher.clone(),
            instances: self.instances.clone(),
            reuse: self.reuse,
        };
        (id, ProxyHandler::new(state))
    }
}
