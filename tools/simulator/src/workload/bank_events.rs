//! Events of the bank: in no order, repeated, long outdated, and about what never happened.

use feiqian_flows::{FlowError, InProcess, Mark, Progress, note_bank_event};

use super::{Region, Request, Workload};
use crate::auditor::check_error;
use crate::platform::Machine;

impl Workload {
    /// An event about something that the bank was asked for, however long ago, or about
    /// whatever is pending, which it may never have heard of.
    pub(super) fn new_bank_event(&self) -> Option<Request> {
        let dice = &self.world.dice;
        let mut ids: Vec<String> = if dice.chance(7_000) {
            self.world.books().request_ids().map(str::to_owned).collect()
        } else {
            let content = self.world.content();
            let marks = content.marks().filter_map(Mark::of);
            marks.map(|mark| mark.subject().to_owned()).collect()
        };
        if ids.is_empty() {
            return None;
        }
        Some(Request::BankEvent(ids.swap_remove(dice.below(ids.len()))))
    }

    pub(super) async fn hear_event(&self, machine: &Machine, id: &str) -> Result<(), FlowError> {
        let Region { policy, vault, .. } = &*self.region;
        let settler = InProcess { platform: machine, policy, vault };
        if let Some(Progress::Failed(error)) = note_bank_event(machine, &settler, id).await? {
            self.world.note(|| format!("the event about {id} failed: {error}"));
            self.world.audit(|_| check_error(&error, &[id]));
        }
        Ok(())
    }
}
