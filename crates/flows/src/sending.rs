//! What a holder is shown before money goes to a card or to another account.

use feiqian_calendar::{Day, Timestamp};
use feiqian_ledger::account::{Destination, Device, RiskHint};
use feiqian_ledger::{
    Account, AccountId, CardId, CustomerId, DeviceId, LimitExcess, OperationId, Refusal, Speed,
};
use feiqian_limits::{RuleSet, Strength, report};
use feiqian_money::Amount;
use feiqian_signing::{CONFIRMATION_TTL_MS, ConfirmationKey};

use crate::accounts::load_account;
use crate::confirmation::{Confirmation, FEE, check_confirmation, issue, strength_with};
use crate::operations::operation_id;
use crate::transfer::{OutboundTransfers, Payee, check_payee};
use crate::{FlowError, Platform, Policy};

/// What money is to be sent for.
#[derive(Debug, Clone)]
pub enum SendingTo {
    /// A withdrawal to a bound card.
    Card {
        /// The card.
        card: CardId,
        /// How much, above zero.
        amount: Amount,
    },
    /// All that is in the account to a bound card, which closes the account.
    LastCard {
        /// The card.
        card: CardId,
    },
    /// A transfer to another account.
    Account {
        /// Who gets it.
        payee: Payee,
        /// How much, above zero.
        amount: Amount,
        /// When it is sent.
        speed: Speed,
    },
}

/// A customer's request to see what sending money will do before it is sent.
#[derive(Debug, Clone)]
pub struct ConfirmSendingRequest {
    /// Whose session asks.
    pub customer: CustomerId,
    /// The idempotency key that the withdrawal, transfer or closure will have.
    pub key: String,
    /// The account.
    pub account: AccountId,
    /// What for.
    pub to: SendingTo,
    /// The device that will sign, if one will.
    pub device: Option<DeviceId>,
}

/// What the holder is shown, with a token that vouches for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownSending {
    /// The card's masked number, or the payee's masked name.
    pub to: String,
    /// How much.
    pub amount: Amount,
    /// What is paid on top.
    pub fee: Amount,
    /// Where the account stands with its limits before.
    pub limits: Vec<LimitExcess>,
    /// What to look at twice.
    pub hints: Vec<RiskHint>,
    /// Vouches for destination, amount, fee and hints. A device signs exactly its bytes.
    pub token: String,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Money that is to be sent.
pub(crate) struct Sending<'a> {
    pub(crate) operation: &'a OperationId,
    pub(crate) to: &'a Destination,
    pub(crate) amount: Amount,
    pub(crate) day: Day,
}

/// Shows what sending money would do now. It moves and keeps nothing.
///
/// # Errors
/// [`FlowError::NotFound`], or the refusal that the request would meet.
pub async fn confirm_sending<P: Platform>(
    platform: &P,
    policy: &Policy,
    offered: OutboundTransfers,
    key: &ConfirmationKey,
    request: ConfirmSendingRequest,
) -> Result<ShownSending, FlowError> {
    let ConfirmSendingRequest { customer, key: request_key, account: id, to, device } = request;
    let account = load_account(platform, &customer, &id).await?;
    let now = platform.now();
    let day = account.business_day(now, policy.calendar);
    if let SendingTo::Account { payee, .. } = &to {
        check_payee(platform, offered, &customer, &id, payee).await?;
    }
    let (kind, to, amount) = match to {
        SendingTo::Card { card, amount } => ("withdrawal", Destination::Card(card), amount),
        SendingTo::LastCard { card } => {
            ("withdrawal", Destination::LastCard(card), account.balance())
        }
        SendingTo::Account { payee, amount, speed } => {
            let transfer = payee.into_transfer(speed, now, policy);
            ("transfer", Destination::Account(transfer), amount)
        }
    };
    let device = device.as_ref().map(|id| account.check_device(id)).transpose()?;
    let strength = strength_with(device, now);
    let shown_to = account.check_sending(&to, amount, strength, now, day, policy.rules)?;
    let operation = operation_id(&id, kind, &request_key);
    let sending = Sending { operation: &operation, to: &to, amount, day };
    let hints = sending.hints(&account, device, now, policy.rules);
    let standing = account.standing()?;
    let limits = report(policy.rules, &standing, day).iter().map(LimitExcess::from).collect();
    let token = issue(key, &sending.shown(&hints), now);
    let expires_at = now.plus_millis(CONFIRMATION_TTL_MS);
    Ok(ShownSending { to: shown_to, amount, fee: FEE, limits, hints, token, expires_at })
}

/// How strongly a holder is verified who presents the PIN and confirms this.
///
/// # Errors
/// As [`check_confirmation`].
pub(crate) fn check_sender(
    confirmation: Option<&Confirmation>,
    account: &Account,
    sending: &Sending<'_>,
    now: Timestamp,
    rules: &RuleSet,
) -> Result<Strength, Refusal> {
    check_confirmation(confirmation, account, now, |device| {
        sending.shown(&sending.hints(account, device, now, rules))
    })
}

impl Sending<'_> {
    fn hints(
        &self,
        account: &Account,
        device: Option<&Device>,
        now: Timestamp,
        rules: &RuleSet,
    ) -> Vec<RiskHint> {
        account.sending_hints(self.to, self.amount, device, now, self.day, rules)
    }

    /// All that must be the same when the request comes. The operation's id stands for account
    /// and idempotency key, so a token serves for one request.
    fn shown(&self, hints: &[RiskHint]) -> Vec<String> {
        let (kind, to, name, speed) = match self.to {
            Destination::Card(card) => ("card", card.as_str(), "", ""),
            Destination::LastCard(card) => ("last_card", card.as_str(), "", ""),
            Destination::Account(transfer) => (
                "account",
                transfer.payee.as_str(),
                transfer.payee_name.as_str(),
                transfer.speed.as_str(),
            ),
        };
        let (amount, fee) = (self.amount.minor().to_string(), FEE.minor().to_string());
        let fixed = [self.operation.as_str(), kind, to, name, speed, &amount, &fee];
        let hints = hints.iter().map(|hint| hint.as_str());
        fixed.into_iter().chain(hints).map(str::to_owned).collect()
    }
}
