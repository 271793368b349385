use anyhow::{Context as _, Result};
use feiqian_ledger::mutants::Mutant;

use crate::history::Finding;
use crate::parallel::on_every_core;
use crate::run::{Options, Simulator};

/// Seeds that a mutant is given before it counts as a survivor. Most need less than a hundred,
/// the hardest some thousand.
pub const MUTANT_SEEDS_MAX: u64 = 20_000;

/// Seeds that have caught the rarest mutants, run before the others: a search for these takes
/// minutes. When the flows make other draws of them, the search goes on.
const CAUGHT_BEFORE: [(Mutant, u64); 2] =
    [(Mutant::ClaimedUnseen, 19_917), (Mutant::OthersFreezeLifted, 15_815)];

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
    let known = CAUGHT_BEFORE.iter().filter(|(of, _)| *of == mutant).map(|(_, seed)| *seed);
    let search = (0..most).map(|number| start.wrapping_add(number));
    for (number, seed) in (1..).zip(known.chain(search)) {
        let finding = simulator.run_once(seed, false).finding;
        if finding.is_some() {
            return Ok(Hunt { mutant, seeds: number, finding });
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
