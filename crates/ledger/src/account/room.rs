//! The room in the limits that movements take and give back.

use feiqian_limits::{Charge, Proposal, Strength, Usage};
use feiqian_money::{Amount, AmountError};

use crate::mutants::{Mutant, mutant};

/// Charges a movement that the limits have allowed.
pub(super) fn take(usage: &mut Usage, proposal: &Proposal) -> Result<Charge, AmountError> {
    if mutant(Mutant::UsageTrustsClock) && proposal.day() < usage.day() {
        *usage = Usage::new(proposal.day());
    }
    if mutant(Mutant::TierMistaken) {
        return usage.add(&proposal.by(proposal.channel(), Strength::Two));
    }
    usage.add(proposal)
}

/// Gives room back to what was charged, `card_part` of the amount to a card.
pub(super) fn give_back(usage: &mut Usage, charge: &Charge, amount: Amount, card_part: Amount) {
    if mutant(Mutant::RoomGivenBackToday) {
        let today = Charge { day: usage.day(), meters: charge.meters.clone() };
        return usage.give_back(&today, amount, card_part);
    }
    usage.give_back(charge, amount, card_part);
}
