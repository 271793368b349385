//! Merchants' codes: drawing them, reading them, ordering by them.

use feiqian_ledger::{
    CustomerId, Merchant, MerchantId, NewOrder, ORDER_LIFETIME_DEFAULT_S, Order, OrderId, Origin,
    PartnerId,
};
use feiqian_money::Amount;

use crate::documents::{Decision, change, create, load};
use crate::orders::{Made, load_merchant, made, order_of_merchant};
use crate::{FlowError, Platform, Subject};

/// Notes that a code is drawn for an order of the partner's merchant; gives both for it.
///
/// One swap: it may be repeated, and draws the code anew each time.
///
/// # Errors
/// [`FlowError::NotFound`] for what is not the partner's, and the refusals of
/// [`Order::draw_code`].
pub async fn draw_order_code<P: Platform>(
    platform: &P,
    partner: &PartnerId,
    merchant: &MerchantId,
    order: &OrderId,
) -> Result<(Merchant, Order), FlowError> {
    let merchant = load_merchant(platform, partner, merchant).await?;
    order_of_merchant(platform, &merchant.id, order).await?;
    let order = change(platform, &Order::key(order), async |order: &mut Order| {
        order.draw_code(platform.now())?;
        Ok(Decision::Write(order.clone()))
    })
    .await?;
    Ok((merchant, order))
}

/// What a code of ours leads to.
///
/// # Errors
/// [`FlowError::NotFound`] for a merchant that does not exist, or an order that is not the
/// merchant's or not of this amount.
pub async fn look_up_code<P: Platform>(
    platform: &P,
    merchant: &MerchantId,
    order: Option<(&OrderId, Amount)>,
) -> Result<(Merchant, Option<Order>), FlowError> {
    let merchant = any_merchant(platform, merchant).await?;
    let order = match order {
        None => None,
        Some((id, amount)) => {
            let order = order_of_merchant(platform, &merchant.id, id).await?;
            if order.amount != amount {
                return Err(FlowError::NotFound(Subject::Order));
            }
            Some(order)
        }
    };
    Ok((merchant, order))
}

/// A payer's request for an order by a merchant's static code.
#[derive(Debug, Clone)]
pub struct OrderByCodeRequest {
    /// Whose session asks.
    pub customer: CustomerId,
    /// The idempotency key.
    pub key: String,
    /// Who is to be paid.
    pub merchant: MerchantId,
    /// How much the payer entered, above zero.
    pub amount: Amount,
}

/// Makes an order for the amount that a payer entered at a static code.
///
/// One step; the id stands for customer and key, so asking again finds it.
///
/// # Errors
/// [`FlowError::NotFound`] for a merchant that does not exist, [`FlowError::KeyReused`], or
/// [`FlowError::InProgress`].
pub async fn order_by_code<P: Platform>(
    platform: &P,
    request: OrderByCodeRequest,
) -> Result<Made<Order>, FlowError> {
    let merchant = any_merchant(platform, &request.merchant).await?;
    let id = OrderId::derive(
        request.customer.region(),
        &[request.customer.as_str(), "static_code", &request.key],
    );
    let order = Order::new(NewOrder {
        partner: merchant.partner,
        merchant: merchant.id,
        description: merchant.name.clone(),
        payee_name: merchant.name,
        category: merchant.category,
        amount: request.amount,
        // The merchant has no number of its own for it.
        reference: id.to_string(),
        origin: Origin::StaticCode,
        lifetime_s: ORDER_LIFETIME_DEFAULT_S,
        now: platform.now(),
        id,
    });
    let existing = create(platform, &Order::key(&order.id), &order).await?;
    made(order, existing, |order| &order.fingerprint)
}

async fn any_merchant<P: Platform>(platform: &P, id: &MerchantId) -> Result<Merchant, FlowError> {
    let merchant = load(platform, &Merchant::key(id)).await?;
    merchant.ok_or(FlowError::NotFound(Subject::Merchant))
}
