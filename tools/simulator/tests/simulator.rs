//! A few hundred seeds find nothing, the same seed twice is the same run, and a broken
//! protocol is noticed.

use feiqian_simulator::{MUTANT_SEEDS_MAX, Mutant, Options, Simulator, hunt};

/// Seeds that every run of the tests goes through.
const SEEDS: u64 = 300;

#[test]
fn no_seed_finds_a_violation() {
    let simulator = Simulator::new(Options::default()).unwrap();
    let (mut operations, mut faults) = (0, 0);
    for seed in 0..SEEDS {
        let outcome = simulator.run(seed);
        assert!(outcome.finding.is_none(), "{}", outcome.finding.unwrap());
        operations += outcome.operations;
        faults += outcome.faults;
    }
    assert!(operations > 100 * SEEDS, "{operations} operations are too few to mean anything");
    assert!(faults > 20 * SEEDS, "{faults} faults are too few to mean anything");
}

#[test]
fn a_seed_replays_exactly() {
    let simulator = Simulator::new(Options::default()).unwrap();
    for seed in [1, 80, 845] {
        let first = simulator.run_once(seed, false);
        assert_eq!(first, simulator.run_once(seed, false));
        assert_eq!(first, simulator.run_once(seed, true), "writing the history changes nothing");
    }
}

#[test]
fn every_mutant_is_described() {
    let described = include_str!("../../../docs/testing.md");
    let missing: Vec<_> = Mutant::ALL
        .iter()
        .filter(|mutant| !described.contains(&format!("| `{mutant:?}` |")))
        .collect();
    assert!(missing.is_empty(), "docs/testing.md does not describe {missing:?}");
}

#[test]
fn every_broken_protocol_is_noticed() {
    let requests = Options::default().requests;
    let survivors: Vec<Mutant> = Mutant::ALL
        .iter()
        .copied()
        .filter(|&mutant| hunt(mutant, 0, MUTANT_SEEDS_MAX, requests).unwrap().finding.is_none())
        .collect();
    assert_eq!(survivors, []);
}
