//! What the auditor checks of agreements with wallets: none changes, ends without staying ended,
//! or lets more be charged than was agreed.

use std::collections::BTreeMap;

use super::Auditor;
use super::account::AccountModel;
use super::documents::Wallet;
use crate::history::Violation;

/// The agreements of an account with wallets, as they were last seen.
#[derive(Debug, Default)]
pub struct WalletsModel {
    wallets: Vec<Wallet>,
    /// What was charged under each on each day, and neither reversed nor refunded.
    charged: BTreeMap<(String, String), i128>,
}

impl WalletsModel {
    /// Takes the agreements as the account has them now, before anything is charged.
    pub(super) fn take(&mut self, wallets: Vec<Wallet>) -> Result<(), &'static str> {
        for known in &self.wallets {
            match wallets.iter().find(|wallet| wallet.id == known.id) {
                None if known.unlinked_at.is_none() => return Err("has lost an agreement"),
                Some(wallet) if known.unlinked_at.is_some() && wallet.unlinked_at.is_none() => {
                    return Err("has an agreement again that had ended");
                }
                Some(wallet) if wallet.terms != known.terms || wallet.partner != known.partner => {
                    return Err("has changed an agreement");
                }
                _ => {}
            }
        }
        self.wallets = wallets;
        Ok(())
    }

    /// A charge under an agreement starts.
    pub(super) fn charge(&mut self, id: &str, day: &str, amount: i64) -> Result<(), &'static str> {
        let wallet = self.wallets.iter().find(|wallet| wallet.id == id);
        let wallet = wallet.ok_or("is charged under no agreement")?;
        if wallet.unlinked_at.is_some() {
            return Err("is charged under an agreement that has ended");
        }
        let sum = self.charged.entry((id.to_owned(), day.to_owned())).or_default();
        *sum += i128::from(amount);
        if amount > wallet.terms.per_payment {
            return Err("is charged more at once than was agreed");
        }
        if *sum > i128::from(wallet.terms.per_day) {
            return Err("is charged more in a day than was agreed");
        }
        Ok(())
    }

    /// A charge under an agreement is reversed, or refunded in part.
    pub(super) fn reverse(&mut self, (id, day): &(String, String), amount: i64) {
        if let Some(sum) = self.charged.get_mut(&(id.clone(), day.clone())) {
            *sum -= i128::from(amount);
        }
    }

    /// Compares with what the agreements say of themselves.
    pub(super) fn compare(&self) -> Result<(), String> {
        for Wallet { id, charged, .. } in &self.wallets {
            let Some(charged) = charged else { continue };
            let counted = self.charged.get(&(id.clone(), charged.day.clone()));
            if counted != Some(&i128::from(charged.amount)) {
                return Err(format!("counts {charged:?} under {id}, and it is {counted:?}"));
            }
        }
        Ok(())
    }
}

impl Auditor {
    /// A holder is told that an agreement has ended.
    ///
    /// # Errors
    /// That it has not.
    pub fn saw_unlinked(&mut self, account: &str, agreement: &str) -> Result<(), Violation> {
        let known = self.accounts.get(account).map(AccountModel::wallets);
        let lives = |wallet: &Wallet| wallet.id == agreement && wallet.unlinked_at.is_none();
        if known.is_some_and(|known| known.wallets.iter().any(lives)) {
            let what = format!("{agreement} was ended and goes on");
            return Err(Violation::new(what, &[agreement, account]));
        }
        Ok(())
    }
}
