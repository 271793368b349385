use feiqian_calendar::{Day, Timestamp};
use feiqian_limits::{Movement as Limited, Proposal, RuleSet};
use feiqian_money::Amount;

use super::operations::{CommandError, Flight, InFlight, Known, Outcome, Settled};
use super::{Account, Action, PinVerifier};
use crate::mutants::{Mutant, mutant};
use crate::{
    CardId, EntryKind, EntryRef, Fingerprint, JournalError, Movement, OperationId, OperationKind,
    Refusal,
};

/// A request to top up from a bound card.
#[derive(Debug, Clone)]
pub struct StartTopUp<'a> {
    /// The id that the request stands for.
    pub operation: OperationId,
    /// What it asked for.
    pub fingerprint: Fingerprint,
    /// The card.
    pub card: CardId,
    /// How much, above zero.
    pub amount: Amount,
    /// The PIN as presented.
    pub pin: &'a PinVerifier,
    /// Now.
    pub now: Timestamp,
    /// The day it counts for: [`Account::business_day`].
    pub day: Day,
}

/// Whether a top up may go to the bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authorisation {
    /// It is in flight.
    Given,
    /// Refused. The refusal is kept under the operation; store the document.
    Refused(Refusal),
}

impl Account {
    /// Checks everything a top up depends on and takes it in flight: from now on the bank
    /// may be asked. If it is refused, the refusal is kept under the operation: store the
    /// document either way.
    ///
    /// The caller has found that nothing is known of the operation.
    ///
    /// # Errors
    /// [`CommandError`]: nothing is kept then, and the same request may succeed later.
    pub fn start_top_up(
        &mut self,
        command: StartTopUp<'_>,
        rules: &RuleSet,
    ) -> Result<Authorisation, CommandError> {
        self.check_room()?;
        let proposal = Proposal::new(Limited::TopUp, command.amount, command.day)?;
        let checked = self.check_top_up(&command, &proposal, rules);
        let StartTopUp { operation, fingerprint, card, amount, now: at, day, .. } = command;
        match checked {
            Ok(()) => {
                let flight = Flight::TopUp { card };
                let meters = proposal.meters();
                let flight = InFlight { operation, fingerprint, amount, at, day, meters, flight };
                self.start_flight(flight);
                Ok(Authorisation::Given)
            }
            Err(reason) => {
                let kind = OperationKind::TopUp { card };
                let outcome = Outcome::Refused { reason: reason.clone() };
                self.settle(Settled { operation, kind, fingerprint, amount, at, outcome });
                Ok(Authorisation::Refused(reason))
            }
        }
    }

    fn check_top_up(
        &mut self,
        command: &StartTopUp<'_>,
        proposal: &Proposal,
        rules: &RuleSet,
    ) -> Result<(), Refusal> {
        self.check_state(Action::TopUp, command.now)?;
        self.check_card(&command.card)?;
        self.check_pin(command.pin, command.now)?;
        self.check_limits(proposal, rules)
    }

    /// Credits a top up that the bank has debited. Gives the entry; none if the top up is
    /// not in flight, and then nothing changes.
    ///
    /// # Errors
    /// [`JournalError`] if the journal cannot take the entry; nothing changes then.
    pub fn credit_top_up(
        &mut self,
        operation: &OperationId,
        now: Timestamp,
    ) -> Result<Option<EntryRef>, JournalError> {
        let Some(flight) = self.in_flight.iter().find(|f| f.operation == *operation) else {
            return Ok(None);
        };
        let Flight::TopUp { card } = &flight.flight else { return Ok(None) };
        let (amount, card) = (flight.amount, card.clone());
        let counterparty = self.card(&card).map(|card| card.masked.clone()).unwrap_or_default();
        let operation = operation.clone();
        let entry = self.journal.post(Movement {
            operation: operation.clone(),
            kind: EntryKind::TopUp,
            amount,
            by_card: Amount::ZERO,
            at: now,
            counterparty,
        })?;
        self.funded_at.get_or_insert(now);
        if !mutant(Mutant::CreditRepeated) {
            self.end_top_up(&operation, Outcome::Succeeded { entry: entry.clone() });
        }
        Ok(Some(entry))
    }

    /// Ends a top up that moved nothing. Does nothing if it is not in flight.
    pub fn fail_top_up(&mut self, operation: &OperationId, reason: Refusal) {
        self.end_top_up(operation, Outcome::Refused { reason });
    }

    fn end_top_up(&mut self, operation: &OperationId, outcome: Outcome) {
        let Known::InFlight(flight) = self.known(operation) else { return };
        let Flight::TopUp { card } = flight.flight.clone() else { return };
        let Some(flight) = self.end_flight(operation) else { return };
        if let Outcome::Refused { reason } = &outcome {
            self.note_decline(&card, reason);
        }
        self.settle(Settled {
            operation: flight.operation,
            kind: OperationKind::TopUp { card },
            fingerprint: flight.fingerprint,
            amount: flight.amount,
            at: flight.at,
            outcome,
        });
    }
}
