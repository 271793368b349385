use feiqian_bank_api::{AccountKind, DeclineReason};
use feiqian_calendar::Calendar;
use feiqian_ledger::CardId;
use feiqian_ledger::account::Card;
use serde::Serialize;

/// A bound card as its holder sees it.
#[derive(Serialize)]
pub(crate) struct CardBody<'a> {
    card_id: &'a CardId,
    card: &'a str,
    bank_name: &'a str,
    kind: AccountKind,
    bound_at: String,
    /// Why the bank will not take it any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked: Option<DeclineReason>,
}

impl<'a> CardBody<'a> {
    pub(crate) fn of(card: &'a Card, calendar: Calendar) -> Self {
        Self {
            card_id: &card.id,
            card: &card.masked,
            bank_name: &card.bank_name,
            kind: card.kind,
            bound_at: calendar.format(card.bound_at),
            blocked: card.blocked,
        }
    }
}
