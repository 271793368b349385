use feiqian_calendar::Calendar;
use feiqian_ledger::account::Wallet;
use feiqian_ledger::{AgreementId, PartnerId};
use feiqian_money::Money;
use serde::Serialize;

/// An agreement with a wallet, as its holder and the wallet see it.
#[derive(Serialize)]
pub(crate) struct WalletBody<'a> {
    agreement_id: &'a AgreementId,
    partner: &'a PartnerId,
    wallet_name: &'a str,
    per_payment: Money,
    per_day: Money,
    status: &'static str,
    linked_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    unlinked_at: Option<String>,
}

impl<'a> WalletBody<'a> {
    pub(crate) fn of(wallet: &'a Wallet, calendar: Calendar) -> Self {
        Self {
            agreement_id: &wallet.id,
            partner: &wallet.partner,
            wallet_name: &wallet.terms.name,
            per_payment: wallet.terms.per_payment.into(),
            per_day: wallet.terms.per_day.into(),
            status: if wallet.unlinked_at.is_some() { "unlinked" } else { "linked" },
            linked_at: calendar.format(wallet.linked_at),
            unlinked_at: wallet.unlinked_at.map(|at| calendar.format(at)),
        }
    }
}
