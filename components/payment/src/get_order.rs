use feiqian_edge::{Answer, Call, Problem};
use feiqian_flows::{MethodOffer, Platform, load_account, offer_methods, order_for};
use feiqian_ledger::{CardId, MerchantId, OrderId};
use feiqian_money::Money;
use serde::Serialize;

use crate::settings::Settings;

/// An order as a payer sees it before paying.
#[derive(Serialize)]
struct OrderBody<'a> {
    order_id: &'a OrderId,
    payee: Payee<'a>,
    amount: Money,
    description: &'a str,
    status: &'static str,
    expires_at: String,
    methods: Vec<MethodBody>,
}

#[derive(Serialize)]
pub(crate) struct Payee<'a> {
    pub(crate) merchant_id: &'a MerchantId,
    pub(crate) name: &'a str,
}

/// A way to pay, and the problem that it would have now.
#[derive(Serialize)]
struct MethodBody {
    method: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    card_id: Option<CardId>,
    available: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

impl MethodBody {
    fn of(offer: MethodOffer) -> Self {
        let reason = offer.unavailable.map(|refusal| Problem::from(refusal).code().as_str());
        let (method, card_id) = (offer.method.as_str(), offer.method.card().cloned());
        Self { method, card_id, available: reason.is_none(), reason }
    }
}

/// `GET /v1/orders/:order_id?account_id=`
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let customer = settings.customer(call)?;
    let id = call.id("order_id")?;
    let query = call.query(&["account_id"])?;
    let account_id = call.joined_id("account_id", query.required("account_id")?)?;
    let Settings { platform, policy, .. } = settings;
    let account = load_account(platform, &customer.id, &account_id).await?;
    let order = order_for(platform, &id, &account.id).await?;
    let offers = offer_methods(platform, policy, &account, &order);
    Ok(Answer::ok(&OrderBody {
        order_id: &order.id,
        payee: Payee { merchant_id: &order.merchant, name: &order.payee_name },
        amount: order.amount.into(),
        description: &order.description,
        status: order.status_at(platform.now()),
        expires_at: policy.calendar.format(order.expires_at),
        methods: offers.into_iter().map(MethodBody::of).collect(),
    }))
}
