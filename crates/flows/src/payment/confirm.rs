use feiqian_calendar::Timestamp;
use feiqian_ledger::account::{Device, PayBy, RiskHint};
use feiqian_ledger::{
    Account, AccountId, CardId, CustomerId, DeviceId, LimitExcess, OperationId, Order, OrderId,
    Refusal,
};
use feiqian_limits::{Strength, report};
use feiqian_money::Amount;
use feiqian_signing::{CONFIRMATION_TTL_MS, ConfirmationKey};

use crate::accounts::load_account;
use crate::confirmation::{Confirmation, FEE, check_confirmation, issue, strength_with};
use crate::orders::order_for;
use crate::{FlowError, Platform, Policy};

use super::operation_of;

/// A customer's request to see what a payment will do before making it.
#[derive(Debug, Clone)]
pub struct ConfirmPaymentRequest {
    /// Whose session asks.
    pub customer: CustomerId,
    /// The idempotency key that the payment will have.
    pub key: String,
    /// The account to pay from.
    pub account: AccountId,
    /// The order.
    pub order: OrderId,
    /// From where it will be paid.
    pub from: PayBy,
    /// The device that will sign, if one will.
    pub device: Option<DeviceId>,
}

/// What the payer is shown, with a token that vouches for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownPayment {
    /// The order, with payee and amount.
    pub order: Order,
    /// What is paid on top.
    pub fee: Amount,
    /// Where the account stands with its limits before the payment.
    pub limits: Vec<LimitExcess>,
    /// What to look at twice.
    pub hints: Vec<RiskHint>,
    /// Vouches for payee, amount, fee, method and hints. A device signs exactly its bytes.
    pub token: String,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Shows what a payment would do now. It moves and keeps nothing.
///
/// # Errors
/// [`FlowError::NotFound`], or the refusal that the payment would meet.
pub async fn confirm_payment<P: Platform>(
    platform: &P,
    policy: &Policy,
    key: &ConfirmationKey,
    request: ConfirmPaymentRequest,
) -> Result<ShownPayment, FlowError> {
    let account = load_account(platform, &request.customer, &request.account).await?;
    let order = order_for(platform, &request.order, &account.id).await?;
    let now = platform.now();
    let day = account.business_day(now, policy.calendar);
    order.check_open(now)?;
    let device = request.device.as_ref().map(|id| account.check_device(id)).transpose()?;
    let strength = strength_with(device, now);
    account.check_source(&request.from, &order, strength, now, day, policy.rules)?;
    let hints = hints(&account, &order, device, now, policy);
    let standing = account.standing()?;
    let limits = report(policy.rules, &standing, day).iter().map(LimitExcess::from).collect();
    let operation = operation_of(&request.account, &request.key);
    let token = issue(key, &shown(&operation, &order, &request.from, &hints), now);
    let expires_at = now.plus_millis(CONFIRMATION_TTL_MS);
    Ok(ShownPayment { order, fee: FEE, limits, hints, token, expires_at })
}

/// How strongly a payer is verified who presents the PIN and confirms this.
///
/// # Errors
/// As [`check_confirmation`].
pub(super) fn check_payer(
    confirmation: Option<&Confirmation>,
    account: &Account,
    order: &Order,
    from: &PayBy,
    operation: &OperationId,
    now: Timestamp,
    policy: &Policy,
) -> Result<Strength, Refusal> {
    check_confirmation(confirmation, account, now, |device| {
        shown(operation, order, from, &hints(account, order, device, now, policy))
    })
}

fn hints(
    account: &Account,
    order: &Order,
    device: Option<&Device>,
    now: Timestamp,
    policy: &Policy,
) -> Vec<RiskHint> {
    account.risk_hints(&order.payee_name, order.amount, device, now, policy.calendar)
}

/// All that must be the same when the payment comes. The operation's id stands for account
/// and idempotency key, so a token serves for one payment.
fn shown(operation: &OperationId, order: &Order, from: &PayBy, hints: &[RiskHint]) -> Vec<String> {
    let fixed = [
        operation.as_str(),
        order.id.as_str(),
        order.merchant.as_str(),
        &order.payee_name,
        &order.description,
        &order.amount.minor().to_string(),
        &FEE.minor().to_string(),
        from.as_str(),
        from.card().map_or("", CardId::as_str),
    ];
    let hints = hints.iter().map(|hint| hint.as_str());
    fixed.into_iter().chain(hints).map(str::to_owned).collect()
}
