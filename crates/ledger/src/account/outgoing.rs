use feiqian_calendar::{Day, Timestamp};
use feiqian_limits::{Channel, Help, Movement as Limited, Proposal, RuleSet, Strength};
use feiqian_money::{Amount, AmountError};

use super::operations::{CommandError, Destination, Flight, InFlight, Outcome, Settled};
use super::{Account, Action, Debit, PinVerifier, Status, room};
use crate::mutants::{Mutant, mutant};
use crate::{EntryKind, EntryRef, Fingerprint, JournalError, Movement, OperationId, Refusal};

/// A request to send money to where an operation's document decides about it.
#[derive(Debug, Clone)]
pub struct SendOut<'a> {
    /// The id that the request stands for.
    pub operation: OperationId,
    /// What it asked for.
    pub fingerprint: Fingerprint,
    /// Where to.
    pub to: Destination,
    /// How much, above zero.
    pub amount: Amount,
    /// The PIN as presented.
    pub pin: &'a PinVerifier,
    /// How strongly the holder is verified with that.
    pub strength: Strength,
    /// Whether the holder has confirmed what was shown, an alert to a large amount included.
    pub confirmed: bool,
    /// Now.
    pub now: Timestamp,
    /// The day whose limits it uses: [`Account::business_day`].
    pub day: Day,
}

impl Destination {
    /// What the money's way is to the limits.
    const fn limited(&self) -> Limited {
        match self {
            Self::Card(_) | Self::LastCard(_) => Limited::Withdrawal,
            Self::Account(_) => Limited::TransferOut,
        }
    }

    /// What the limits are asked.
    fn proposal(
        &self,
        amount: Amount,
        strength: Strength,
        day: Day,
    ) -> Result<Proposal, AmountError> {
        Ok(Proposal::new(self.limited(), amount, day)?.by(Channel::Online, strength))
    }

    const fn action(&self) -> Action {
        match self {
            Self::Card(_) | Self::LastCard(_) => Action::Withdraw,
            Self::Account(_) => Action::Spend,
        }
    }

    const fn entry_kind(&self) -> EntryKind {
        match self {
            Self::Card(_) | Self::LastCard(_) => EntryKind::Withdrawal,
            Self::Account(_) => EntryKind::Transfer,
        }
    }

    const fn reversal_kind(&self) -> EntryKind {
        match self {
            Self::Card(_) | Self::LastCard(_) => EntryKind::WithdrawalReversal,
            Self::Account(_) => EntryKind::TransferReversal,
        }
    }
}

impl Account {
    /// Checks everything that sending money out depends on and posts its debit as in flight:
    /// from now on the operation's document decides. If it is refused, the refusal is kept
    /// under the operation: store the document either way.
    ///
    /// The caller has found that nothing is known of the operation.
    ///
    /// # Errors
    /// [`CommandError`]: nothing is kept then, and the same request may succeed later.
    pub fn send_out(
        &mut self,
        command: SendOut<'_>,
        rules: &RuleSet,
    ) -> Result<Debit, CommandError> {
        self.check_room()?;
        let proposal = command.to.proposal(command.amount, command.strength, command.day)?;
        let proposal = if command.confirmed { proposal.confirmed() } else { proposal };
        match self.check_outgoing(&command, &proposal, rules) {
            Ok(counterparty) => {
                self.post_outgoing(command, &proposal, counterparty).map(Debit::Posted)
            }
            Err(reason) => {
                let SendOut { operation, fingerprint, to, amount, now: at, .. } = command;
                let outcome = Outcome::Refused { reason: reason.clone() };
                let kind = to.into();
                self.settle(Settled { operation, kind, fingerprint, amount, at, outcome });
                Ok(Debit::Refused(reason))
            }
        }
    }

    /// The other side as the journal will show it.
    fn check_outgoing(
        &mut self,
        command: &SendOut<'_>,
        proposal: &Proposal,
        rules: &RuleSet,
    ) -> Result<String, Refusal> {
        let counterparty = self.check_destination(&command.to, command.amount, command.now)?;
        self.check_pin(command.pin, command.now)?;
        self.check_limits(proposal, rules)?;
        self.check_left(command.amount)?;
        Ok(counterparty)
    }

    /// The other side of money that may go there now.
    fn check_destination(
        &self,
        to: &Destination,
        amount: Amount,
        now: Timestamp,
    ) -> Result<String, Refusal> {
        self.check_state(to.action(), now)?;
        match to {
            Destination::Card(card) => Ok(self.check_card(card)?.masked.clone()),
            Destination::LastCard(card) => {
                self.check_last(amount)?;
                Ok(self.check_card(card)?.masked.clone())
            }
            Destination::Account(transfer) => Ok(transfer.payee_name.clone()),
        }
    }

    fn check_left(&self, amount: Amount) -> Result<(), Refusal> {
        match self.balance().checked_sub(amount) {
            Ok(left) if !left.is_negative() || mutant(Mutant::WithdrawalUncovered) => Ok(()),
            Ok(_) | Err(_) => Err(Refusal::InsufficientBalance),
        }
    }

    /// Whether its holder could send money there with the PIN, verified so strongly, and having
    /// confirmed it. Gives the other side, as the journal will show it.
    ///
    /// # Errors
    /// Why it could not.
    pub fn check_sending(
        &self,
        to: &Destination,
        amount: Amount,
        strength: Strength,
        now: Timestamp,
        day: Day,
        rules: &RuleSet,
    ) -> Result<String, Refusal> {
        let counterparty = self.check_destination(to, amount, now)?;
        if !self.has_pin() {
            return Err(Refusal::PinNotSet);
        }
        let proposal = to.proposal(amount, strength, day);
        let proposal = proposal.map_err(|_| Refusal::InsufficientBalance)?;
        self.check_limits(&proposal.confirmed(), rules)?;
        self.check_left(amount)?;
        Ok(counterparty)
    }

    /// Whether an alert to a large sum of the day has to be confirmed before money goes there.
    #[must_use]
    pub fn alerts(&self, to: &Destination, amount: Amount, day: Day, rules: &RuleSet) -> bool {
        let proposal = to.proposal(amount, Strength::TwoSigned, day);
        match proposal.map(|proposal| self.check_limits(&proposal, rules)) {
            Ok(Err(Refusal::LimitExceeded { limits })) => {
                limits.iter().any(|limit| limit.help.contains(&Help::Confirmation))
            }
            _ => false,
        }
    }

    fn post_outgoing(
        &mut self,
        command: SendOut<'_>,
        proposal: &Proposal,
        counterparty: String,
    ) -> Result<EntryRef, CommandError> {
        let mut usage = self.usage.clone();
        let charge = room::take(&mut usage, proposal)?;
        let entry = self.journal.post(Movement {
            operation: command.operation.clone(),
            kind: command.to.entry_kind(),
            amount: command.amount.checked_neg()?,
            by_card: Amount::ZERO,
            at: command.now,
            counterparty: counterparty.clone(),
        })?;
        self.usage = usage;
        if let Destination::LastCard(_) = command.to {
            self.status = Status::Closing;
        }
        self.start_flight(InFlight {
            operation: command.operation,
            fingerprint: command.fingerprint,
            amount: command.amount,
            at: command.now,
            day: charge.day,
            meters: charge.meters,
            flight: Flight::Outgoing { to: command.to, counterparty, entry: entry.clone() },
        });
        Ok(entry)
    }

    /// Ends a debit whose money has arrived and is booked there. False, and nothing changed,
    /// if it is not in flight.
    pub fn complete_outgoing(&mut self, operation: &OperationId, now: Timestamp) -> bool {
        let Some((flight, to, _, entry)) = self.outgoing_in_flight(operation) else {
            return false;
        };
        self.end_outgoing(flight, to, Outcome::Succeeded { entry }, now);
        true
    }

    /// Gives a debit's money back by an entry, since its operation has failed, and its room
    /// in the limits with it. False, and nothing changed, if it is not in flight.
    ///
    /// # Errors
    /// [`JournalError`] if the journal cannot take the entry; nothing changes then.
    pub fn reverse_outgoing(
        &mut self,
        operation: &OperationId,
        reason: Refusal,
        now: Timestamp,
    ) -> Result<bool, JournalError> {
        let Some((flight, to, counterparty, _)) = self.outgoing_in_flight(operation) else {
            return Ok(false);
        };
        if !mutant(Mutant::RefusedWithdrawalKept) {
            self.journal.post(Movement {
                operation: operation.clone(),
                kind: to.reversal_kind(),
                amount: flight.amount,
                by_card: Amount::ZERO,
                at: now,
                counterparty,
            })?;
        }
        room::give_back(&mut self.usage, &flight.charge(), flight.amount, Amount::ZERO);
        if let Destination::Card(card) | Destination::LastCard(card) = &to {
            self.note_decline(card, &reason);
        }
        self.end_outgoing(flight, to, Outcome::Refused { reason }, now);
        Ok(true)
    }

    fn outgoing_in_flight(
        &self,
        operation: &OperationId,
    ) -> Option<(InFlight, Destination, String, EntryRef)> {
        let flight = self.in_flight.iter().find(|flight| flight.operation == *operation)?.clone();
        match flight.flight.clone() {
            Flight::Outgoing { to, counterparty, entry } => Some((flight, to, counterparty, entry)),
            Flight::Payment { .. } | Flight::TopUp { .. } => None,
        }
    }

    fn end_outgoing(
        &mut self,
        flight: InFlight,
        to: Destination,
        outcome: Outcome,
        now: Timestamp,
    ) {
        let InFlight { operation, fingerprint, amount, at, .. } = flight;
        self.end_flight(&operation);
        if let Destination::LastCard(_) = to {
            self.end_closing(now);
        }
        self.settle(Settled { operation, kind: to.into(), fingerprint, amount, at, outcome });
    }
}
