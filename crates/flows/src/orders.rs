use feiqian_ledger::{
    AccountId, Fingerprint, InternalName, Merchant, MerchantId, NewOrder, Order, OrderId, Origin,
    PartnerId,
};
use feiqian_money::Amount;

use crate::accounts::check_fingerprint;
use crate::documents::{Decision, change, create, load};
use crate::events::{Errand, announce};
use crate::internal::{internal_balance, make_merchant_shards, order_of};
use crate::{FlowError, Platform, Subject};

/// Something that was made, now or by an earlier request with the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made<T> {
    /// It.
    pub document: T,
    /// Whether an earlier request made it.
    pub replayed: bool,
}

/// A partner's request to make a merchant.
#[derive(Debug, Clone)]
pub struct CreateMerchantRequest {
    /// Who asks.
    pub partner: PartnerId,
    /// The idempotency key.
    pub key: String,
    /// The name that payers see.
    pub name: String,
    /// What it sells.
    pub category: String,
}

/// Makes a merchant, its shards before it: the id stands for partner and key, so asking
/// again goes on.
///
/// # Errors
/// [`FlowError::KeyReused`], [`FlowError::InProgress`], or that the store did not answer.
pub async fn create_merchant<P: Platform>(
    platform: &P,
    request: CreateMerchantRequest,
) -> Result<Made<Merchant>, FlowError> {
    let CreateMerchantRequest { partner, key, name, category } = request;
    let id = MerchantId::derive(platform.region(), &[partner.as_str(), &key]);
    let merchant = Merchant::new(id, partner, name, category, platform.now());
    let key = Merchant::key(&merchant.id);
    let known: Option<Merchant> = load(platform, &key).await?;
    let existing = match known {
        Some(known) => Some(known),
        None => {
            make_merchant_shards(platform, &merchant.id).await?;
            create(platform, &key, &merchant).await?
        }
    };
    made(merchant, existing, |merchant| &merchant.fingerprint)
}

/// A partner's request to make an order.
#[derive(Debug, Clone)]
pub struct CreateOrderRequest {
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
    /// How long it stays open, seconds.
    pub lifetime_s: u64,
}

/// Makes an order of one of the partner's merchants.
///
/// # Errors
/// As [`create_merchant`], and [`FlowError::NotFound`] for a merchant that is not the
/// partner's.
pub async fn create_order<P: Platform>(
    platform: &P,
    request: CreateOrderRequest,
) -> Result<Made<Order>, FlowError> {
    let merchant = load_merchant(platform, &request.partner, &request.merchant).await?;
    let order = Order::new(NewOrder {
        id: OrderId::derive(platform.region(), &[request.partner.as_str(), &request.key]),
        partner: request.partner,
        merchant: merchant.id,
        payee_name: merchant.name,
        category: merchant.category,
        amount: request.amount,
        description: request.description,
        reference: request.reference,
        origin: Origin::Online,
        lifetime_s: request.lifetime_s,
        now: platform.now(),
    });
    let existing = create(platform, &Order::key(&order.id), &order).await?;
    made(order, existing, |order| &order.fingerprint)
}

pub(crate) fn made<T>(
    new: T,
    existing: Option<T>,
    fingerprint: impl Fn(&T) -> &Fingerprint,
) -> Result<Made<T>, FlowError> {
    match existing {
        None => Ok(Made { document: new, replayed: false }),
        Some(document) => {
            check_fingerprint(fingerprint(&document), fingerprint(&new))?;
            Ok(Made { document, replayed: true })
        }
    }
}

/// Reads a merchant for the partner whose it is.
///
/// # Errors
/// [`FlowError::NotFound`] if there is none, or it is another partner's.
pub async fn load_merchant<P: Platform>(
    platform: &P,
    partner: &PartnerId,
    id: &MerchantId,
) -> Result<Merchant, FlowError> {
    let merchant: Option<Merchant> = load(platform, &Merchant::key(id)).await?;
    merchant
        .filter(|merchant| merchant.partner == *partner)
        .ok_or(FlowError::NotFound(Subject::Merchant))
}

/// Reads an order for an account that may see and pay it: a charge is its payer's alone.
///
/// # Errors
/// [`FlowError::NotFound`] if there is none, or it is another's charge.
pub async fn order_for<P: Platform>(
    platform: &P,
    id: &OrderId,
    account: &AccountId,
) -> Result<Order, FlowError> {
    let order = order_of(platform, id).await?;
    if order.is_for(account) { Ok(order) } else { Err(FlowError::NotFound(Subject::Order)) }
}

/// Reads an order of a merchant.
///
/// # Errors
/// [`FlowError::NotFound`] if there is none, or it is another merchant's.
pub async fn order_of_merchant<P: Platform>(
    platform: &P,
    merchant: &MerchantId,
    id: &OrderId,
) -> Result<Order, FlowError> {
    let order = order_of(platform, id).await?;
    if order.merchant == *merchant { Ok(order) } else { Err(FlowError::NotFound(Subject::Order)) }
}

/// What a merchant has been paid, over all shards.
///
/// # Errors
/// That the store did not answer or its data is not consistent.
pub async fn merchant_balance<P: Platform>(
    platform: &P,
    id: &MerchantId,
) -> Result<Amount, FlowError> {
    internal_balance(platform, &InternalName::Merchant(id.clone())).await
}

/// Reads an order.
///
/// # Errors
/// [`FlowError::NotFound`] if there is none.
pub async fn load_order<P: Platform>(platform: &P, id: &OrderId) -> Result<Order, FlowError> {
    order_of(platform, id).await
}

/// Reads an order for the partner whose it is.
///
/// # Errors
/// [`FlowError::NotFound`] if there is none, or it is another partner's.
pub async fn load_partner_order<P: Platform>(
    platform: &P,
    partner: &PartnerId,
    id: &OrderId,
) -> Result<Order, FlowError> {
    let order = order_of(platform, id).await?;
    if order.partner == *partner { Ok(order) } else { Err(FlowError::NotFound(Subject::Order)) }
}

/// Closes an order of the partner's that has not been paid. One swap of the order decides
/// between this and a payment; closing it again changes nothing.
///
/// # Errors
/// [`FlowError::NotFound`] as [`load_partner_order`], and why it can no longer be closed.
pub async fn close_order<P: Platform>(
    platform: &P,
    partner: &PartnerId,
    id: &OrderId,
) -> Result<Order, FlowError> {
    load_partner_order(platform, partner, id).await?;
    let now = platform.now();
    change(platform, &Order::key(id), async |order: &mut Order| {
        let closed = order.close(now)?;
        if closed {
            // Before the swap: whoever dies after it is told of all the same.
            announce(platform, &Errand::Order(id.clone())).await?;
        }
        let order = order.clone();
        Ok(if closed { Decision::Write(order) } else { Decision::Keep(order) })
    })
    .await
}
