//! Audits of the whole store, while everything goes on and once it has come to rest.

use feiqian_flows::{FlowError, audit};
use feiqian_ledger::audit::Totals;

use super::Workload;
use crate::history::Violation;
use crate::platform::Machine;

/// Documents in one batch: few, so that much happens between two.
const BATCH: usize = 5;

impl Workload {
    /// An audit, which must never find a fault; at rest its sum is what is in flight:
    /// transfers that wait.
    pub(super) async fn audit(&self, machine: &Machine) -> Result<(), FlowError> {
        let (mut totals, mut after) = (Totals::default(), String::new());
        loop {
            let batch = audit(machine, &mut totals, &after, BATCH).await?;
            for finding in batch.findings.iter().filter(|finding| finding.kind.is_fault()) {
                let what = format!("an audit found {:?}: {}", finding.kind, finding.detail);
                let subject = finding.key.split_once('/').map_or("", |(_, id)| id);
                self.world.violate(Violation::new(what, &[subject]));
            }
            match batch.next {
                Some(next) => after = next,
                None => break,
            }
        }
        self.world.note(|| format!("audited: {totals:?}"));
        // Delayed transfers may wait even at rest.
        let rests = totals.sum()?.checked_add(totals.in_flight)?.minor() == 0;
        if self.at_rest.get() && !rests {
            self.world.violate(Violation::new(format!("an audit's sums: {totals:?}"), &[]));
        }
        Ok(())
    }
}
