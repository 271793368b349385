use feiqian_calendar::{Day, Timestamp};
use feiqian_limits::{Channel, Help, Movement as Limited, Proposal, RuleSet, Strength};
use feiqian_money::Amount;
use serde::{Deserialize, Serialize};

use super::operations::{CommandError, Flight, InFlight, Outcome, Settled};
use super::{Account, Action, PinVerifier, room};
use crate::mutants::{Mutant, mutant};
use crate::{
    AgreementId, CardId, CardPart, DeviceId, EntryKind, EntryRef, Fingerprint, JournalError,
    LimitExcess, Movement, OperationId, OperationKind, Order, OrderId, PartnerId, Refusal,
};

/// A request to pay an order from the balance.
#[derive(Debug, Clone)]
pub struct PayOrder<'a> {
    /// The id that the request stands for.
    pub operation: OperationId,
    /// What it asked for.
    pub fingerprint: Fingerprint,
    /// The order.
    pub order: OrderId,
    /// The payee's name, as it will stand in the journal.
    pub payee: String,
    /// The order's amount, above zero.
    pub amount: Amount,
    /// From where it is paid.
    pub from: PayBy,
    /// What stands for the payer.
    pub by: Proof<'a>,
    /// How strongly the payer is verified with that: the PIN is one factor, and so is what was
    /// shown.
    pub strength: Strength,
    /// What the payment is to the limits.
    pub movement: Limited,
    /// How the payer came to the order.
    pub channel: Channel,
    /// Now.
    pub now: Timestamp,
    /// The day whose limits it uses: [`Account::business_day`].
    pub day: Day,
}

/// From where an order is paid.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayBy {
    /// From the balance.
    #[default]
    Balance,
    /// From a bound card, without touching the balance.
    Card(CardId),
    /// From the balance as far as it goes, the rest from a bound card.
    BalanceThenCard(CardId),
}

impl PayBy {
    /// The name on the wire.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Balance => "balance",
            Self::Card(_) => "card",
            Self::BalanceThenCard(_) => "balance_then_card",
        }
    }

    /// Whether it is the default, which documents leave out.
    pub(crate) fn is_balance(&self) -> bool {
        *self == Self::Balance
    }

    /// The card, if one pays.
    #[must_use]
    pub const fn card(&self) -> Option<&CardId> {
        match self {
            Self::Balance => None,
            Self::Card(card) | Self::BalanceThenCard(card) => Some(card),
        }
    }
}

/// What stands for the payer of an order.
#[derive(Debug, Clone, Copy)]
pub enum Proof<'a> {
    /// The PIN as presented.
    Pin(&'a PinVerifier),
    /// A payer code or a tap, without a PIN: within small payments only.
    Shown {
        /// The device that tapped, which must not be revoked.
        device: Option<&'a DeviceId>,
    },
    /// A wallet's agreement: within what was agreed, no factor at the time.
    Agreement {
        /// Which.
        id: &'a AgreementId,
        /// The wallet's platform, which charges.
        partner: &'a PartnerId,
    },
    /// A relative's allowance: within what is left of the month, no factor of the holder's.
    Allowance(&'a AgreementId),
}

/// What a debit for an order did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Debit {
    /// The money has left the balance and is in flight.
    Posted(EntryRef),
    /// Refused. The refusal is kept under the operation; store the document.
    Refused(Refusal),
}

impl PayOrder<'_> {
    /// What the limits are asked.
    fn proposal(&self) -> Result<Proposal, CommandError> {
        let proposal = Proposal::new(self.movement, self.amount, self.day)?;
        let proposal = proposal.by(self.channel, self.strength);
        Ok(match self.by {
            Proof::Shown { .. } if mutant(Mutant::WithoutPinUncounted) => proposal,
            Proof::Pin(_) | Proof::Agreement { .. } | Proof::Allowance(_) => proposal,
            Proof::Shown { .. } => proposal.without_pin(),
        })
    }

    /// What was shown and is refused only for want of factors is left to its payer, who has them.
    fn ask_payer(&self, refusal: Refusal) -> Refusal {
        let factors_help = |limit: &LimitExcess| {
            limit
                .help
                .iter()
                .any(|help| matches!(help, Help::Pin | Help::SecondFactor | Help::Signature))
        };
        match (&self.by, &refusal) {
            (Proof::Shown { .. }, Refusal::LimitExceeded { limits })
                if !limits.is_empty() && limits.iter().all(factors_help) =>
            {
                Refusal::PinRequired
            }
            _ => refusal,
        }
    }
}

impl Account {
    /// Checks everything a payment depends on and posts its debit as in flight.
    ///
    /// The caller has found that nothing is known of the operation.
    ///
    /// # Errors
    /// [`CommandError`]: nothing is kept then, and the same request may succeed later.
    pub fn pay_order(
        &mut self,
        command: PayOrder<'_>,
        rules: &RuleSet,
    ) -> Result<Debit, CommandError> {
        self.check_room()?;
        let part = self.card_part(&command.from, command.amount);
        let proposal =
            command.proposal()?.card_part(part.as_ref().map_or(Amount::ZERO, |part| part.amount));
        if let Err(reason) = self.check_payment(&command, &proposal, part.as_ref(), rules) {
            if mutant(Mutant::RefusalNotKept) {
                return Ok(Debit::Refused(reason));
            }
            let PayOrder { operation, fingerprint, order, amount, now: at, .. } = command;
            let kind = OperationKind::Payment { order };
            let outcome = Outcome::Refused { reason: reason.clone() };
            self.settle(Settled { operation, kind, fingerprint, amount, at, outcome });
            return Ok(Debit::Refused(reason));
        }
        self.post_debit(command, &proposal, part).map(Debit::Posted)
    }

    /// What a card pays of an amount, with the balance as it is.
    fn card_part(&self, from: &PayBy, amount: Amount) -> Option<CardPart> {
        let (card, rest) = match from {
            PayBy::Balance => return None,
            PayBy::Card(card) => (card, amount),
            PayBy::BalanceThenCard(card) => {
                (card, amount.checked_sub(self.balance()).unwrap_or(amount))
            }
        };
        rest.is_positive().then(|| CardPart { card: card.clone(), amount: rest })
    }

    /// Whether an instrument may pay from there: the account can spend, and the card is bound.
    ///
    /// # Errors
    /// Why it may not.
    pub fn check_instrument(&self, from: &PayBy, now: Timestamp) -> Result<(), Refusal> {
        self.check_state(Action::Spend, now)?;
        from.card().map_or(Ok(()), |card| self.check_card(card).map(drop))
    }

    /// Whether an order could be paid from there, by its payer with the PIN, verified so strongly.
    ///
    /// # Errors
    /// Why it could not.
    pub fn check_source(
        &self,
        from: &PayBy,
        order: &Order,
        strength: Strength,
        now: Timestamp,
        day: Day,
        rules: &RuleSet,
    ) -> Result<(), Refusal> {
        self.check_state(Action::Spend, now)?;
        if !self.has_pin() {
            return Err(Refusal::PinNotSet);
        }
        let part = self.card_part(from, order.amount);
        let by_card = part.as_ref().map_or(Amount::ZERO, |part| part.amount);
        let proposal = Proposal::new(order.movement(), order.amount, day)
            .map_err(|_| Refusal::OrderAmountDiffers)?
            .by(order.origin.channel(now), strength)
            .card_part(by_card);
        self.check_limits(&proposal, rules)?;
        self.check_covered(order.amount, part.as_ref())
    }

    /// Whether the balance covers what no card pays, and the card is bound.
    fn check_covered(&self, amount: Amount, part: Option<&CardPart>) -> Result<(), Refusal> {
        let mut left = self.balance().checked_sub(amount);
        if let Some(CardPart { card, amount }) = part {
            self.check_card(card)?;
            left = left.and_then(|left| left.checked_add(*amount));
        }
        match left {
            Ok(left) if !left.is_negative() || mutant(Mutant::BalanceIgnored) => Ok(()),
            Ok(_) | Err(_) => Err(Refusal::InsufficientBalance),
        }
    }

    fn check_payment(
        &mut self,
        command: &PayOrder<'_>,
        proposal: &Proposal,
        part: Option<&CardPart>,
        rules: &RuleSet,
    ) -> Result<(), Refusal> {
        self.check_state(Action::Spend, command.now)?;
        match command.by {
            Proof::Pin(pin) => self.check_pin(pin, command.now)?,
            Proof::Shown { device: Some(device) } => {
                self.check_device(device)?;
            }
            Proof::Shown { device: None } => {}
            Proof::Agreement { id, partner } => {
                self.check_wallet(id, partner, command.amount, command.day)?;
            }
            Proof::Allowance(id) => self.check_allowance(id, command.amount, command.day)?,
        }
        if !mutant(Mutant::LimitsIgnored) {
            self.check_limits(proposal, rules).map_err(|refusal| command.ask_payer(refusal))?;
        }
        self.check_covered(command.amount, part)
    }

    fn post_debit(
        &mut self,
        command: PayOrder<'_>,
        proposal: &Proposal,
        card: Option<CardPart>,
    ) -> Result<EntryRef, CommandError> {
        let by_card = card.as_ref().map_or(Amount::ZERO, |part| part.amount);
        let mut usage = self.usage.clone();
        let charge = room::take(&mut usage, proposal)?;
        let agreement = match command.by {
            Proof::Agreement { id, .. } | Proof::Allowance(id) => Some(id.clone()),
            Proof::Pin(_) | Proof::Shown { .. } => None,
        };
        let entry = self.journal.post(Movement {
            operation: command.operation.clone(),
            kind: EntryKind::Payment,
            amount: by_card.checked_sub(command.amount)?,
            by_card,
            at: command.now,
            counterparty: command.payee.clone(),
        })?;
        self.usage = usage;
        if let Some(agreement) = &agreement
            && !mutant(Mutant::AgreementUncounted)
        {
            self.count_wallet(agreement, command.amount, charge.day);
            self.count_allowance(agreement, command.amount, charge.day);
        }
        self.start_flight(InFlight {
            operation: command.operation,
            fingerprint: command.fingerprint,
            amount: command.amount,
            at: command.now,
            day: charge.day,
            meters: charge.meters,
            flight: Flight::Payment {
                order: command.order,
                payee: command.payee,
                entry: entry.clone(),
                agreement,
                card,
            },
        });
        Ok(entry)
    }

    /// Ends a payment whose order is paid by it and whose merchant has been credited.
    /// False, and nothing changed, if it is not in flight.
    pub fn complete_payment(&mut self, operation: &OperationId) -> bool {
        let Some(flight) = self.end_flight(operation) else { return false };
        let (charge, by_card) = (flight.charge(), flight.card_part());
        let Flight::Payment { order, entry, .. } = flight.flight else { return false };
        if mutant(Mutant::PaidRoomGivenBack) {
            room::give_back(&mut self.usage, &charge, flight.amount, by_card);
        }
        self.settle(Settled {
            operation: flight.operation,
            kind: OperationKind::Payment { order },
            fingerprint: flight.fingerprint,
            amount: flight.amount,
            at: flight.at,
            outcome: Outcome::Succeeded { entry },
        });
        true
    }

    /// Gives a payment's money back by an entry, since its order is closed or paid by
    /// another operation, and its room in the limits with it. False, and nothing changed, if
    /// the payment is not in flight.
    ///
    /// # Errors
    /// [`JournalError`] if the journal cannot take the entry; nothing changes then.
    pub fn reverse_payment(
        &mut self,
        operation: &OperationId,
        reason: Refusal,
        now: Timestamp,
    ) -> Result<bool, JournalError> {
        let Some(flight) = self.in_flight.iter().find(|f| f.operation == *operation).cloned()
        else {
            return Ok(false);
        };
        let (charge, by_card) = (flight.charge(), flight.card_part());
        let from_balance = flight.balance_part()?;
        let Flight::Payment { order, payee, agreement, card: by_card_of, .. } = flight.flight
        else {
            return Ok(false);
        };
        if !mutant(Mutant::ReversedWithoutEntry) {
            self.journal.post(Movement {
                operation: flight.operation.clone(),
                kind: EntryKind::PaymentReversal,
                amount: from_balance,
                by_card,
                at: now,
                counterparty: payee,
            })?;
        }
        if let Some(CardPart { card, .. }) = &by_card_of {
            self.note_decline(card, &reason);
        }
        self.end_flight(operation);
        if !mutant(Mutant::RoomNotGivenBack) {
            room::give_back(&mut self.usage, &charge, flight.amount, by_card);
            if let Some(agreement) = &agreement
                && !mutant(Mutant::AgreementRoomKept)
            {
                self.uncount_wallet(agreement, flight.amount, charge.day);
                self.uncount_allowance(agreement, flight.amount, charge.day);
            }
        }
        self.settle(Settled {
            operation: flight.operation,
            kind: OperationKind::Payment { order },
            fingerprint: flight.fingerprint,
            amount: flight.amount,
            at: flight.at,
            outcome: Outcome::Refused { reason },
        });
        Ok(true)
    }
}
