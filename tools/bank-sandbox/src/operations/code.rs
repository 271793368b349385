use data_encoding::HEXLOWER;
use feiqian_bank_api::{BankReply, CodeResult, DeclineReason, Elements};
use feiqian_calendar::Timestamp;
use rusqlite::Transaction;
use sha2::{Digest, Sha256};

use super::{Handled, card};
use crate::books::{self, BooksError};
use crate::cards;

/// The code that every message carries.
pub const CODE: &str = "888888";

/// Tries for one code (RULES section 3).
pub const CODE_TRIES_MAX: u64 = 5;

/// How long a code is good for, in milliseconds: five minutes (RULES section 3).
pub const CODE_TTL_MS: u64 = 5 * 60 * 1000;

/// The name of this bank, to show.
const BANK_NAME: &str = "沙箱银行";

/// Bytes of the hash in an agreement's name: no two cards share one.
const AGREEMENT_BYTES: usize = 16;

/// Sends a code to the holder of a card, unless one was sent within the interval.
pub(super) fn send(
    tx: &Transaction<'_>,
    request_id: &str,
    elements: &Elements,
    interval_ms: u64,
    now: Timestamp,
) -> Result<Handled, BooksError> {
    let declined = |reason| Ok(Handled::at_once(BankReply::Declined { reason }));
    if let Some(reason) = card::refused(elements) {
        return declined(reason);
    }
    if elements.mobile.is_none() {
        return declined(DeclineReason::ElementsMismatch);
    }
    let last = books::last_sent_ms(tx, &elements.card_number)?.map(Timestamp::from_millis);
    if last.is_some_and(|last| now < last.plus_millis(interval_ms)) {
        return declined(DeclineReason::TooManyCodes);
    }
    books::insert_code(tx, request_id, &elements.card_number, now)?;
    Ok(Handled::at_once(BankReply::CodeSent))
}

/// Checks one try of a code; the right one makes the agreement of the binding.
pub(super) fn check(
    tx: &Transaction<'_>,
    code_request_id: &str,
    given: &str,
    now: Timestamp,
) -> Result<Handled, BooksError> {
    let answer = |result| Ok(Handled::at_once(BankReply::CodeChecked { result }));
    let Some(sent) = books::code_by_request(tx, code_request_id)? else {
        return answer(CodeResult::Expired);
    };
    let too_old = now >= sent.sent_at.plus_millis(CODE_TTL_MS);
    if sent.used || sent.tries >= CODE_TRIES_MAX || too_old {
        return answer(CodeResult::Expired);
    }
    let right = given == CODE;
    books::record_try(tx, code_request_id, right)?;
    if !right {
        return answer(CodeResult::Wrong);
    }
    let agreement = agreement(&sent.card);
    books::insert_agreement(tx, &agreement, &sent.card)?;
    answer(CodeResult::Accepted {
        agreement,
        bank_name: BANK_NAME.to_owned(),
        kind: cards::kind(&sent.card),
    })
}

/// The bank's name for the binding of a card: always the same for the same card.
fn agreement(card: &str) -> String {
    let hash = Sha256::new_with_prefix("agreement of card ").chain_update(card).finalize();
    format!("agr_{}", HEXLOWER.encode(hash.get(..AGREEMENT_BYTES).unwrap_or(&hash)))
}
