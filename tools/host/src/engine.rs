//! Wasmtime's engine: allocation, compilation cache, epochs.

use std::path::Path;
use std::time::Duration;

use wasmtime::{
    Cache, CacheConfig, Config, Engine, EngineWeak, InstanceAllocationStrategy,
    PoolingAllocationConfig, ProfilingStrategy,
};

use crate::error::StartError;
use crate::guest::MAX_MEMORY_BYTES;

/// How often a running component lets others run: often enough that a busy
/// loop does not hold a processor, seldom enough to cost nothing.
const EPOCH: Duration = Duration::from_millis(10);

/// Core instances per component: the module and the adapters that
/// `wasm-component-ld` puts around it are 3 to 5.
const CORE_INSTANCES: u32 = 8;

/// Tables per component: the module's own and the adapters'.
const TABLES: u32 = 8;

/// Memories per component: one, and room for one adapter's.
const MEMORIES: u32 = 2;

/// Entries of a table: functions that are called indirectly.
const TABLE_ELEMENTS: usize = 20_000;

/// Fibers per instance: it and what it blocks on.
const STACKS: u32 = 4;

/// How instances are allocated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allocation {
    /// From a pool reserved at start.
    Pooling,
    /// One by one, where the address space has no room for a pool.
    OnDemand,
}

/// Builds the engine and starts its epochs.
///
/// # Errors
///
/// [`StartError::System`] when neither way of allocating works or the cache's
/// directory cannot be used.
pub fn build(
    cache_dir: &Path,
    max_instances: u32,
    profiling: ProfilingStrategy,
) -> Result<(Engine, Allocation), StartError> {
    std::fs::create_dir_all(cache_dir)
        .and_then(|()| cache_dir.canonicalize())
        .map_err(|error| StartError::system(format!("--cache-dir {}", cache_dir.display()), error))
        .and_then(|directory| {
            let mut config = CacheConfig::new();
            config.with_directory(directory);
            Cache::new(config).map_err(|error| StartError::system("compilation cache", error))
        })
        .and_then(|cache| {
            let (engine, allocation) = allocate(&common(&cache, profiling), max_instances)?;
            start_epochs(engine.weak())?;
            Ok((engine, allocation))
        })
}

fn allocate(common: &Config, max_instances: u32) -> Result<(Engine, Allocation), StartError> {
    let mut config = common.clone();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(max_instances)));
    match Engine::new(&config) {
        Ok(engine) => return Ok((engine, Allocation::Pooling)),
        Err(error) => tracing::warn!(
            error = %format!("{error:#}"),
            "no pool of instances can be reserved; allocating each on demand"
        ),
    }
    Engine::new(common)
        .map(|engine| (engine, Allocation::OnDemand))
        .map_err(|error| StartError::system("Wasmtime", error))
}

fn common(cache: &Cache, profiling: ProfilingStrategy) -> Config {
    let mut config = Config::new();
    config
        .cache(Some(cache.clone()))
        .profiler(profiling)
        .epoch_interruption(true)
        .wasm_component_model(true)
        .wasm_component_model_async(true);
    config
}

fn pool(max_instances: u32) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(max_instances)
        .total_core_instances(max_instances.saturating_mul(CORE_INSTANCES))
        .max_core_instances_per_component(CORE_INSTANCES)
        .total_memories(max_instances.saturating_mul(MEMORIES))
        .max_memories_per_component(MEMORIES)
        .total_tables(max_instances.saturating_mul(TABLES))
        .max_tables_per_component(TABLES)
        .table_elements(TABLE_ELEMENTS)
        .total_stacks(max_instances.saturating_mul(STACKS))
        .max_memory_size(MAX_MEMORY_BYTES);
    pool
}

/// Counts epochs for as long as the engine lives.
fn start_epochs(engine: EngineWeak) -> Result<(), StartError> {
    let tick = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(EPOCH);
        }
    };
    std::thread::Builder::new()
        .name("epochs".into())
        .spawn(tick)
        .map(drop)
        .map_err(|error| StartError::system("epoch thread", error))
}
