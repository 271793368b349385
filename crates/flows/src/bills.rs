//! Bills: publishing them, looking them up, and the orders by which they are paid.

use feiqian_ledger::mutants::{Mutant, mutant};
use feiqian_ledger::{
    Bill, BillId, BillTerms, MerchantId, Order, OrderState, PartnerId, Refusal, Subscriber,
};

use crate::documents::{Decision, change, create, load, load_many};
use crate::orders::load_merchant;
use crate::payment::close_expired;
use crate::{FlowError, Platform, Subject};

/// Orders that one request leaves behind before it gives up: more than one only while the
/// biller keeps changing the bill.
const ORDERS_TRIED_MAX: usize = 3;

/// A partner's request to publish a bill, or to change it.
#[derive(Debug, Clone)]
pub struct PublishBillRequest {
    /// Who asks.
    pub partner: PartnerId,
    /// The biller.
    pub merchant: MerchantId,
    /// The biller's number of who owes.
    pub subscriber: String,
    /// The biller's number of the bill.
    pub number: String,
    /// What is owed.
    pub terms: BillTerms,
    /// The biller's number of these terms, if it numbers them: terms of a lower one, which come
    /// late, change nothing.
    pub revision: Option<u64>,
}

/// A bill and the order that it is at, if that has been made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillView {
    /// The bill.
    pub bill: Bill,
    /// Its order.
    pub order: Option<Order>,
}

/// Publishes a bill, or changes one that is not paid.
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. the bill is made, if it is new | it can be paid by its id; publishing it again goes on at 3 |
/// | 2. terms of an older revision than it has: nothing more. Other terms: its order is closed (made closed, if there was none), then the bill is swapped to the next order with the new terms | closed only: the bill is at a closed order until it is published again or a payer asks for its order |
/// | 3. the subscriber's list has it | |
///
/// # Errors
/// [`FlowError::NotFound`] for a merchant that is not the partner's,
/// [`Refusal::BillAlreadyPaid`] for other terms of a paid bill, [`Refusal::BillsFull`].
pub async fn publish_bill<P: Platform>(
    platform: &P,
    request: PublishBillRequest,
) -> Result<BillView, FlowError> {
    let PublishBillRequest { partner, merchant, subscriber, number, terms, revision } = request;
    let biller = load_merchant(platform, &partner, &merchant).await?;
    let mut new = Bill::new(&biller, &subscriber, number, terms, platform.now());
    new.revision = revision;
    let bill = match create(platform, &Bill::key(&new.id), &new).await? {
        None => new,
        Some(known) if known.is_newer_than(revision) => known,
        Some(known) if known.terms == new.terms && known.revision >= revision => known,
        Some(known) if known.terms == new.terms => confirm_terms(platform, &new).await?,
        Some(known) => {
            if !mutant(Mutant::BillChangedOpen) {
                close_order(platform, &known).await?;
            }
            // If another left that order meanwhile, asking again comes after it.
            leave_order(platform, &known, Some(&new)).await?.ok_or(FlowError::Contended)?
        }
    };
    list_bill(platform, &merchant, &subscriber, &bill.id).await?;
    view_bill(platform, bill).await
}

/// Closes the order that a bill is at, for good, also if it was never made.
async fn close_order<P: Platform>(platform: &P, bill: &Bill) -> Result<(), FlowError> {
    let now = platform.now();
    let mut closed = bill.order(now);
    closed.close(now)?;
    let key = Order::key(&closed.id);
    if create(platform, &key, &closed).await?.is_none() {
        return Ok(());
    }
    change(platform, &key, async |order: &mut Order| match order.close(now) {
        Ok(true) => Ok(Decision::Write(())),
        Ok(false) => Ok(Decision::Keep(())),
        Err(Refusal::OrderAlreadyPaid) => Err(Refusal::BillAlreadyPaid.into()),
        Err(refusal) => Err(refusal.into()),
    })
    .await
}

/// Notes that a bill has the terms that it has by a newer revision.
///
/// # Errors
/// [`FlowError::Contended`] if it was given others meanwhile.
async fn confirm_terms<P: Platform>(platform: &P, new: &Bill) -> Result<Bill, FlowError> {
    change(platform, &Bill::key(&new.id), async |bill: &mut Bill| {
        if bill.is_newer_than(new.revision) {
            return Ok(Decision::Keep(bill.clone()));
        }
        if bill.terms != new.terms {
            return Err(FlowError::Contended);
        }
        bill.revision = new.revision;
        Ok(Decision::Write(bill.clone()))
    })
    .await
}

/// Takes a bill from an order that is closed to the next one, with the new one's terms if there
/// are any. None if it was past that order already, or has newer terms.
async fn leave_order<P: Platform>(
    platform: &P,
    from: &Bill,
    new: Option<&Bill>,
) -> Result<Option<Bill>, FlowError> {
    change(platform, &Bill::key(&from.id), async |bill: &mut Bill| {
        let outdated = new.is_some_and(|new| bill.is_newer_than(new.revision));
        if outdated || !bill.leave_order(from.attempt) {
            return Ok(Decision::Keep(None));
        }
        if let Some(new) = new {
            bill.terms = new.terms.clone();
            bill.revision = new.revision.or(bill.revision);
        }
        Ok(Decision::Write(Some(bill.clone())))
    })
    .await
}

/// Adds a bill to the first of the subscriber's lists that can be had.
async fn list_bill<P: Platform>(
    platform: &P,
    merchant: &MerchantId,
    subscriber: &str,
    bill: &BillId,
) -> Result<(), FlowError> {
    for list in 0..Subscriber::LISTS {
        let key = Subscriber::key(merchant, subscriber, list);
        match create(platform, &key, &Subscriber::new(bill.clone())).await {
            Ok(None) => return Ok(()),
            Ok(Some(_)) => return add_to_list(platform, &key, bill).await,
            Err(FlowError::InProgress) => {}
            Err(error) => return Err(error),
        }
    }
    Err(FlowError::InProgress)
}

async fn add_to_list<P: Platform>(platform: &P, key: &str, bill: &BillId) -> Result<(), FlowError> {
    change(platform, key, async |subscriber: &mut Subscriber| {
        if subscriber.is_full() {
            let views = view_bills(platform, subscriber.bills()).await?;
            let paid = views
                .into_iter()
                .filter(|view| view.is_paid() || mutant(Mutant::UnpaidBillDropped));
            let paid: Vec<BillId> = paid.map(|view| view.bill.id).collect();
            subscriber.drop_paid(&paid);
        }
        let news = subscriber.add(bill)?;
        Ok(if news { Decision::Write(()) } else { Decision::Keep(()) })
    })
    .await
}

impl BillView {
    /// Whether it has been paid, for good.
    #[must_use]
    pub fn is_paid(&self) -> bool {
        self.order.as_ref().is_some_and(|order| order.payment().is_some())
    }
}

async fn view_bills<P: Platform>(platform: &P, ids: &[BillId]) -> Result<Vec<BillView>, FlowError> {
    let keys: Vec<String> = ids.iter().map(Bill::key).collect();
    let bills: Vec<Bill> = load_many(platform, &keys).await?.into_iter().flatten().collect();
    let keys: Vec<String> = bills.iter().map(|bill| Order::key(&bill.order_id())).collect();
    let orders = load_many(platform, &keys).await?;
    Ok(bills.into_iter().zip(orders).map(|(bill, order)| BillView { bill, order }).collect())
}

/// Reads a bill. Two store round trips.
///
/// # Errors
/// [`FlowError::NotFound`] if there is none.
pub async fn load_bill<P: Platform>(platform: &P, id: &BillId) -> Result<BillView, FlowError> {
    let bill = load(platform, &Bill::key(id)).await?;
    view_bill(platform, bill.ok_or(FlowError::NotFound(Subject::Bill))?).await
}

async fn view_bill<P: Platform>(platform: &P, bill: Bill) -> Result<BillView, FlowError> {
    let order = load(platform, &Order::key(&bill.order_id())).await?;
    Ok(BillView { bill, order })
}

/// The bills of a subscriber, oldest first; none for a number that the biller never named.
/// Three store round trips.
///
/// # Errors
/// That the store did not answer.
pub async fn look_up_bills<P: Platform>(
    platform: &P,
    merchant: &MerchantId,
    subscriber: &str,
) -> Result<Vec<BillView>, FlowError> {
    let keys: Vec<String> =
        (0..Subscriber::LISTS).map(|list| Subscriber::key(merchant, subscriber, list)).collect();
    let lists: Vec<Option<Subscriber>> = load_many(platform, &keys).await?;
    let mut ids: Vec<BillId> = Vec::new();
    for id in lists.iter().flatten().flat_map(Subscriber::bills) {
        if !ids.contains(id) {
            ids.push(id.clone());
        }
    }
    view_bills(platform, &ids).await
}

/// The order by which a bill is paid now: the one that it is at, made if need be, or the
/// next one if that is closed or its time is over. It is paid as any order is; everyone who
/// asks gets the same one, so a bill is paid once.
///
/// | step | if the process dies after it |
/// |---|---|
/// | 1. the bill is read, its order made or read | the order can be paid by whoever asks next |
/// | 2. an order that is closed, or closed now since its time is over: the bill is swapped to the next | whoever asks next makes that order |
///
/// # Errors
/// [`FlowError::NotFound`] for a bill that does not exist, [`Refusal::BillAlreadyPaid`].
pub async fn order_of_bill<P: Platform>(platform: &P, id: &BillId) -> Result<Order, FlowError> {
    for _ in 0..ORDERS_TRIED_MAX {
        let bill: Option<Bill> = load(platform, &Bill::key(id)).await?;
        let bill = bill.ok_or(FlowError::NotFound(Subject::Bill))?;
        let now = platform.now();
        let new = bill.order(now);
        let key = Order::key(&new.id);
        let Some(known) = create(platform, &key, &new).await? else { return Ok(new) };
        let over = matches!(known.state, OrderState::Open) && now >= known.expires_at;
        let closes = over && !mutant(Mutant::BillLeavesOpenOrder);
        let order = if closes { close_expired(platform, &known.id, now).await? } else { known };
        match order.state {
            OrderState::Closed { .. } => {
                leave_order(platform, &bill, None).await?;
            }
            OrderState::Open if over && mutant(Mutant::BillLeavesOpenOrder) => {
                leave_order(platform, &bill, None).await?;
            }
            OrderState::Claimed(_) => return Err(Refusal::OrderInProcess.into()),
            OrderState::Paid(_) => return Err(Refusal::BillAlreadyPaid.into()),
            OrderState::Open => return Ok(order),
        }
    }
    Err(FlowError::Contended)
}
