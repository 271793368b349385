use anyhow::{Context as _, Result};
use feiqian_ledger::mutants::Mutant;

use crate::history::Finding;
use crate::parallel::on_every_core;
use crate::run::{Options, Simulator};

/// Seeds that a mutant is given before it counts as a survivor. Most need less than a hundred,
/// the hardest some thousand.
pub const MUTANT_SEEDS_MAX: u64 = 20_000;

/// What became of a mutant.
#[derive(Debug)]
pub struct Hunt {
    /// Which.
    pub mutant: Mutant,
    /// Seeds that were run.
    pub seeds: u64,
    /// What caught it; none if it survived.
    pub finding: Option<Finding>,
}

/// Runs a mutant over seeds until it is caught, or survives `most` of them.
///
/// # Errors
/// As [`Simulator::new`].
pub fn hunt(mutant: Mutant, start: u64, most: u64, requests: u64) -> Result<Hunt> {
    let simulator = Simulator::new(Options { requests, mutant: Some(mutant) })?;
    for number in 0..most {
        let finding = simulator.run_once(start.wrapping_add(number), false).finding;
        if finding.is_some() {
            return Ok(Hunt { mutant, seeds: number + 1, finding });
        }
    }
    Ok(Hunt { mutant, seeds: most, finding: None })
}

/// Hunts every mutant with [`MUTANT_SEEDS_MAX`] seeds, several at once, and hears what became of
/// each.
pub fn hunt_all(start: u64, requests: u64, hear: impl FnMut(Result<Hunt>)) {
    let hunt_one = |number: u64| {
        let place = usize::try_from(number).unwrap_or(usize::MAX);
        let mutant = Mutant::ALL.get(place).context("no such mutant")?;
        hunt(*mutant, start, MUTANT_SEEDS_MAX, requests)
    };
    on_every_core(Mutant::ALL.len() as u64, hunt_one, hear);
}
