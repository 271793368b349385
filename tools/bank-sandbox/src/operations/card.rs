use feiqian_bank_api::{BankReply, DeclineReason, Elements, Verification};
use feiqian_identity::{CardNumber, HolderName, Mobile, ResidentId};

use super::{Delivery, Handled};
use crate::cards::{self, Behaviour};

/// Compares three or four elements and says the fifth, the kind of the account.
pub(super) fn verify(elements: &Elements) -> Handled {
    let verification = match refused(elements) {
        Some(reason) => Verification::Refused { reason },
        None => Verification::Matched { kind: cards::kind(&elements.card_number) },
    };
    let delivery = match cards::behaviour(&elements.card_number) {
        Behaviour::VerificationTimesOut => Delivery::Late,
        _ => Delivery::AtOnce,
    };
    Handled { reply: BankReply::Verified { verification }, delivery }
}

/// Why a card cannot be bound by these elements. Any name, ID and mobile of a valid form
/// belong together here.
pub(super) fn refused(elements: &Elements) -> Option<DeclineReason> {
    let Elements { name, resident_id, card_number, mobile, .. } = elements;
    if CardNumber::parse(card_number).is_err() || !card_number.starts_with("62") {
        return Some(DeclineReason::CardNotFound);
    }
    match cards::behaviour(card_number) {
        Behaviour::Mismatch => return Some(DeclineReason::ElementsMismatch),
        Behaviour::Lost => return Some(DeclineReason::CardLost),
        Behaviour::Expired => return Some(DeclineReason::CardExpired),
        _ => {}
    }
    let valid = HolderName::parse(name).is_ok()
        && ResidentId::parse(resident_id).is_ok()
        && mobile.as_deref().is_none_or(|mobile| Mobile::parse(mobile).is_ok());
    if valid { None } else { Some(DeclineReason::ElementsMismatch) }
}
