use feiqian_calendar::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Account, SecurityEvent};
use crate::mutants::{Mutant, mutant};
use crate::{DORMANT_AFTER_MS, Refusal};

/// Whether an account can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Asked for; the bank has not confirmed the holder yet.
    Opening,
    /// In use.
    Active,
    /// Refused when it was asked for; it never was in use.
    Rejected,
    /// Not used for six months since it was opened: waits for its holder to verify again
    /// (RULES section 1). Never stored: it follows from the journal and the time.
    Dormant,
    /// Stopped by its holder, an operator or risk control. Never stored: it follows from the
    /// freezes.
    Frozen,
    /// Its holder gives it up: what is in it goes to a bound card.
    Closing,
    /// Given up for good.
    Closed,
}

/// What someone wants of an account. What comes back to it (refunds, reversals) and what is
/// under way asks nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Pay, or send money to others.
    Spend,
    /// Take money from a bound card.
    TopUp,
    /// Send money to a bound card.
    Withdraw,
    /// Take money from others.
    Receive,
    /// Change cards, PIN, devices, limits or class.
    Manage,
    /// Make the account safer: freeze it, revoke a device.
    Protect,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Opening,
        Self::Active,
        Self::Rejected,
        Self::Dormant,
        Self::Frozen,
        Self::Closing,
        Self::Closed,
    ];

    /// What each state allows:
    ///
    /// | | spend | top up | withdraw | receive | manage | protect |
    /// |---|---|---|---|---|---|---|
    /// | active | yes | yes | yes | yes | yes | yes |
    /// | dormant | | | | | | yes |
    /// | frozen | | | | | | yes |
    /// | closing | | | yes | | | yes |
    /// | opening, rejected, closed | | | | | | |
    #[must_use]
    pub const fn allows(self, action: Action) -> bool {
        match self {
            Self::Active => true,
            Self::Dormant | Self::Frozen => matches!(action, Action::Protect),
            Self::Closing => matches!(action, Action::Withdraw | Action::Protect),
            Self::Opening | Self::Rejected | Self::Closed => false,
        }
    }

    /// The name on the wire and in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Active => "active",
            Self::Rejected => "rejected",
            Self::Dormant => "dormant",
            Self::Frozen => "frozen",
            Self::Closing => "closing",
            Self::Closed => "closed",
        }
    }
}

/// Who froze an account, and who alone can take that back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FrozenBy {
    /// The holder, at once and without a PIN; taken back with PIN and code.
    Holder,
    /// An operator, for instance on a court's order.
    Operator,
    /// Risk control, for instance after a report; an operator takes it back.
    Risk,
}

impl FrozenBy {
    /// The name on the wire and in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Holder => "holder",
            Self::Operator => "operator",
            Self::Risk => "risk",
        }
    }
}

/// A freeze. Each party has at most one: the account is frozen until the last is lifted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freeze {
    /// By whom.
    pub by: FrozenBy,
    /// Why, at most [`TEXT_CHARS_MAX`](crate::TEXT_CHARS_MAX) characters.
    pub reason: String,
    /// Since when.
    pub at: Timestamp,
}

impl Account {
    /// Whether the account can be used at an instant.
    #[must_use]
    pub fn status_at(&self, now: Timestamp) -> Status {
        match self.status {
            Status::Active | Status::Closing
                if !self.freezes.is_empty() && !mutant(Mutant::FreezeIgnored) =>
            {
                Status::Frozen
            }
            Status::Active if self.is_dormant(now) => Status::Dormant,
            status => status,
        }
    }

    /// Six months since the opening or the last waking without a single transaction. What is
    /// under way is one.
    pub(super) fn is_dormant(&self, now: Timestamp) -> bool {
        let since = self.woken_at.unwrap_or(self.created_at);
        self.journal.last_at().is_none()
            && self.in_flight.is_empty()
            && now >= since.plus_millis(DORMANT_AFTER_MS)
    }

    /// Refuses what the account's state does not allow.
    ///
    /// # Errors
    /// [`Refusal::AccountNotActive`] with the state.
    pub fn check_state(&self, action: Action, now: Timestamp) -> Result<(), Refusal> {
        let status = self.status_at(now);
        if status.allows(action) { Ok(()) } else { Err(Refusal::AccountNotActive { status }) }
    }

    /// The freezes in force, at most one of each party.
    #[must_use]
    pub fn freezes(&self) -> &[Freeze] {
        &self.freezes
    }

    /// Freezes the account. A party that has frozen it already changes nothing.
    ///
    /// # Errors
    /// [`Refusal::AccountNotActive`] for one that is not in use.
    pub fn freeze(&mut self, by: FrozenBy, reason: String, now: Timestamp) -> Result<(), Refusal> {
        self.check_state(Action::Protect, now)?;
        if self.freezes.iter().all(|freeze| freeze.by != by) {
            self.freezes.push(Freeze { by, reason, at: now });
            self.log(SecurityEvent::Frozen { by }, now);
        }
        Ok(())
    }

    /// Lifts the freeze of one party. The account stays frozen while another's is in force.
    ///
    /// # Errors
    /// [`Refusal::NotFrozen`] if that party has not frozen it.
    pub fn unfreeze(&mut self, by: FrozenBy, now: Timestamp) -> Result<(), Refusal> {
        let place =
            self.freezes.iter().position(|freeze| freeze.by == by).ok_or(Refusal::NotFrozen)?;
        self.freezes.remove(place);
        self.log(SecurityEvent::Unfrozen { by }, now);
        Ok(())
    }

    /// Wakes a dormant account whose holder has verified again.
    ///
    /// # Errors
    /// [`Refusal::NotDormant`].
    pub(super) fn wake(&mut self, now: Timestamp) -> Result<(), Refusal> {
        if self.status_at(now) != Status::Dormant {
            return Err(Refusal::NotDormant);
        }
        self.woken_at = Some(now);
        self.log(SecurityEvent::Woken, now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_allows_what_the_table_says() {
        use Action::{Manage, Protect, Receive, Spend, TopUp, Withdraw};
        let all = [Spend, TopUp, Withdraw, Receive, Manage, Protect];
        for status in Status::ALL {
            let expected: &[Action] = match status {
                Status::Active => &all,
                Status::Dormant | Status::Frozen => &[Protect],
                Status::Closing => &[Withdraw, Protect],
                Status::Opening | Status::Rejected | Status::Closed => &[],
            };
            let allowed: Vec<Action> = all.into_iter().filter(|a| status.allows(*a)).collect();
            assert_eq!(allowed, expected, "{status:?}");
        }
    }

    #[test]
    fn a_state_is_written_by_its_name() {
        for status in Status::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }
}
