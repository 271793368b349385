//! A few hundred seeds find nothing, the same seed twice is the same run, and a broken
//! protocol is noticed.

use feiqian_simulator::{Hunt, Mutant, Options, Simulator, hunt_all, run_seeds};

/// Seeds that every run of the tests goes through.
const SEEDS: u64 = 300;

#[test]
fn no_seed_finds_a_violation() {
    let (mut operations, mut faults, mut findings) = (0, 0, Vec::new());
    let heard = run_seeds(Options::default(), 0, SEEDS, |outcome| {
        operations += outcome.operations;
        faults += outcome.faults;
        findings.extend(outcome.finding);
    });
    heard.unwrap();
    assert!(findings.is_empty(), "{}", findings[0]);
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
    let mut survivors = Vec::new();
    hunt_all(0, Options::default().requests, |hunted| {
        let Hunt { mutant, finding, .. } = hunted.unwrap();
        survivors.extend(finding.is_none().then_some(mutant));
    });
    assert_eq!(survivors, []);
}
