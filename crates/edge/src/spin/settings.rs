use spin_sdk::variables;
use std::cell::OnceCell;
use std::thread::LocalKey;

use crate::{Component, ConfigurationError, Loaded, VariableSource, Variables};

/// The variables that spin.toml grants a component.
#[derive(Debug, Clone, Copy, Default)]
pub struct SpinVariables;

impl VariableSource for SpinVariables {
    async fn get(&self, name: &'static str) -> Result<String, String> {
        variables::get(name).await.map_err(|error| match error {
            variables::Error::Undefined(_) => "it is not set".to_owned(),
            // A provider's own words may quote what it read.
            variables::Error::InvalidName(_) => "Spin refuses its name".to_owned(),
            variables::Error::Provider(_) => "its provider did not answer".to_owned(),
            variables::Error::Other(_) => "Spin could not read it".to_owned(),
        })
    }
}

/// What is loaded once in an instance's life. A component keeps its settings in a
/// `thread_local!` of this type; an instance has one thread.
#[derive(Debug)]
pub struct PerInstance<T: 'static>(OnceCell<&'static Loaded<T>>);

impl<T> PerInstance<T> {
    /// Nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(OnceCell::new())
    }
}

impl<T> Default for PerInstance<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// The component's settings and the regions, loaded if they are not. Requests that come together at the
/// instance's start may each load them; the first to end is kept, and the rest go with the
/// instance.
pub(super) async fn of<C: Component>(
    place: &'static LocalKey<PerInstance<C::Settings>>,
) -> Result<&'static Loaded<C::Settings>, ConfigurationError> {
    if let Some(loaded) = place.with(|place| place.0.get().copied()) {
        return Ok(loaded);
    }
    let variables = Variables::new(SpinVariables);
    let (regions, settings) = (variables.regions().await?, C::load(&variables).await?);
    let loaded: &'static _ = Box::leak(Box::new(Loaded { settings, regions }));
    Ok(place.with(|place| *place.0.get_or_init(|| loaded)))
}
