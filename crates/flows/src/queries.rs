use feiqian_ledger::account::{Flight, InFlight, Known, PayBy};
use feiqian_ledger::{Account, AccountId, CustomerId, Operation, OperationId, Order, Refusal};
use feiqian_limits::Strength;

use crate::accounts::load_account;
use crate::documents::load;
use crate::operations::operation_as_known;
use crate::views::{OperationStatus, OperationView};
use crate::{FlowError, Platform, Policy, Subject};

/// An operation of the customer's account.
///
/// # Errors
/// [`FlowError::NotFound`] if the account is not the customer's or knows no such operation.
pub async fn find_operation<P: Platform>(
    platform: &P,
    customer: &CustomerId,
    account: &AccountId,
    id: &OperationId,
) -> Result<OperationView, FlowError> {
    let document = load_account(platform, customer, account).await?;
    let unknown = FlowError::NotFound(Subject::Operation);
    match document.known(id) {
        Known::Settled(settled) => Ok(OperationView::of_settled(settled)),
        Known::InFlight(flight) => {
            let view = OperationView::of_flight(flight);
            let Some(order) = &view.order else {
                return of_arbiter(platform, flight, view).await;
            };
            let order: Option<Order> = load(platform, &Order::key(order)).await?;
            let paid = order.is_some_and(|order| order.paid_by(id));
            Ok(if paid { OperationView::of_paid_flight(flight) } else { view })
        }
        Known::Unknown => {
            let own = operation_as_known(platform, id)
                .await?
                .filter(|operation| operation.account == *account && operation.is_of_holder());
            own.map(|operation| OperationView::of_operation(&operation)).ok_or(unknown)
        }
    }
}

/// An operation in flight about which its own document decides: money that was sent out has
/// arrived before the account notes it.
async fn of_arbiter<P: Platform>(
    platform: &P,
    flight: &InFlight,
    view: OperationView,
) -> Result<OperationView, FlowError> {
    if !matches!(flight.flight, Flight::Outgoing { .. }) {
        return Ok(view);
    }
    let operation: Option<Operation> = load(platform, &Operation::key(&flight.operation)).await?;
    let said = operation.map(|operation| OperationView::of_operation(&operation));
    // What has failed is not over until the account has it back.
    Ok(said.filter(|said| said.status != OperationStatus::Failed).unwrap_or(view))
}

/// A way to pay an order, and why it is not available if it is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MethodOffer {
    /// Which.
    pub method: PayBy,
    /// Why it cannot be used now.
    pub unavailable: Option<Refusal>,
}

/// The ways in which an account could pay an order now.
#[must_use]
pub fn offer_methods<P: Platform>(
    platform: &P,
    policy: &Policy,
    account: &Account,
    order: &Order,
) -> Vec<MethodOffer> {
    let now = platform.now();
    let day = account.business_day(now, policy.calendar);
    let open = order.check_open(now);
    let cards = account.cards().iter().map(|card| card.id.clone());
    let by_card = cards.flat_map(|card| [PayBy::Card(card.clone()), PayBy::BalanceThenCard(card)]);
    let offer = |method: PayBy| {
        let check = || account.check_source(&method, order, Strength::One, now, day, policy.rules);
        let unavailable = open.clone().and_then(|()| check());
        MethodOffer { method, unavailable: unavailable.err() }
    };
    std::iter::once(PayBy::Balance).chain(by_card).map(offer).collect()
}
