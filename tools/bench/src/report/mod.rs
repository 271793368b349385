//! The report: tables and plots for docs/performance.md.

mod plots;
mod tables;

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::figures::Figures;

pub use tables::tables;

/// Between these lines docs/performance.md has what the newest full run came to.
const BEGIN: &str = "<!-- figures: written by `cargo xtask bench --docs` -->";
const END: &str = "<!-- end of figures -->";

/// Puts tables into docs/performance.md and plots into docs/performance/.
///
/// # Errors
///
/// When one cannot be written, or the document has no place for the tables.
pub fn document(figures: &Figures, docs: &Path) -> Result<()> {
    plots::draw(figures, &docs.join("performance"))?;
    let path = docs.join("performance.md");
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let place = || format!("{} has no lines {BEGIN} and {END}", path.display());
    let (before, rest) = text.split_once(BEGIN).with_context(place)?;
    let (_, after) = rest.split_once(END).with_context(place)?;
    let text = format!("{before}{BEGIN}\n\n{}{END}{after}", tables(figures));
    std::fs::write(&path, text).with_context(|| path.display().to_string())
}
