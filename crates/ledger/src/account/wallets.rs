use feiqian_calendar::{Day, Timestamp};
use feiqian_money::Amount;
use serde::{Deserialize, Serialize};

use super::{Account, CodePurpose, SecurityEvent};
use crate::mutants::{Mutant, mutant};
use crate::{AgreementId, BindingId, Fingerprint, PartnerId, Refusal, WALLETS_MAX};

/// A holder's agreement that a third-party wallet may charge the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wallet {
    /// Its id.
    pub id: AgreementId,
    /// The wallet's platform.
    pub partner: PartnerId,
    /// What the request asked for.
    pub fingerprint: Fingerprint,
    /// What was agreed.
    pub terms: WalletTerms,
    /// When it was agreed.
    pub linked_at: Timestamp,
    /// Since when nothing can be charged under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unlinked_at: Option<Timestamp>,
    /// What was charged on the last day on which anything was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    charged: Option<Charged>,
}

/// What holder and wallet agreed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalletTerms {
    /// The wallet's name, as the holder knows it.
    pub name: String,
    /// The most that one charge may take.
    pub per_payment: Amount,
    /// The most that the charges of a day may take.
    pub per_day: Amount,
}

/// What was charged on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Charged {
    day: Day,
    amount: Amount,
}

impl Wallet {
    /// What has been charged on a day. A clock that went back opens no earlier day again.
    #[must_use]
    pub fn charged_on(&self, day: Day) -> Amount {
        match self.charged {
            Some(charged) if charged.day >= day => charged.amount,
            _ => Amount::ZERO,
        }
    }
}

/// A wallet's request to be linked, by a code that the holder received.
#[derive(Debug, Clone)]
pub struct LinkWallet {
    /// The verification whose code was right.
    pub code: BindingId,
    /// The wallet's platform.
    pub partner: PartnerId,
    /// What is agreed.
    pub terms: WalletTerms,
    /// Now.
    pub now: Timestamp,
}

impl LinkWallet {
    /// The agreement that the request stands for.
    #[must_use]
    pub fn id(&self) -> AgreementId {
        AgreementId::derive(self.code.region(), &[self.partner.as_str(), self.code.as_str()])
    }

    /// What it asks for.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let WalletTerms { name, per_payment, per_day } = &self.terms;
        Fingerprint::of(&[name, &per_payment.minor().to_string(), &per_day.minor().to_string()])
    }
}

impl Account {
    /// The agreements with wallets, oldest first; ended ones until they have to make room.
    #[must_use]
    pub fn wallets(&self) -> &[Wallet] {
        &self.wallets
    }

    /// An agreement with a wallet.
    ///
    /// # Errors
    /// [`Refusal::AgreementNotFound`].
    pub fn wallet(&self, id: &AgreementId) -> Result<&Wallet, Refusal> {
        self.wallets.iter().find(|wallet| wallet.id == *id).ok_or(Refusal::AgreementNotFound)
    }

    /// Links a wallet by a right code. Once the code has done that, asking again changes
    /// nothing. The oldest agreement that has ended makes room.
    ///
    /// # Errors
    /// [`Refusal::WalletsFull`], [`Refusal::BindingNotFound`].
    pub fn link_wallet(&mut self, link: &LinkWallet) -> Result<(), Refusal> {
        let full = self.wallets.len() >= WALLETS_MAX && self.wallet(&link.id()).is_err();
        let ended = self.wallets.iter().position(|wallet| wallet.unlinked_at.is_some());
        if full && ended.is_none() {
            return Err(Refusal::WalletsFull);
        }
        if self.take_code(&link.code, CodePurpose::LinkWallet, link.now)? {
            if let Some(ended) = ended.filter(|_| full) {
                self.wallets.remove(ended);
            }
            let id = link.id();
            self.log(SecurityEvent::WalletLinked { agreement: id.clone() }, link.now);
            self.wallets.push(Wallet {
                id,
                partner: link.partner.clone(),
                fingerprint: link.fingerprint(),
                terms: link.terms.clone(),
                linked_at: link.now,
                unlinked_at: None,
                charged: None,
            });
        }
        Ok(())
    }

    /// Ends an agreement for good. True if that is news.
    ///
    /// # Errors
    /// [`Refusal::AgreementNotFound`].
    pub fn unlink_wallet(&mut self, id: &AgreementId, now: Timestamp) -> Result<bool, Refusal> {
        let wallet = self.wallets.iter_mut().find(|wallet| wallet.id == *id);
        let wallet = wallet.ok_or(Refusal::AgreementNotFound)?;
        if wallet.unlinked_at.is_some() {
            return Ok(false);
        }
        wallet.unlinked_at = Some(now);
        self.log(SecurityEvent::WalletUnlinked { agreement: id.clone() }, now);
        Ok(true)
    }

    /// Whether a wallet may charge an amount under its agreement.
    pub(super) fn check_wallet(
        &self,
        id: &AgreementId,
        partner: &PartnerId,
        amount: Amount,
        day: Day,
    ) -> Result<(), Refusal> {
        let wallet = self.wallet(id)?;
        if wallet.partner != *partner {
            return Err(Refusal::AgreementNotFound);
        }
        if wallet.unlinked_at.is_some() && !mutant(Mutant::EndedAgreementCharged) {
            return Err(Refusal::AgreementEnded);
        }
        let WalletTerms { per_payment, per_day, .. } = wallet.terms;
        let sum = wallet.charged_on(day).checked_add(amount);
        let within = amount <= per_payment && sum.is_ok_and(|sum| sum <= per_day);
        if within || mutant(Mutant::AgreementUnbounded) {
            Ok(())
        } else {
            Err(Refusal::AgreementCapExceeded { per_payment, per_day })
        }
    }

    /// Counts a charge under an agreement.
    pub(super) fn count_wallet(&mut self, id: &AgreementId, amount: Amount, day: Day) {
        if let Some(wallet) = self.wallets.iter_mut().find(|wallet| wallet.id == *id) {
            let day = wallet.charged.map_or(day, |charged| charged.day.max(day));
            // What does not fit is beyond every cap.
            let sum = wallet.charged_on(day).checked_add(amount);
            wallet.charged = Some(Charged { day, amount: sum.unwrap_or(wallet.terms.per_day) });
        }
    }

    /// Gives room of a charge back that was reversed or refunded, if its day is still counted.
    pub(super) fn uncount_wallet(&mut self, id: &AgreementId, amount: Amount, day: Day) {
        let wallet = self.wallets.iter_mut().find(|wallet| wallet.id == *id);
        if let Some(charged) = wallet.and_then(|wallet| wallet.charged.as_mut())
            && charged.day == day
            && let Ok(left) = charged.amount.checked_sub(amount)
        {
            charged.amount = left.max(Amount::ZERO);
        }
    }
}
