//! Third-party wallets: linked by the holder's elements and a code, charging under what was
//! agreed, and unlinked.

use feiqian_flows::{
    BeginWalletRequest, FlowError, LinkWalletRequest, begin_wallet, link_wallet, unlink_wallet,
};
use feiqian_identity::OneTimeCode;
use feiqian_ledger::account::WalletTerms;
use feiqian_ledger::{AccountId, AgreementId, CustomerId, Instrument};
use feiqian_money::Amount;

use super::requests::partner;
use super::{KnownAccount, Request, Workload};
use crate::bank::CODE;
use crate::platform::Machine;

/// What somebody asks for about a wallet.
#[derive(Debug, Clone)]
pub enum WalletRequest {
    /// The wallet asks for a code to be sent to the holder.
    Begin(BeginWalletRequest),
    /// The wallet presents the code.
    Link(LinkWalletRequest),
    /// The holder unlinks the wallet.
    Unlink(CustomerId, AccountId, AgreementId),
}

impl Workload {
    /// A step towards a wallet that is linked: a code, or what it is for.
    pub(super) fn new_wallet(&self, account: &KnownAccount) -> Option<Request> {
        let asks = account.wallet_codes.last().is_none() || self.world.dice.chance(3_000);
        let request = if asks { self.begin_wallet(account) } else { self.link_wallet(account) };
        request.map(Request::Wallet)
    }

    fn begin_wallet(&self, account: &KnownAccount) -> Option<WalletRequest> {
        let people = &self.region.people;
        // Now and then with somebody else's elements.
        let other = self.world.faults.are_on() && self.world.dice.chance(500);
        let person = people.get(if other { people.len() - 1 } else { account.person })?;
        Some(WalletRequest::Begin(BeginWalletRequest {
            partner: partner()?,
            key: self.state.borrow_mut().next_key(),
            account: account.id.clone(),
            name: person.name.clone(),
            resident_id: person.resident_id.clone(),
            card_number: account.bound_numbers.last()?.clone(),
            mobile: person.mobile.clone(),
        }))
    }

    fn link_wallet(&self, account: &KnownAccount) -> Option<WalletRequest> {
        let dice = &self.world.dice;
        let wrong = self.world.faults.are_on() && dice.chance(1_500);
        let fen = |low, high| Amount::from_minor(dice.between(low, high).cast_signed());
        let terms = WalletTerms {
            name: "微信".to_owned(),
            per_payment: fen(20_000, 70_000),
            per_day: fen(40_000, 120_000),
        };
        Some(WalletRequest::Link(LinkWalletRequest {
            partner: partner()?,
            key: self.state.borrow_mut().next_key(),
            account: account.id.clone(),
            verification: account.wallet_codes.last()?.clone(),
            code: OneTimeCode::parse(if wrong { "000002" } else { CODE }).ok()?,
            terms,
        }))
    }

    /// A wallet charges an account under one of its agreements, ended or not.
    pub(super) fn new_wallet_charge(&self, account: &KnownAccount) -> Option<Request> {
        let agreement = self.world.dice.pick(&account.wallets)?.clone();
        self.charge_of(Instrument::Wallet { account: account.id.clone(), agreement })
    }

    /// A holder ends an agreement.
    pub(super) fn new_unlinking(&self, account: &KnownAccount) -> Option<Request> {
        let agreement = self.world.dice.pick(&account.wallets)?.clone();
        let (customer, account) = (account.customer.clone(), account.id.clone());
        Some(Request::Wallet(WalletRequest::Unlink(customer, account, agreement)))
    }

    /// Carries one of them out.
    pub(super) async fn keep_wallets(
        &self,
        machine: &Machine,
        request: WalletRequest,
    ) -> Result<(), FlowError> {
        match request {
            WalletRequest::Begin(asked) => {
                let account = asked.account.clone();
                let begun = begin_wallet(machine, &self.region.vault, asked).await?;
                self.known_mut(&account, |known| known.wallet_codes.push(begun.binding.id));
            }
            WalletRequest::Link(asked) => {
                let account = asked.account.clone();
                let agreement = link_wallet(machine, asked).await?.wallet.id;
                self.known_mut(&account, |known| {
                    if !known.wallets.contains(&agreement) {
                        known.wallets.push(agreement);
                    }
                });
            }
            WalletRequest::Unlink(customer, account, agreement) => {
                unlink_wallet(machine, &customer, &account, &agreement).await?;
                self.world
                    .audit(|auditor| auditor.saw_unlinked(account.as_str(), agreement.as_str()));
            }
        }
        Ok(())
    }
}
