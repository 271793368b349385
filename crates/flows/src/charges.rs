//! Charges: a merchant's partner charges what a payer showed at a till.

use feiqian_ledger::account::PayBy;
use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_ledger::{
    AccountId, CHARGE_LIFETIME_S, Charge, Instrument, IssuedCode, MerchantId, NewOrder, NfcToken,
    Order, OrderId, OrderState, Origin, PartnerId, Refusal,
};
use feiqian_money::Amount;

use crate::accounts::check_fingerprint;
use crate::documents::{Decision, change, create};
use crate::orders::{load_merchant, load_order};
use crate::payment::{ChargedBy, ChargedPayer, Unsettled, close_expired, pay_charge};
use crate::{FlowError, Platform, Policy, Subject};

/// A partner's request to charge what a payer showed.
#[derive(Debug, Clone)]
pub struct ChargeRequest {
    /// Who asks.
    pub partner: PartnerId,
    /// The idempotency key.
    pub key: String,
    /// Who is to be paid.
    pub merchant: MerchantId,
    /// How much, above zero.
    pub amount: Amount,
    /// What for.
    pub description: String,
    /// The merchant's own number.
    pub reference: String,
    /// What was shown. A tap's cryptogram has been found right.
    pub instrument: Instrument,
}

/// What became of a charge that was not refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charged {
    /// Its order: paid, claimed until the bank has answered for a card, or open and waiting for
    /// its payer.
    pub order: Order,
    /// Whether an earlier request with the same key had got this far.
    pub replayed: bool,
    /// What to finish by [`finish_payment`](crate::finish_payment) once the answer is out.
    pub unsettled: Option<Unsettled>,
}

/// Charges what a payer showed.
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. the order is made, as a charge that nobody may pay yet | it expires; asking again goes on |
/// | 2. the code or token is swapped (a wallet's agreement is in the account, and is looked at in 4): spent by this order, or refused | spent, and asking again has the same verdict |
/// | 3. the order is swapped: this account may pay it | its payer may confirm it; asking again goes on |
/// | 4. it is paid without the PIN, as [`pay_order`](crate::pay_order) does | as there |
/// | 5. a refusal of 2 or 4: the order is swapped to closed, with the reason | asking again gives that reason |
///
/// Where the PIN is needed, or the bank declined the chosen card, the order stays open for its
/// payer alone, who pays it as any other, from wherever they choose. The order decides between
/// that and a refusal, so that nothing that was refused is ever paid.
///
/// # Errors
/// [`FlowError::Refused`] for good, [`FlowError::NotFound`] for a merchant that is not the
/// partner's, [`FlowError::KeyReused`]; after others ask again with the same key.
pub async fn charge<P: Platform>(
    platform: &P,
    policy: &Policy,
    request: ChargeRequest,
) -> Result<Charged, FlowError> {
    let (order, replayed) = charge_order(platform, &request).await?;
    if let Some(ended) = ended(&order) {
        return ended.map(|()| Charged { order, replayed, unsettled: None });
    }
    let refusal = match claim(platform, &order.id, &request.instrument).await? {
        Err(refusal) => refusal,
        Ok(payer) => {
            set_payer(platform, &order.id, &payer.account).await?;
            match pay_charge(platform, policy, &order, payer).await {
                Ok(paid) => {
                    let order = load_order(platform, &order.id).await?;
                    return Ok(Charged { order, replayed, unsettled: paid.unsettled });
                }
                Err(FlowError::Refused { refusal, .. }) if is_left_to_payer(&refusal) => {
                    let order = close_expired(platform, &order.id, platform.now()).await?;
                    return match ended(&order) {
                        Some(Err(refused)) => Err(refused),
                        _ => Ok(Charged { order, replayed, unsettled: None }),
                    };
                }
                Err(FlowError::Refused { refusal, .. }) => refusal,
                // Only a wallet names an account.
                Err(FlowError::NotFound(Subject::Account)) => Refusal::AgreementNotFound,
                Err(error) => return Err(error),
            }
        }
    };
    let order = change(platform, &Order::key(&order.id), async |order: &mut Order| {
        let news =
            !mutant(Mutant::ChargeRefusedOpen) && order.refuse_charge(&refusal, platform.now());
        let order = order.clone();
        Ok(if news { Decision::Write(order) } else { Decision::Keep(order) })
    })
    .await?;
    // Its payer, or another copy of this request, may have paid it meanwhile.
    match ended(&order) {
        Some(Ok(())) => Ok(Charged { order, replayed, unsettled: None }),
        Some(Err(refused)) => Err(refused),
        None if order.claim().is_some() => Ok(Charged { order, replayed, unsettled: None }),
        None => Err(FlowError::Inconsistent(format!("{} was refused and is open", order.id))),
    }
}

/// Step 1, or the order that an earlier request made.
async fn charge_order<P: Platform>(
    platform: &P,
    request: &ChargeRequest,
) -> Result<(Order, bool), FlowError> {
    let merchant = load_merchant(platform, &request.partner, &request.merchant).await?;
    let new = Order::new(NewOrder {
        id: OrderId::derive(platform.region(), &[request.partner.as_str(), "charge", &request.key]),
        partner: merchant.partner,
        merchant: merchant.id,
        payee_name: merchant.name,
        category: merchant.category,
        amount: request.amount,
        description: request.description.clone(),
        reference: request.reference.clone(),
        origin: Origin::Charge(Charge::new(request.instrument.clone())),
        lifetime_s: CHARGE_LIFETIME_S,
        now: platform.now(),
    });
    match create(platform, &Order::key(&new.id), &new).await? {
        None => Ok((new, false)),
        Some(known) => {
            check_fingerprint(&known.fingerprint, &new.fingerprint)?;
            Ok((known, true))
        }
    }
}

/// Whether a charge that met this refusal waits for its payer's PIN and choice, or its payer is
/// just paying it.
const fn is_left_to_payer(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::PinRequired | Refusal::CardDeclined { .. } | Refusal::OrderInProcess)
}

/// How a charge ended, if it has.
fn ended(order: &Order) -> Option<Result<(), FlowError>> {
    match &order.state {
        OrderState::Open => None,
        OrderState::Claimed(_) => None,
        OrderState::Paid(_) => Some(Ok(())),
        OrderState::Closed { at } => {
            let refusal = order.origin.charge().and_then(|charge| charge.refusal.clone());
            let late = *at >= order.expires_at;
            let otherwise = if late { Refusal::OrderExpired } else { Refusal::OrderClosed };
            Some(Err(FlowError::refused_before(refusal.unwrap_or(otherwise))))
        }
    }
}

/// Step 2: whose the instrument is, if it is good for this charge.
async fn claim<P: Platform>(
    platform: &P,
    order: &OrderId,
    instrument: &Instrument,
) -> Result<Result<ChargedPayer, Refusal>, FlowError> {
    let now = platform.now();
    let verdict = match instrument {
        Instrument::PayerCode(digits) => {
            change(platform, &IssuedCode::key(digits), async |code: &mut IssuedCode| {
                let before = code.spent.clone();
                let verdict = code.spend(order, now).map(|()| ChargedPayer {
                    account: code.account.clone(),
                    from: code.from.clone(),
                    by: ChargedBy::Code,
                });
                let news = code.spent != before && !mutant(Mutant::CodeNotSpent);
                Ok(if news { Decision::Write(verdict) } else { Decision::Keep(verdict) })
            })
            .await
        }
        Instrument::Wallet { account, agreement } => Ok(Ok(ChargedPayer {
            account: account.clone(),
            from: PayBy::Balance,
            by: ChargedBy::Agreement(agreement.clone()),
        })),
        Instrument::Nfc { token, counter } => {
            change(platform, &NfcToken::key(token), async |token: &mut NfcToken| {
                let verdict = token.tap(*counter, order).map(|()| ChargedPayer {
                    account: token.account.clone(),
                    from: token.from.clone(),
                    by: ChargedBy::Device(token.device.clone()),
                });
                Ok(if verdict.is_ok() { Decision::Write(verdict) } else { Decision::Keep(verdict) })
            })
            .await
        }
    };
    match verdict {
        Err(FlowError::DocumentMissing) => Ok(Err(Refusal::InstrumentUnknown)),
        other => other,
    }
}

/// Step 3.
async fn set_payer<P: Platform>(
    platform: &P,
    order: &OrderId,
    payer: &AccountId,
) -> Result<(), FlowError> {
    change(platform, &Order::key(order), async |order: &mut Order| {
        let news = order.set_payer(payer);
        Ok(if news { Decision::Write(()) } else { Decision::Keep(()) })
    })
    .await
}
