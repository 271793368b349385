use feiqian_edge::query::invalid;
use feiqian_edge::{Acting, Answer, Call, OperatorScope, PendingBody, Problem};
use feiqian_flows::{PendingItem, Platform, search_account, search_operation, search_order};
use feiqian_ledger::{AccountId, OperationId, OrderId};

use crate::account::AccountBody;
use crate::operation::FoundOperationBody;
use crate::order::OrderBody;
use crate::settings::Settings;

/// `GET /v1/operations/search?order=|account=|operation=`: one of them, and beside an operation
/// the account that it may be in. What is seen is one holder's, so that it is written down.
pub(crate) async fn answer(call: &Call, settings: &Settings) -> Result<Answer, Problem> {
    let acting = settings.acting(call, OperatorScope::Support)?;
    let asked = call.query(&["order", "account", "operation"])?;
    match (asked.get("order"), asked.get("operation"), asked.get("account")) {
        (Some(order), None, None) => {
            let id: OrderId = call.body_id("order", order)?;
            by_order(acting.about(order), &id, settings).await
        }
        (None, Some(operation), account) => {
            let id: OperationId = call.body_id("operation", operation)?;
            let account = account.map(|text| call.joined_id("account", text)).transpose()?;
            by_operation(acting.about(operation), &id, account.as_ref(), call, settings).await
        }
        (None, None, Some(account)) => {
            let id: AccountId = call.body_id("account", account)?;
            by_account(acting.about(account), &id, call, settings).await
        }
        _ => Err(invalid(
            "order",
            "name one of order, operation and account; an account may be named beside an operation",
            "请指定 order、operation、account 之一；account 可与 operation 同时指定",
        )),
    }
}

async fn by_order(
    acting: Acting<'_>,
    id: &OrderId,
    settings: &Settings,
) -> Result<Answer, Problem> {
    let platform = &settings.platform;
    let find = async || {
        let found = search_order(platform, id).await?;
        let pending = pending(found.pending, settings);
        let (calendar, now) = (settings.policy.calendar, platform.now());
        Ok(Answer::ok(&OrderBody::of(&found.order, pending, calendar, now)))
    };
    acting.perform(platform, find).await
}

async fn by_account(
    acting: Acting<'_>,
    id: &AccountId,
    call: &Call,
    settings: &Settings,
) -> Result<Answer, Problem> {
    let platform = &settings.platform;
    let find = async || {
        let found = search_account(platform, id).await?;
        let pending = pending(found.pending, settings);
        let body = AccountBody::of(&found.account, found.in_flight, pending, call, settings)?;
        Ok(Answer::ok(&body))
    };
    acting.perform(platform, find).await
}

async fn by_operation(
    acting: Acting<'_>,
    id: &OperationId,
    account: Option<&AccountId>,
    call: &Call,
    settings: &Settings,
) -> Result<Answer, Problem> {
    let platform = &settings.platform;
    let find = async || {
        let found = search_operation(platform, id, account).await?;
        Ok(Answer::ok(&FoundOperationBody::of(found, call, settings)))
    };
    acting.perform(platform, find).await
}

/// Marks as operators see them.
pub(crate) fn pending(items: Vec<PendingItem>, settings: &Settings) -> Vec<PendingBody> {
    let (calendar, now) = (settings.policy.calendar, settings.platform.now());
    items.into_iter().map(|item| PendingBody::of(item, calendar, now)).collect()
}
